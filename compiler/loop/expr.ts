import { bug } from '../../runtime/fault.js'
import type { BinaryOp, Elem, Expr, Lanes, LoopKind, RegType, Stmt, UnaryOp } from './ir.js'
import {
  accepts,
  commutes,
  describe,
  groupOf,
  isFloat,
  isInteger,
  isRightIdentity,
  unaryTypes,
} from './op-facts.js'
import { binaryValue, castValue, roundTo, unaryValue } from './scalar.js'

/*
 * Constructors of the loop IR. They derive types, splat a scalar that meets a vector, and fold constants
 * where the result has the same bits: x + 0 is folded for integers, but only x + (-0) and x - 0 for floats.
 */

/** A number stands for the constant of the other operand's type. */
export type Operand = Expr | number

/** The register type of `elem` in `lanes` lanes; f64 has one lane only. */
export const reg = (elem: Elem, lanes: Lanes = 1): RegType => {
  if (elem === 'f64' && lanes > 1) throw bug('the loop IR has no vector of f64')
  return { elem, lanes }
}

/** The same element type in `lanes` lanes. */
export const withLanes = (type: RegType, lanes: Lanes): RegType => reg(type.elem, lanes)

// ---- leaves ----

/** `value`, rounded or wrapped into `type`, in every lane. */
export const constant = (type: RegType, value: number): Expr => ({
  kind: 'const',
  type,
  value: roundTo(type.elem, value),
})

/** A scalar f32 constant, rounded to nearest. */
export const f32 = (value: number): Expr => constant(reg('f32'), value)

/** A scalar f64 constant. */
export const f64 = (value: number): Expr => constant(reg('f64'), value)

/** A scalar i32 constant; wraps. */
export const i32 = (value: number): Expr => constant(reg('i32'), value)

/** A scalar u32 constant; wraps. */
export const u32 = (value: number): Expr => constant(reg('u32'), value)

/** A scalar truth value. */
export const bool = (value: boolean): Expr => constant(reg('bool'), value ? 1 : 0)

/** The value of a `let`, a `var`, a loop index or a parameter; the last two are scalar i32, the default. */
export const ref = (name: string, type: RegType = reg('i32')): Expr => ({ kind: 'ref', type, name })

/** The register at byte address `at + offset`; `at` is an i32 read as unsigned, four lanes read 16 bytes. */
export const load = (type: RegType, at: Operand, offset = 0): Expr => {
  const base = address(at)
  return base.kind === 'const' && base.value >= 0
    ? { kind: 'load', type, at: i32(0), offset: offset + base.value }
    : { kind: 'load', type, at: base, offset }
}

/** A number, or a scalar i32 or u32 expression, as a scalar i32 address. */
const address = (at: Operand): Expr => {
  const x = typeof at === 'number' ? i32(at) : at
  if (x.type.lanes !== 1 || x.type.elem !== 'i32') throw bug(`an address is i32, not ${describe(x.type)}`)
  return x
}

// ---- one operand ----

/** The unary operation `op` on every lane of `x`. */
export const unary = (op: UnaryOp, x: Expr): Expr => {
  if (!unaryTypes[op].includes(x.type.elem)) throw bug(`the loop IR has no ${op} of ${describe(x.type)}`)
  if (x.kind === 'const') return constant(x.type, unaryValue(op, x.type.elem, x.value))
  return { kind: 'unary', op, type: x.type, x }
}

/** -x; flips the sign bit of a float. */
export const neg = (x: Expr): Expr => unary('neg', x)
/** |x| */
export const abs = (x: Expr): Expr => unary('abs', x)
/** The square root, correctly rounded. */
export const sqrt = (x: Expr): Expr => unary('sqrt', x)
/** The least integer not below x. */
export const ceil = (x: Expr): Expr => unary('ceil', x)
/** The greatest integer not above x. */
export const floor = (x: Expr): Expr => unary('floor', x)
/** x without its fraction. */
export const trunc = (x: Expr): Expr => unary('trunc', x)
/** The nearest integer, ties to even. */
export const nearest = (x: Expr): Expr => unary('nearest', x)
/** x, a zero of its sign where it is denormal. */
export const flush = (x: Expr): Expr => unary('flush', x)
/** Logical not of a bool, bitwise not of an integer. */
export const not = (x: Expr): Expr => unary('not', x)

