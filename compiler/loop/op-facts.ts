import type { BinaryOp, Elem, Expr, RegType, UnaryOp } from './ir.js'
import { roundTo } from './scalar.js'

/* What is known of the operations of the loop IR, whoever builds or folds them. */

/** True for f32 and f64. */
export const isFloat = (type: RegType): boolean => type.elem === 'f32' || type.elem === 'f64'

/** True for i32 and u32. */
export const isInteger = (type: RegType): boolean => type.elem === 'i32' || type.elem === 'u32'

/** A register type in a message: f32, or f32x4. */
export const describe = (type: RegType): string =>
  type.lanes === 1 ? type.elem : `${type.elem}x${type.lanes}`

/** The element types that each unary operation has. */
export const unaryTypes: { readonly [K in UnaryOp]: readonly Elem[] } = {
  neg: ['f32', 'f64', 'i32'],
  abs: ['f32', 'f64', 'i32'],
  sqrt: ['f32', 'f64'],
  ceil: ['f32', 'f64'],
  floor: ['f32', 'f64'],
  trunc: ['f32', 'f64'],
  nearest: ['f32', 'f64'],
  flush: ['f32'],
  not: ['bool', 'i32', 'u32'],
}

type Group = 'number' | 'integer' | 'bits' | 'equality' | 'order'

/** The kind of each binary operation, which decides its operands. */
export const groupOf: { readonly [K in BinaryOp]: Group } = {
  add: 'number',
  sub: 'number',
  mul: 'number',
  div: 'number',
  rem: 'integer',
  min: 'number',
  max: 'number',
  and: 'bits',
  or: 'bits',
  xor: 'bits',
  shl: 'integer',
  shr: 'integer',
  eq: 'equality',
  ne: 'equality',
  lt: 'order',
  le: 'order',
  gt: 'order',
  ge: 'order',
}

/** True where a kind of operation has operands of this type. */
export const accepts = (group: Group, type: RegType): boolean => {
  switch (group) {
    case 'number':
    case 'order':
      return type.elem !== 'bool'
    case 'integer':
      return isInteger(type)
    case 'bits':
      return !isFloat(type)
    case 'equality':
      return true
    default:
      return group satisfies never
  }
}

/** True where `y` on the right of `op` leaves every `x` of the type as it is, to the bit. */
export const isRightIdentity = (op: BinaryOp, type: RegType, y: Expr): boolean => {
  if (y.kind !== 'const') return false
  switch (op) {
    case 'add':
      return isFloat(type) ? Object.is(y.value, -0) : y.value === 0
    case 'sub':
      return Object.is(y.value, 0)
    case 'shl':
    case 'shr':
    case 'xor':
      return y.value === 0
    case 'or':
      return y.value === 0
    case 'and':
      return y.value === (type.elem === 'bool' ? 1 : roundTo(type.elem, -1))
    case 'mul':
    case 'div':
      return y.value === 1
    default:
      return false
  }
}

/** True where the operands may change places. */
export const commutes = (op: BinaryOp): boolean => ['add', 'mul', 'and', 'or', 'xor'].includes(op)
