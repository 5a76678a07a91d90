/** Element types. f64 is for the evaluator and gradient checks; bool is stored as 0 or 1 in 32 bits. */
export type DType = 'f32' | 'f64' | 'i32' | 'u32' | 'bool'

/** The array that holds elements of a dtype outside the arena. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array

/**
 * The bytes of one element of a dtype in memory.
 *
 * @example
 * ```ts
 * import { bytesOf } from 'densor/runtime'
 *
 * console.log(bytesOf('f32'), bytesOf('f64')) // 4 8
 * ```
 */
export const bytesOf = (dtype: DType): number => (dtype === 'f64' ? 8 : 4)

/**
 * A typed array of `length` zeros for elements of a dtype; for bool it is an Int32Array of 0 and 1.
 *
 * @example
 * ```ts
 * import { allocate } from 'densor/runtime'
 *
 * console.log(allocate('i32', 3)) // Int32Array [0, 0, 0]
 * ```
 */
export const allocate = (dtype: DType, length: number): TypedArray => {
  switch (dtype) {
    case 'f32':
      return new Float32Array(length)
    case 'f64':
      return new Float64Array(length)
    case 'u32':
      return new Uint32Array(length)
    case 'i32':
    case 'bool':
      return new Int32Array(length)
    default:
      return dtype satisfies never
  }
}

/**
 * The `length` elements of `memory` that start at byte `offset`, without a copy.
 *
 * @example
 * ```ts
 * import { viewOf } from 'densor/runtime'
 *
 * console.log(viewOf('f32', new ArrayBuffer(16), 4, 2).length) // 2
 * ```
 */
export const viewOf = (dtype: DType, memory: ArrayBufferLike, offset: number, length: number): TypedArray => {
  switch (dtype) {
    case 'f32':
      return new Float32Array(memory, offset, length)
    case 'f64':
      return new Float64Array(memory, offset, length)
    case 'u32':
      return new Uint32Array(memory, offset, length)
    case 'i32':
    case 'bool':
      return new Int32Array(memory, offset, length)
    default:
      return dtype satisfies never
  }
}

/**
 * The number of elements of a shape; 1 for a scalar.
 *
 * @example
 * ```ts
 * import { sizeOf } from 'densor/runtime'
 *
 * console.log(sizeOf([2, 3])) // 6
 * ```
 */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