// ---- two operands ----

/** `x` in every lane of a vector, of four unless told; a vector stays as it is. */
export const splat = (x: Expr, lanes: Lanes = 4): Expr => {
  if (x.type.lanes > 1 || lanes === 1) return x
  const type = withLanes(x.type, lanes)
  return x.kind === 'const' ? constant(type, x.value) : { kind: 'cast', op: 'splat', type, x }
}

/** The lanes of the vectors among some operands, which are equally long; 1 where there is none. */
const widest = (exprs: readonly Expr[]): Lanes => {
  const lanes = exprs.find(x => x.type.lanes > 1)?.type.lanes ?? 1
  const other = exprs.find(x => x.type.lanes > 1 && x.type.lanes !== lanes)
  if (other !== undefined) throw bug(`operands have ${lanes} and ${other.type.lanes} lanes`)
  return lanes
}

/**
 * The operands as expressions of one type: numbers become constants, a scalar beside a vector is splatted.
 */
const unify = (operands: readonly Operand[]): readonly Expr[] => {
  const exprs = operands.filter(x => typeof x !== 'number')
  const first = exprs[0]
  if (first === undefined) throw bug('an operation of the loop IR needs an expression among its operands')
  const lanes = widest(exprs)
  const type = withLanes(first.type, lanes)
  return operands.map(x => {
    if (typeof x === 'number') return constant(type, x)
    if (x.type.elem !== type.elem) throw bug(`operands are ${describe(type)} and ${describe(x.type)}`)
    return splat(x, lanes)
  })
}

const foldBinary = (op: BinaryOp, type: RegType, x: Expr, y: Expr): Expr | undefined => {
  if (isRightIdentity(op, type, y)) return x
  if (commutes(op) && isRightIdentity(op, type, x)) return y
  if (op === 'mul' && isInteger(type)) {
    if (y.kind === 'const' && y.value === 0) return y
    if (x.kind === 'const' && x.value === 0) return x
  }
  // (a + c) + d = a + (c + d) for integers, which wrap
  if (op === 'add' && isInteger(type) && y.kind === 'const' && x.kind === 'binary' && x.op === 'add') {
    if (x.y.kind === 'const') return binary('add', x.x, constant(type, x.y.value + y.value))
  }
  return undefined
}

/**
 * The binary operation `op` on every lane; comparisons give bool. Faults where the element type has no such
 * operation.
 */
export const binary = (op: BinaryOp, left: Operand, right: Operand): Expr => {
  const [x, y] = unify([left, right])
  if (x === undefined || y === undefined) throw bug('a binary operation has two operands')
  const group = groupOf[op]
  const operand = x.type
  if (!accepts(group, operand)) throw bug(`the loop IR has no ${op} of ${describe(operand)}`)
  const type = group === 'equality' || group === 'order' ? reg('bool', operand.lanes) : operand
  if (x.kind === 'const' && y.kind === 'const') {
    return constant(type, binaryValue(op, operand.elem, x.value, y.value))
  }
  // the constant to the right, so that sums of addresses fold
  if (x.kind === 'const' && commutes(op))
    return foldBinary(op, type, y, x) ?? { kind: 'binary', op, type, x: y, y: x }
  return foldBinary(op, type, x, y) ?? { kind: 'binary', op, type, x, y }
}

/** x + y; integers wrap. */
export const add = (x: Operand, y: Operand): Expr => binary('add', x, y)
/** x - y; integers wrap. */
export const sub = (x: Operand, y: Operand): Expr => binary('sub', x, y)
/** x * y; integers wrap. */
export const mul = (x: Operand, y: Operand): Expr => binary('mul', x, y)
/**
 * x / y; integers truncate, an integer divided by 0 has all bits set, the least i32 divided by -1 is itself.
 */
