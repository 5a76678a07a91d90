import { flushed } from '../../runtime/denormals.js'
import { bug } from '../../runtime/fault.js'
import type { BinaryOp, CastOp, Elem, UnaryOp } from './ir.js'

/*
 * What the operations of the loop IR do to one element, as JavaScript numbers: the constant folder and the
 * interpreter share it. bool is 0 or 1, u32 is in [0, 2^32), f32 is a double that an f32 represents exactly.
 */

/** `value` brought into the range and precision of `elem`: f32 rounds, i32 and u32 wrap, bool is 0 or 1. */
export const roundTo = (elem: Elem, value: number): number => {
  switch (elem) {
    case 'f32':
      return Math.fround(value)
    case 'f64':
      return value
    case 'i32':
      return value | 0
    case 'u32':
      return value >>> 0
    case 'bool':
      return value !== 0 ? 1 : 0
    default:
      return elem satisfies never
  }
}

const isFloat = (elem: Elem): boolean => elem === 'f32' || elem === 'f64'

/** The nearest integer, ties to even, the sign of zero kept (wasm's f64.nearest). */
export const nearestEven = (x: number): number => {
  const up = Math.round(x)
  return Math.abs(up - x) === 0.5 && up % 2 !== 0 ? up - 1 : up
}

/** The value of a unary operation on one element. */
export const unaryValue = (op: UnaryOp, elem: Elem, x: number): number => {
  switch (op) {
    case 'neg':
      return isFloat(elem) ? -x : roundTo(elem, -x)
    case 'abs':
      return roundTo(elem, Math.abs(x))
    case 'sqrt':
      return roundTo(elem, Math.sqrt(x))
    case 'ceil':
      return Math.ceil(x)
    case 'floor':
      return Math.floor(x)
    case 'trunc':
      return Math.trunc(x)
    case 'nearest':
      return nearestEven(x)
    case 'flush':
      return flushed(x)
    case 'not':
      return elem === 'bool' ? 1 - x : roundTo(elem, ~x)
    default:
      return op satisfies never
  }
}

/**
 * Integer quotient towards zero; x / 0 has all bits set, the least i32 divided by -1 is itself (as in XLA).
 */
const quotient = (elem: Elem, x: number, y: number): number => roundTo(elem, y === 0 ? -1 : Math.trunc(x / y))

/** Remainder with the sign of x; x rem 0 is x. */
const remainder = (elem: Elem, x: number, y: number): number => roundTo(elem, y === 0 ? x : x % y)

const integerProduct = (elem: Elem, x: number, y: number): number => roundTo(elem, Math.imul(x, y))

/** The value of a binary operation on one element; comparisons give 0 or 1. */
export const binaryValue = (op: BinaryOp, elem: Elem, x: number, y: number): number => {
  switch (op) {
    case 'add':
      return roundTo(elem, x + y)
    case 'sub':
      return roundTo(elem, x - y)
    case 'mul':
      return isFloat(elem) ? roundTo(elem, x * y) : integerProduct(elem, x, y)
    case 'div':
      return isFloat(elem) ? roundTo(elem, x / y) : quotient(elem, x, y)
    case 'rem':
      return remainder(elem, x, y)
    case 'min':
      return Math.min(x, y)
    case 'max':
      return Math.max(x, y)
    case 'and':
      return roundTo(elem, x & y)
    case 'or':
      return roundTo(elem, x | y)
    case 'xor':
      return roundTo(elem, x ^ y)
    case 'shl':
      return roundTo(elem, x << y)
    case 'shr':
      return elem === 'u32' ? x >>> y : x >> y
    case 'eq':
      return x === y ? 1 : 0
    case 'ne':
      return x !== y ? 1 : 0
    case 'lt':
      return x < y ? 1 : 0
    case 'le':
      return x <= y ? 1 : 0
    case 'gt':
      return x > y ? 1 : 0
    case 'ge':
      return x >= y ? 1 : 0
    default:
      return op satisfies never
  }
}

const clampTrunc = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high) + 0

const word = new DataView(new ArrayBuffer(4))

const writeWord = (elem: Elem, x: number): void => {
  if (elem === 'f32') word.setFloat32(0, x)
  else word.setInt32(0, x)
}

const readWord = (elem: Elem): number => {
  if (elem === 'f32') return word.getFloat32(0)
  return elem === 'u32' ? word.getUint32(0) : word.getInt32(0)
}

const converted = (from: Elem, to: Elem, x: number): number => {
  if (isFloat(from) && to === 'i32') return clampTrunc(x, -(2 ** 31), 2 ** 31 - 1)
  if (isFloat(from) && to === 'u32') return clampTrunc(x, 0, 2 ** 32 - 1)
  return roundTo(to, x)
}

/** The value of a cast of one element. */
export const castValue = (op: CastOp, from: Elem, to: Elem, x: number): number => {
  switch (op) {
    case 'convert':
      return converted(from, to, x)
    case 'bits':
      if (from === 'f64' || to === 'f64') throw bug('the loop IR reinterprets 32-bit elements only')
      writeWord(from, x)
      return readWord(to)
    case 'splat':
      return x
    default:
      return op satisfies never
  }
}
