import type { TensorType } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import type { StepProgram } from '../../dsl/trace/step.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { threefry2x32 } from '../../runtime/random.js'

/** Numbers in [0, 1) from a seed, the same everywhere. */
export const numbersFrom = (seed: number): (() => number) => {
  let i = 0
  return () => (threefry2x32(seed >>> 0, 0, 0, i++)[0] ?? 0) * 2 ** -32
}

const fill = (type: TensorType, next: (i: number) => number): TensorValue => {
  const data = allocate(type.dtype, sizeOf(type.shape))
  for (let i = 0; i < data.length; i++) data[i] = next(i)
  return { type, data }
}

/** Rows of positive numbers that sum to one: a target that every loss accepts. */
const distribution = (type: TensorType, next: () => number): TensorValue => {
  const value = fill(type, () => 0.1 + next())
  const width = type.shape.length > 1 ? (type.shape.at(-1) ?? 1) : 1
  for (let row = 0; row < value.data.length; row += width) {
    const cells = value.data.subarray(row, row + width)
    let sum = width === 1 ? 2 : 0
    if (width > 1) for (const cell of cells) sum += cell
    for (let i = 0; i < width; i++) cells[i] = (cells[i] ?? 0) / sum
  }
  return value
}

/**
 * Values for every input of a step program: small weights, moments as an optimizer leaves them, features in [-1, 1],
 * targets as distributions (or labels 0 and 1).
 */
export const sampleInputs = ({ program }: StepProgram, seed: number): TensorValue[] => {
  const next = numbersFrom(seed)
  return program.inputs.map(({ name, value }) => {
    const type = program.types[value] ?? { shape: [], dtype: 'f32' }
    if (name === 'key') return fill(type, i => seed + i)
    if (type.dtype !== 'f32') return fill(type, () => Math.floor(next() * 2))
    if (name === 'rate') return fill(type, () => 1e-2)
    if (name === 'params') return fill(type, () => next() - 0.5)
    if (name === 'totals' || name === 'lost') return fill(type, () => 0)
    if (name === 'state' || name.startsWith('slot')) return fill(type, () => 0.5 + next())
    if (name === 'y' || name.startsWith('y.')) return distribution(type, next)
    return fill(type, () => 2 * next() - 1)
  })
}