export const div = (x: Operand, y: Operand): Expr => binary('div', x, y)
/** The integer remainder with the sign of x; x rem 0 is x. */
export const rem = (x: Operand, y: Operand): Expr => binary('rem', x, y)
/** The lesser; NaN if either is NaN, and -0 is less than 0. */
export const min = (x: Operand, y: Operand): Expr => binary('min', x, y)
/** The greater; NaN if either is NaN, and -0 is less than 0. */
export const max = (x: Operand, y: Operand): Expr => binary('max', x, y)
/** Logical or bitwise and. */
export const and = (x: Operand, y: Operand): Expr => binary('and', x, y)
/** Logical or bitwise or. */
export const or = (x: Operand, y: Operand): Expr => binary('or', x, y)
/** Logical or bitwise exclusive or. */
export const xor = (x: Operand, y: Operand): Expr => binary('xor', x, y)
/** x shifted left by y modulo 32. */
export const shl = (x: Operand, y: Operand): Expr => binary('shl', x, y)
/** x shifted right by y modulo 32: arithmetic for i32, logical for u32. */
export const shr = (x: Operand, y: Operand): Expr => binary('shr', x, y)
/** x = y */
export const eq = (x: Operand, y: Operand): Expr => binary('eq', x, y)
/** x ≠ y */
export const ne = (x: Operand, y: Operand): Expr => binary('ne', x, y)
/** x < y */
export const lt = (x: Operand, y: Operand): Expr => binary('lt', x, y)
/** x ≤ y */
export const le = (x: Operand, y: Operand): Expr => binary('le', x, y)
/** x > y */
export const gt = (x: Operand, y: Operand): Expr => binary('gt', x, y)
/** x ≥ y */
export const ge = (x: Operand, y: Operand): Expr => binary('ge', x, y)

// ---- three operands ----

/** x where `cond`, else y; both are evaluated. */
export const select = (cond: Expr, x: Operand, y: Operand): Expr => {
  if (cond.type.elem !== 'bool') throw bug(`a select chooses by bool, not ${describe(cond.type)}`)
  const [a, b] = unify([x, y])
  if (a === undefined || b === undefined) throw bug('a select chooses between two operands')
  const lanes = widest([cond, a, b])
  if (cond.kind === 'const') return splat(cond.value ? a : b, lanes)
  const type = withLanes(a.type, lanes)
  return { kind: 'select', type, cond: splat(cond, lanes), x: splat(a, lanes), y: splat(b, lanes) }
}

/** x * y + z: one rounding on a relaxed target, two elsewhere. */
export const mulAdd = (x: Operand, y: Operand, z: Operand): Expr => {
  const [a, b, c] = unify([x, y, z])
  if (a === undefined || b === undefined || c === undefined) throw bug('mulAdd has three operands')
  if (!isFloat(a.type)) return add(mul(a, b), c)
  // a product with 1 is exact: the sum rounds once in any case
  if (b.kind === 'const' && b.value === 1) return add(a, c)
  return { kind: 'mulAdd', type: a.type, x: a, y: b, z: c }
}

// ---- casts and lanes ----

/** `x` as `elem`: float to integer truncates and saturates (NaN is 0), bool is 0 or 1, to bool is x ≠ 0. */
export const convert = (x: Expr, elem: Elem): Expr => {
  if (x.type.elem === elem) return x
  const type = reg(elem, x.type.lanes)
  if (x.kind === 'const') return constant(type, castValue('convert', x.type.elem, elem, x.value))
  return { kind: 'cast', op: 'convert', type, x }
}

/** The 32 bits of each lane of `x` as `elem`: f32, i32 or u32. */
export const bits = (x: Expr, elem: Elem): Expr => {
  if (x.type.elem === elem) return x
  for (const e of [x.type.elem, elem]) {
    if (e === 'f64' || e === 'bool') throw bug(`the loop IR does not reinterpret ${e}`)
  }
  const type = reg(elem, x.type.lanes)
  const value = x.kind === 'const' ? castValue('bits', x.type.elem, elem, x.value) : Number.NaN
  return Number.isNaN(value) ? { kind: 'cast', op: 'bits', type, x } : constant(type, value)
}

