/** Keras's initializers: how a weight starts. They run on the host, in f64, and are rounded at the end. */
import { sizeOf } from '../runtime/dtype.js'
import { userFault } from '../runtime/fault.js'
import { ownOf } from '../runtime/own.js'
import {
  aboveZero,
  checkOptions,
  checkValue,
  type Domains,
  family,
  finite,
  notNegative,
  oneOf,
} from './domains.js'
import { inOwnCode } from './graph/place.js'
import { normalQuantile, type Random, uniformsOf } from './random.js'
import type { Initializer, InitializerName } from './types/options.js'
import { show } from './types/wording.js'

/** Every element the same. */
export interface Constant extends Initializer {
  readonly kind: 'constant'
  readonly value: number
}
/** Uniform between two values. */
export interface RandomUniform extends Initializer {
  readonly kind: 'randomUniform'
  readonly min: number
  readonly max: number
}
/** Normal; the truncated one is cut off at two deviations. */
export interface RandomNormal extends Initializer {
  readonly kind: 'randomNormal' | 'truncatedNormal'
  readonly mean: number
  readonly stddev: number
}
/** Zero mean, and a variance of scale / fan. */
export interface VarianceScaling extends Initializer {
  readonly kind: 'varianceScaling'
  readonly scale: number
  readonly mode: 'fanIn' | 'fanOut' | 'fanAvg'
  readonly distribution: 'truncatedNormal' | 'untruncatedNormal' | 'uniform'
}
/** A matrix with orthonormal columns, or rows, times `gain`. */
export interface OrthogonalInitializer extends Initializer {
  readonly kind: 'orthogonal'
  readonly gain: number
}
/** The identity matrix times `gain`. */
export interface Identity extends Initializer {
  readonly kind: 'identity'
  readonly gain: number
}
/** An initializer of the user's own; `random` gives a uniform number in (0, 1) for each index. */
export interface CustomInitializer extends Initializer {
  readonly kind: 'custom'
  readonly name: string
  readonly values: (shape: readonly number[], random: Random) => ArrayLike<number>
}

type Known =
  | Constant
  | RandomUniform
  | RandomNormal
  | VarianceScaling
  | OrthogonalInitializer
  | Identity
  | CustomInitializer

interface UniformOptions {
  readonly min?: number
  readonly max?: number
}
interface NormalOptions {
  readonly mean?: number
  readonly stddev?: number
}
interface GainOptions {
  readonly gain?: number
}
type ScalingOptions = Partial<Omit<VarianceScaling, 'kind'>>

const UNIFORM: Domains<UniformOptions> = { min: finite, max: finite }
const NORMAL: Domains<NormalOptions> = { mean: finite, stddev: notNegative }
const GAIN: Domains<GainOptions> = { gain: finite }
const SCALING: Domains<ScalingOptions> = {
  scale: aboveZero,
  mode: oneOf<VarianceScaling['mode']>({ fanIn: 1, fanOut: 1, fanAvg: 1 }),
  distribution: oneOf<VarianceScaling['distribution']>({
    truncatedNormal: 1,
    untruncatedNormal: 1,
    uniform: 1,
  }),
}

/** Every element `value`, default 0. */
export const constant = (value = 0): Constant => {
  checkValue('constant', 'the value', finite, value)
  return { kind: 'constant', value }
}
/** Every element 0. */
export const zeros = (): Constant => constant(0)
/** Every element 1. */
export const ones = (): Constant => constant(1)
/** Uniform between `min` and `max`, default -0.05 and 0.05. */
export const randomUniform = (options: UniformOptions = {}): RandomUniform => {
  checkOptions('randomUniform', UNIFORM, options)
  return { kind: 'randomUniform', min: options.min ?? -0.05, max: options.max ?? 0.05 }
}

