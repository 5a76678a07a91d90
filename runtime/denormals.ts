import type { TypedArray } from './dtype.js'

/*
 * An f32 nearer to zero than the least normal number is a zero to densor, of its own sign: what is denormal would cost
 * a processor a hundred cycles an operation. XLA does the same.
 */

/** The least normal f32. */
export const LEAST_NORMAL = 2 ** -126

/** `x`, or a zero of its sign where it is denormal. */
export const flushed = (x: number): number => (x > -LEAST_NORMAL && x < LEAST_NORMAL ? x * 0 : x)

/** True where an f32 among the elements is denormal. */
export const hasDenormals = (data: TypedArray): boolean => {
  if (!(data instanceof Float32Array)) return false
  for (const x of data) if (x > -LEAST_NORMAL && x < LEAST_NORMAL && x !== 0) return true
  return false
}

/** The elements with zeros for what is denormal: the same array where nothing is. */
export const withoutDenormals = <T extends TypedArray>(data: T): T => {
  if (!hasDenormals(data)) return data
  // a copy of an array has its type
  const copy = data.slice() as T
  for (let i = 0; i < copy.length; i++) copy[i] = flushed(copy[i] ?? 0)
  return copy
}