/** Element `index` of a vector. */
export const lane = (x: Expr, index: number): Expr => {
  if (x.type.lanes === 1 || !Number.isInteger(index) || index < 0 || index >= x.type.lanes) {
    throw bug(`lane ${index} of ${describe(x.type)} does not exist`)
  }
  const type = withLanes(x.type, 1)
  if (x.kind === 'const') return constant(type, x.value)
  if (x.kind === 'pack') return x.lanes[index] ?? { kind: 'lane', type, x, lane: index }
  if (x.kind === 'cast' && x.op === 'splat') return x.x
  return { kind: 'lane', type, x, lane: index }
}

/** All elements of a vector, each by itself. */
export const lanesOf = (x: Expr): readonly Expr[] =>
  Array.from({ length: x.type.lanes }, (_, i) => lane(x, i))

const isVectorLength = (n: number): n is 4 | 8 | 16 => n === 4 || n === 8 || n === 16

/** The vector of 4, 8 or 16 scalars of one element type. */
export const pack = (lanes: readonly Expr[]): Expr => {
  const first = lanes[0]
  const count = lanes.length
  if (first === undefined || !isVectorLength(count)) throw bug(`no vector has ${count} lanes`)
  for (const x of lanes) {
    if (x.type.lanes !== 1 || x.type.elem !== first.type.elem)
      throw bug('a vector is packed from scalars of one type')
  }
  return { kind: 'pack', type: withLanes(first.type, count), lanes }
}

// ---- statements ----

/** Names a value that is not assigned again. */
export const let_ = (name: string, value: Expr): Stmt => ({ kind: 'let', name, value })
/** Declares a variable. */
export const var_ = (name: string, value: Expr): Stmt => ({ kind: 'var', name, value })
/** Assigns a variable. */
export const set = (name: string, value: Expr): Stmt => ({ kind: 'set', name, value })

/** Writes `value` at byte address `at + offset`; `at` is an i32 read as unsigned. */
export const store = (at: Operand, value: Expr, offset = 0): Stmt => {
  const base = address(at)
  return base.kind === 'const' && base.value >= 0
    ? { kind: 'store', at: i32(0), offset: offset + base.value, value }
    : { kind: 'store', at: base, offset, value }
}

/** index = from, from + step, … while index < to; bounds are evaluated once, `step` is a positive integer. */
export const loop = (
  kind: LoopKind,
  index: string,
  from: Operand,
  to: Operand,
  step: number,
  body: readonly Stmt[],
): Stmt => {
  if (!Number.isInteger(step) || step <= 0) throw bug(`the step of loop ${index} is ${step}`)
  return { kind: 'for', loop: kind, index, from: address(from), to: address(to), step, body }
}

/** Runs `then` where the scalar bool `cond` holds, else `otherwise`. */
export const if_ = (cond: Expr, then: readonly Stmt[], otherwise: readonly Stmt[] = []): Stmt => {
  if (cond.type.elem !== 'bool' || cond.type.lanes !== 1)
    throw bug(`a condition is bool, not ${describe(cond.type)}`)
  return { kind: 'if', cond, then, else: otherwise }
}

/** Calls a function of the module; its result, if any, is dropped. */
export const call = (name: string, args: readonly Expr[] = []): Stmt => ({ kind: 'call', name, args })

/** Leaves the function, with an i32 where it returns one. */
export const return_ = (value?: Expr): Stmt =>
  value === undefined ? { kind: 'return' } : { kind: 'return', value }

/** Waits for all threads; see `Stmt`. */
export const barrier = (at: number, threads: number, maySleep: boolean): Stmt => ({
  kind: 'barrier',
  at,
  threads,
  maySleep,
})

/** A remark for whoever reads the printed code. */
export const comment = (text: string): Stmt => ({ kind: 'comment', text })
