/** What storing weights in fewer bits costs, on samples of the user's. */
import type { WeightVectors } from '../../dsl/trace/initial.js'
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { argmaxOf } from '../argmax.js'
import { percent } from '../text.js'
import { bindPlan } from './bind.js'
import { readTensors } from './embed.js'
import { putF16, putInt8 } from './glue/unpack.js'
import { packF16, packInt8 } from './pack-weights.js'
import type { EmbedPlan } from './plan.js'
import type { BuildRequest } from './request.js'
import type { StorageOptions } from './storage.js'

/** The weights as a module reads them back. */
export const storedWeights = (
  { layout }: EmbedPlan,
  weights: WeightVectors,
  format: StorageOptions['format'],
): WeightVectors => {
  if (format === undefined || format === 'f32') return weights
  const all = new Float32Array(layout.params + layout.state)
  const memory = { buffer: all.buffer }
  if (format === 'f16') putF16(memory, packF16(weights), [0, all.length])
  else {
    const { bytes, pieces } = packInt8(layout, weights)
    let at = 0
    const placed = pieces.map(([count, channels]) => {
      const address = 4 * at
      at += count
      return [address, count, channels] as const
    })
    putInt8(memory, bytes, placed)
  }
  return { params: all.slice(0, layout.params), state: all.slice(layout.params) }
}

type Predict = (x: ArrayLike<number>) => Float32Array

const predictOf = (plan: EmbedPlan, weights: WeightVectors): Predict => {
  const functions = bindPlan(plan, weights)
  // The typed edge: a plan of one input and one output has this function.
  return (functions as { readonly predict: Predict }).predict
}

/** Accuracy where the targets are classes, one-hot or by number; else the mean squared error. */
const scoreOf = (out: Float32Array, y: ArrayLike<number>, rows: number): readonly [string, number] => {
  const width = out.length / rows
  const wide = y.length / rows
  if (width > 1 && (wide === 1 || wide === width)) {
    const ys = Float32Array.from(y)
    let hits = 0
    for (let i = 0; i < rows; i++) {
      const label = wide === 1 ? ys[i] : argmaxOf(ys, i * width, width)
      if (argmaxOf(out, i * width, width) === label) hits++
    }
    return ['accuracy', hits / rows]
  }
  return ['mean squared error', out.reduce((sum, x, i) => sum + (x - (y[i] ?? 0)) ** 2, 0) / out.length]
}

/** What the stored format costs on the validation set, in a sentence; nothing where there is none. */
export const lossOfFormat = (
  { validation, storage }: BuildRequest,
  plan: EmbedPlan,
  weights: WeightVectors,
): readonly string[] => {
  if (validation === undefined) return []
  const tensors = new Map(readTensors(validation))
  const [x, y] = [tensors.get('x'), tensors.get('y')]
  if (x === undefined || y === undefined)
    throw userFault('malformed-file', `${validation} has no tensors x and y`, {
      suggestion: 'Write it with saveWeights(path, { x, y }): samples and targets, a row each.',
    })
  if (!plan.single)
    throw userFault(
      'several-inputs',
      `${plan.name} has several inputs: a validation set is for models of one`,
    )
  const rows = x.data.length / sizeOf(plan.inputs[0]?.shape ?? [])
  if (!Number.isInteger(rows) || rows !== y.dims[0])
    throw userFault(
      'shape-mismatch',
      `${validation}: x is [${x.dims.join(', ')}] and y is [${y.dims.join(', ')}], which is not a validation set for ${plan.name}`,
    )
  const { format = 'f32' } = storage
  const [name, exact] = scoreOf(predictOf(plan, weights)(x.data), y.data, rows)
  const show = (value: number): string => (name === 'accuracy' ? percent(value, 2) : value.toPrecision(4))
  if (format === 'f32') return [`${name} ${show(exact)} on ${rows} rows`]
  const [, stored] = scoreOf(predictOf(plan, storedWeights(plan, weights, format))(x.data), y.data, rows)
  return [`${name} ${show(stored)} with ${format} weights, ${show(exact)} with f32, on ${rows} rows`]
}
