/** What initializers give: numbers made on the host, in f64, and rounded at the end. */
import { sizeOf } from '../runtime/dtype.js'
import { userFault } from '../runtime/fault.js'
import { findInitializer, type VarianceScaling } from './initializers.js'
import { normalQuantile, type Random, uniformsOf } from './random.js'
import type { Initializer, InitializerName } from './types/options.js'
import { show } from './types/wording.js'

/** The deviation of a normal distribution cut off at two deviations, of deviation one before. */
const TRUNCATED_DEVIATION = 0.8796256610342398

/** The values that a weight of this shape starts with, from a key of two words. */
export const initialValues = (
  initializer: InitializerName | Initializer,
  shape: readonly number[],
  key: readonly [number, number],
): Float64Array => {
  const random = uniformsOf(key)
  const i = findInitializer(initializer)
  switch (i.kind) {
    case 'constant':
      return fill(shape, () => i.value)
    case 'randomUniform':
      return fill(shape, at => i.min + (i.max - i.min) * random(at))
    case 'randomNormal':
      return fill(shape, at => i.mean + i.stddev * normalQuantile(random(at)))
    case 'truncatedNormal':
      return fill(shape, at => i.mean + i.stddev * truncated(random(at)))
    case 'varianceScaling':
      return scaled(i, shape, random)
    case 'orthogonal':
      return orthonormal(i.gain, shape, random)
    case 'identity':
      return eye(i.gain, shape)
    case 'custom':
      return Float64Array.from(i.values(shape, random))
    default:
      return i satisfies never
  }
}

const fill = (shape: readonly number[], value: (index: number) => number): Float64Array =>
  Float64Array.from({ length: sizeOf(shape) }, (_, index) => value(index))

/** Φ(-2): the share of a normal distribution below two deviations. */
const BELOW = 0.022750131948179195

const truncated = (u: number): number => normalQuantile(BELOW + (1 - 2 * BELOW) * u)

const scaled = (i: VarianceScaling, shape: readonly number[], random: Random): Float64Array => {
  const { fanIn, fanOut } = fansOf(shape)
  const fan = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[i.mode]
  const variance = i.scale / Math.max(1, fan)
  switch (i.distribution) {
    case 'uniform': {
      const limit = Math.sqrt(3 * variance)
      return fill(shape, at => limit * (2 * random(at) - 1))
    }
    case 'untruncatedNormal':
      return fill(shape, at => Math.sqrt(variance) * normalQuantile(random(at)))
    case 'truncatedNormal':
      return fill(shape, at => (Math.sqrt(variance) / TRUNCATED_DEVIATION) * truncated(random(at)))
    default:
      return i.distribution satisfies never
  }
}

/** The units that feed one unit of a weight, and those that it feeds; leading axes are a receptive field. */
export const fansOf = (shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } => {
  const [last = 1, before = last] = shape.toReversed()
  const field = sizeOf(shape.slice(0, -2))
  return { fanIn: before * field, fanOut: last * field }
}

const orthonormal = (gain: number, shape: readonly number[], random: Random): Float64Array => {
  const columns = shape.at(-1)
  if (columns === undefined || shape.length < 2) throw needsMatrix('orthogonal', shape)
  const rows = sizeOf(shape.slice(0, -1))
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)]
  const vectors = Array.from({ length: short }, (_, j) =>
    Float64Array.from({ length: long }, (_, k) => normalQuantile(random(k * short + j))),
  )
  orthonormalize(vectors)
  return fill([rows, columns], at => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    const value = rows >= columns ? vectors[column]?.[row] : vectors[row]?.[column]
    return gain * (value ?? 0)
  })
}

/** Gram and Schmidt's process in place, twice over, which makes the result orthogonal to the last bits. */
const orthonormalize = (vectors: readonly Float64Array[]): void => {
  for (const [i, v] of vectors.entries()) {
    for (const other of [...vectors.slice(0, i), ...vectors.slice(0, i)]) {
      const along = dot(v, other)
      for (const [k, x] of other.entries()) v[k] = (v[k] ?? 0) - along * x
    }
    const length = Math.sqrt(dot(v, v))
    for (const [k, x] of v.entries()) v[k] = x / length
  }
}

const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0
  for (let k = 0; k < x.length; k++) sum += (x[k] ?? 0) * (y[k] ?? 0)
  return sum
}

const eye = (gain: number, shape: readonly number[]): Float64Array => {
  const columns = shape[1]
  if (columns === undefined || shape.length !== 2) throw needsMatrix('identity', shape)
  return fill(shape, at => (Math.floor(at / columns) === at % columns ? gain : 0))
}

const needsMatrix = (name: string, shape: readonly number[]) =>
  userFault('shape-mismatch', `${name}: the initializer needs a matrix, received ${show(shape)}`)