const normal = (kind: RandomNormal['kind'], options: NormalOptions): RandomNormal => {
  checkOptions(kind, NORMAL, options)
  return { kind, mean: options.mean ?? 0, stddev: options.stddev ?? 0.05 }
}
/** Normal, of mean 0 and deviation 0.05 by default. */
export const randomNormal = (options: NormalOptions = {}): RandomNormal => normal('randomNormal', options)
/** Normal, of mean 0 and deviation 0.05 by default, cut off at two deviations. */
export const truncatedNormal = (options: NormalOptions = {}): RandomNormal =>
  normal('truncatedNormal', options)
/** Zero mean and a variance of scale / fan; scale 1, fanIn and truncatedNormal by default. */
export const varianceScaling = (options: ScalingOptions = {}): VarianceScaling => {
  checkOptions('varianceScaling', SCALING, options)
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options
  return { kind: 'varianceScaling', scale, mode, distribution }
}
/** Uniform within ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export const glorotUniform = (): VarianceScaling =>
  varianceScaling({ mode: 'fanAvg', distribution: 'uniform' })
/** Normal of variance 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export const glorotNormal = (): VarianceScaling => varianceScaling({ mode: 'fanAvg' })
/** Uniform within ±√(6 / fanIn) (He et al. 2015). */
export const heUniform = (): VarianceScaling => varianceScaling({ scale: 2, distribution: 'uniform' })
/** Normal of variance 2 / fanIn (He et al. 2015). */
export const heNormal = (): VarianceScaling => varianceScaling({ scale: 2 })
/** Uniform within ±√(3 / fanIn) (LeCun et al. 1998). */
export const lecunUniform = (): VarianceScaling => varianceScaling({ distribution: 'uniform' })
/** Normal of variance 1 / fanIn (LeCun et al. 1998). */
export const lecunNormal = (): VarianceScaling => varianceScaling()
/** Orthonormal columns, or rows where there are fewer, times `gain`, default 1 (Saxe et al. 2014). */
export const orthogonal = (options: GainOptions = {}): OrthogonalInitializer => {
  checkOptions('orthogonal', GAIN, options)
  return { kind: 'orthogonal', gain: options.gain ?? 1 }
}
/** The identity matrix times `gain`, default 1. */
export const identity = (options: GainOptions = {}): Identity => {
  checkOptions('identity', GAIN, options)
  return { kind: 'identity', gain: options.gain ?? 1 }
}
/** An initializer of the user's own, with a name for summaries. */
export const customInitializer = (name: string, values: CustomInitializer['values']): CustomInitializer => ({
  kind: 'custom',
  name,
  values: (...given) => inOwnCode(`the initializer ${name}`, () => values(...given)),
})

const byName: { readonly [K in InitializerName]: () => Known } = {
  zeros,
  ones,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  orthogonal,
  identity,
}

const KINDS: readonly string[] = [
  'constant',
  'randomUniform',
  'randomNormal',
  'truncatedNormal',
  'varianceScaling',
  'orthogonal',
  'identity',
  'custom',
] satisfies readonly Known['kind'][]

const isKind = (kind: string): boolean => KINDS.includes(kind)

const isKnown = (x: Initializer): x is Known => isKind(x.kind)

/** Initializers as an option. */
export const initializers = family(
  'initializer',
  Object.keys(byName),
  isKind,
  'heNormal(…) and the like make',
)

const find = (initializer: InitializerName | Initializer): Known => {
  const found = typeof initializer === 'string' ? ownOf(byName, initializer)?.() : initializer
  if (found !== undefined && isKnown(found)) return found
  throw initializers.unknown(typeof initializer === 'string' ? initializer : initializer.kind)
}

/** The deviation of a normal distribution cut off at two deviations, of deviation one before. */
const TRUNCATED_DEVIATION = 0.8796256610342398

/** The values that a weight of this shape starts with, from a key of two words. */
export const initialValues = (
  initializer: InitializerName | Initializer,
  shape: readonly number[],
  key: readonly [number, number],
): Float64Array => {
  const random = uniformsOf(key)
  const i = find(initializer)
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
