import type { TensorValue } from '../../compiler/ops/row.js'
import type { AnyTensor } from '../../dsl/types/layer.js'

/** How far two elements may be apart; the sum of both applies. */
export interface Tolerance {
  /** Relative to the larger of the two. Default: 0. */
  readonly relative?: number
  /** In the elements' own unit. Default: 0. */
  readonly absolute?: number
}

/**
 * Times of an element's own rounding error that another way of computing it may be off by. A chain of functions can
 * magnify the last bit of one without bound (sin(tan x) near a pole); how much it does, that error shows.
 */
const ROUNDINGS = 64

/** A few times the least normal f32: what taking denormal numbers for zeros can make of a sum. */
const UNDERFLOW = 2 ** -120

/**
 * Where two tensors differ by more than the tolerance, in words, or undefined if they agree. NaN agrees with NaN,
 * an infinity with itself, -0 with 0, and numbers as near to one another as denormal f32 are to 0. `exact` is the
 * expected tensor in more precision.
 */
export const difference = (
  actual: TensorValue,
  expected: TensorValue,
  { relative = 0, absolute = 0 }: Tolerance = {},
  exact?: TensorValue,
): string | undefined => {
  const [a, e] = [actual.type, expected.type]
  if (a.dtype !== e.dtype || a.shape.join() !== e.shape.join()) {
    return `types differ: ${a.dtype}[${a.shape}] and ${e.dtype}[${e.shape}]`
  }
  const least = e.dtype === 'f32' ? Math.max(absolute, UNDERFLOW) : absolute
  for (let i = 0; i < expected.data.length; i++) {
    const [x, y] = [actual.data[i] ?? 0, expected.data[i] ?? 0]
    const rounding = Math.abs(y - (exact?.data[i] ?? y))
    const magnified = Number.isFinite(rounding) ? ROUNDINGS * rounding : 0
    if (!agree(x, y, relative, least + magnified)) return `element ${i} is ${x}, expected ${y}`
  }
  return undefined
}

const agree = (x: number, y: number, relative: number, absolute: number): boolean => {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return true
  return Math.abs(x - y) <= absolute + relative * Math.max(Math.abs(x), Math.abs(y)) && Number.isFinite(x - y)
}

/**
 * The first difference between two lists of tensors, in words, or undefined. Given the same values in more precision,
 * each element may be off by so much more as rounding moved the expected one.
 */
export const differences = (
  actual: readonly TensorValue[],
  expected: readonly TensorValue[],
  tolerance?: Tolerance,
  exact: readonly TensorValue[] = [],
): string | undefined => {
  if (actual.length !== expected.length) return `${actual.length} values, expected ${expected.length}`
  for (const [i, x] of expected.entries()) {
    const y = actual[i]
    const found = y === undefined ? 'missing' : difference(y, x, tolerance, exact[i])
    if (found !== undefined) return `value ${i}: ${found}`
  }
  return undefined
}

const elementsOf = ({ dims, dtype, data }: AnyTensor): TensorValue => ({ type: { shape: dims, dtype }, data })

/**
 * Where two tensors differ by more than a tolerance, such as `element 3 is 0.5, expected 0.7`; undefined if
 * they agree. Default: they must be equal, where NaN equals NaN, -0 equals 0, and f32 numbers closer than
 * 1e-36 are equal, as denormal numbers may count as zeros.
 *
 * @example
 * ```ts
 * import { tensor, unwrap } from 'densor'
 * import { mismatch } from 'densor/testing'
 *
 * const [a, b] = [unwrap(tensor([2], [1, 2])), unwrap(tensor([2], [1, 2.5]))]
 * console.log(mismatch(a, b, { absolute: 1e-6 })) // element 1 is 2, expected 2.5
 * ```
 */
export const mismatch = (actual: AnyTensor, expected: AnyTensor, tolerance?: Tolerance): string | undefined =>
  difference(elementsOf(actual), elementsOf(expected), tolerance)
