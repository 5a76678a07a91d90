/** Tensors as values: numbers with dimensions. What people have becomes one in src/data. */
import type { TypedArray } from '../runtime/dtype.js'
import { printed } from './printed.js'
import type { Shape } from './types/dims.js'
import type { AnyTensor, DType, Tensor } from './types/layer.js'

/** What a tensor is at run time: dimensions, element type, elements row by row. */
class Elements<S extends Shape, D extends DType> implements Tensor<S, D> {
  declare readonly '~shape': S
  readonly dims: readonly number[]
  readonly dtype: D
  readonly data: TypedArray

  constructor(dims: readonly number[], dtype: D, data: TypedArray) {
    this.dims = dims
    this.dtype = dtype
    this.data = data
  }

  /** What `console.log` prints in Node, Deno and Bun: numbers. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return printed(this)
  }
}

/** A tensor of elements that are known to fit; the type S is the caller's word. */
export const tensorOf = <S extends Shape, D extends DType>(
  dims: readonly number[],
  dtype: D,
  data: TypedArray,
): Tensor<S, D> => new Elements<S, D>(Object.freeze([...dims]), dtype, data)

/** Whether it looks like a tensor; `checkTensor` says whether its parts belong together. */
export const isTensor = (x: unknown): x is AnyTensor =>
  typeof x === 'object' && x !== null && 'dims' in x && 'dtype' in x && 'data' in x
