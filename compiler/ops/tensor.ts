import { allocate, sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { TensorType } from '../ir/program.js'
import type { TensorValue, View } from './row.js'

/*
 * What the reference evaluation of the rows is written with: plain loops over lists of offsets.
 */

/** Zeros of a type. */
export const zeros = (type: TensorType): TensorValue => ({
  type,
  data: allocate(type.dtype, sizeOf(type.shape)),
})

/** Row-major strides of a shape, in elements. */
export const stridesOf = (shape: readonly number[]): number[] => {
  const strides = shape.map(() => 1)
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = at(strides, d + 1) * at(shape, d + 1)
  return strides
}

/** `xs[i]`, which exists. */
export const at = <T>(xs: readonly T[], i: number): T => {
  const x = xs[i]
  if (x === undefined) throw bug(`nothing at ${i} of [${xs}]`)
  return x
}

/** The whole of a row-major tensor. */
export const wholeOf = (shape: readonly number[]): View => ({ shape, strides: stridesOf(shape), offset: 0 })

/** The offset of every element of a view, in row-major order. */
export const offsetsOf = ({ shape, strides, offset }: View): Int32Array => {
  let offsets = Int32Array.of(offset)
  shape.forEach((size, d) => {
    const stride = at(strides, d)
    const finer = new Int32Array(offsets.length * size)
    for (let i = 0; i < offsets.length; i++) {
      for (let j = 0; j < size; j++) finer[i * size + j] = offsets[i]! + j * stride
    }
    offsets = finer
  })
  return offsets
}

/** The offsets of the elements along some dimensions of a row-major tensor, the others at 0. */
export const offsetsAlong = (shape: readonly number[], dimensions: readonly number[]): Int32Array => {
  const strides = stridesOf(shape)
  return offsetsOf({
    shape: dimensions.map(d => at(shape, d)),
    strides: dimensions.map(d => at(strides, d)),
    offset: 0,
  })
}

/** The elements that a view of `source` shows, as a tensor of their own. */
export const gathered = (source: TensorValue, view: View, type: TensorType): TensorValue => {
  const result = zeros(type)
  offsetsOf(view).forEach((from, i) => {
    result.data[i] = source.data[from]!
  })
  return result
}

/** The dimensions of a tensor of `rank` that are not in `dimensions`, in order. */
export const otherDimensions = (rank: number, dimensions: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter(d => !dimensions.includes(d))
