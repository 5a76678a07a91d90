/** Operations on every element; operands broadcast as in NumPy, and numbers stand for scalars. */
import { withElementary } from '../../compiler/families/elementary.js'
import type { Builder } from '../../compiler/ir/build.js'
import type { Direction, Value } from '../../compiler/ir/program.js'
import type { DType } from '../../runtime/dtype.js'
import { bug, userFault } from '../../runtime/fault.js'
import { broadcast } from '../types/rules.js'
import { type Node, nodeOf, type Operand, operation } from './node.js'

/** A number as a scalar node. */
export const constant = (value: number, dtype: DType = 'f32'): Node =>
  operation('constant', [], [], dtype, b => b.scalar(value, dtype))

/** The shape that concrete shapes broadcast to; they have been checked before. */
const broadcastSizes = (shapes: readonly (readonly number[])[]): number[] => {
  const rank = Math.max(...shapes.map(shape => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map(shape => shape[axis - rank + shape.length] ?? 1)
    return dims.find(d => d !== 1) ?? 1
  })
}

/** `x` in `shape`, aligned at the right: dimensions of 1 stretch. */
export const broadcastValue = (b: Builder, x: Value, shape: readonly number[]): Value => {
  const from = b.shapeOf(x)
  const front = shape.length - from.length
  const kept = from.flatMap((d, i) => (d === shape[front + i] ? [i] : []))
  const squeezed = b.reshape(
    x,
    kept.map(i => from[i] ?? 1),
  )
  return b.broadcast_in_dim(
    squeezed,
    shape,
    kept.map(i => front + i),
  )
}

const RANK: Readonly<Record<DType, number>> = { bool: 0, u32: 1, i32: 2, f32: 3, f64: 4 }

/** The operands as nodes of one dtype: numbers take the nodes' dtype, nodes the widest one among them. */
export const alike = (name: string, operands: readonly Operand[], least: DType = 'bool'): readonly Node[] => {
  const nodes = operands.map((x, i) =>
    typeof x === 'number' ? x : nodeOf(x, name, operands.length > 1 ? i : undefined),
  )
  const dtypes = nodes.flatMap(x => (typeof x === 'number' ? [] : [x.dtype]))
  const whole = nodes.every(x => typeof x !== 'number' || Number.isInteger(x))
  const start = dtypes.length === 0 || !whole ? 'f32' : least
  const dtype = dtypes.reduce((widest, d) => (RANK[d] > RANK[widest] ? d : widest), start)
  return nodes.map(x => (typeof x === 'number' ? constant(x, dtype) : cast(x, dtype)))
}

/** The operand itself, checked in the name of an operation that is made of others. */
export const operandOf = (x: Operand, name: string): Operand => (typeof x === 'number' ? x : nodeOf(x, name))

/** Operand i of an operation that is being written. */
export const operandAt = (values: readonly Value[], i: number): Value => {
  const value = values.at(i)
  if (value === undefined) throw bug(`graph: operand ${i} is missing`)
  return value
}

/** An elementwise operation; `emit` gets the first operand and the last one. */
const pointwise = (
  name: string,
  operands: readonly Operand[],
  emit: (b: Builder, x: Value, y: Value) => Value,
  options: { readonly least?: DType; readonly result?: DType } = {},
): Node => {
  const nodes = alike(name, operands, options.least ?? 'i32')
  const shape = nodes.map(x => x.shape).reduce((a, b) => broadcast(name, a, b))
  return operation(name, nodes, shape, options.result ?? nodes[0]?.dtype ?? 'f32', (b, values) => {
    const sizes = broadcastSizes(values.map(v => b.shapeOf(v)))
    const wide = values.map(v => broadcastValue(b, v, sizes))
    return emit(b, operandAt(wide, 0), operandAt(wide, -1))
  })
}

// The marks let bundlers drop operations that are never used.

type Binary = (a: Operand, b: Operand) => Node
type Unary = (x: Operand) => Node

/* @__NO_SIDE_EFFECTS__ */
const binary =
  (name: string, emit: (b: Builder, x: Value, y: Value) => Value): Binary =>
  (x, y) =>
    pointwise(name, [x, y], emit)

/* @__NO_SIDE_EFFECTS__ */
const float =
  (name: string, emit: (b: Builder, x: Value, y: Value) => Value): Binary =>
  (x, y) =>
    pointwise(name, [x, y], emit, { least: 'f32' })

/* @__NO_SIDE_EFFECTS__ */
const unary =
  (name: string, emit: (b: Builder, x: Value) => Value, least: DType = 'f32'): Unary =>
  x =>
    pointwise(name, [x], emit, { least })

/* @__NO_SIDE_EFFECTS__ */
const comparison =
  (name: string, direction: Direction): Binary =>
  (x, y) =>
    pointwise(name, [x, y], (b, u, v) => b.compare(direction, u, v), { result: 'bool' })

/** x + y. */
export const add = binary('add', (b, x, y) => b.add(x, y))
/** x - y. */
export const sub = binary('sub', (b, x, y) => b.subtract(x, y))
/** x * y. */
export const mul = binary('mul', (b, x, y) => b.multiply(x, y))
/** x / y, in floating point. */
export const div = float('div', (b, x, y) => b.divide(x, y))
/** x to the power y, in floating point. */
export const pow = float('pow', (b, x, y) => withElementary(b).power(x, y))
/** The larger of both; NaN when either is. */
export const maximum = binary('maximum', (b, x, y) => b.maximum(x, y))
/** The smaller of both; NaN when either is. */
export const minimum = binary('minimum', (b, x, y) => b.minimum(x, y))
/** The angle of (x, y): atan2(y, x). */
export const atan2 = float('atan2', (b, y, x) => withElementary(b).atan2(y, x))

/** Whether x = y. */
export const equal = comparison('equal', 'EQ')
/** Whether x differs from y. */
export const notEqual = comparison('notEqual', 'NE')
/** Whether x > y. */
export const greater = comparison('greater', 'GT')
/** Whether x >= y. */
export const greaterEqual = comparison('greaterEqual', 'GE')
/** Whether x < y. */
export const less = comparison('less', 'LT')
/** Whether x <= y. */
export const lessEqual = comparison('lessEqual', 'LE')

/** -x. */
export const neg = unary('neg', (b, x) => b.negate(x), 'i32')
/** |x|, whose derivative at 0 is 0. */
export const abs = unary('abs', (b, x) => b.abs(x), 'i32')
/** -1, 0 or 1. */
export const sign = unary('sign', (b, x) => b.sign(x), 'i32')
/** e to the power x. */
export const exp = unary('exp', (b, x) => withElementary(b).exponential(x))
/** exp(x) - 1, accurate near 0. */
export const expm1 = unary('expm1', (b, x) => withElementary(b).exponential_minus_one(x))
/** The natural logarithm. */
export const log = unary('log', (b, x) => withElementary(b).log(x))
/** log(1 + x), accurate near 0. */
export const log1p = unary('log1p', (b, x) => withElementary(b).log_plus_one(x))
/** The square root. */
export const sqrt = unary('sqrt', (b, x) => withElementary(b).sqrt(x))
/** 1 / sqrt(x). */
export const rsqrt = unary('rsqrt', (b, x) => withElementary(b).rsqrt(x))
/** The cube root. */
export const cbrt = unary('cbrt', (b, x) => withElementary(b).cbrt(x))
/** x * x. */
export const square: Unary = x => {
  const given = operandOf(x, 'square')
  return mul(given, given)
}
/** The sine. */
export const sin = unary('sin', (b, x) => withElementary(b).sine(x))
/** The cosine. */
export const cos = unary('cos', (b, x) => withElementary(b).cosine(x))
/** The tangent. */
export const tan = unary('tan', (b, x) => withElementary(b).tan(x))
/** The hyperbolic tangent. */
export const tanh = unary('tanh', (b, x) => withElementary(b).tanh(x))
/** 1 / (1 + exp(-x)). */
export const sigmoid = unary('sigmoid', (b, x) => withElementary(b).logistic(x))
/** The error function. */
export const erf = unary('erf', (b, x) => withElementary(b).erf(x))
/** 1 - erf(x), accurate where that is small. */
export const erfc = unary('erfc', (b, x) => withElementary(b).erfc(x))
/** The largest integer that is not above x. */
export const floor = unary('floor', (b, x) => b.floor(x))
/** The smallest integer that is not below x. */
export const ceil = unary('ceil', (b, x) => b.ceil(x))
/** The nearest integer, of two the even one. */
export const round = unary('round', (b, x) => b.round_nearest_even(x))
/** The same value, whose derivative is zero. */
export const stopGradient: Unary = x => {
  const node = typeof x === 'number' ? constant(x) : nodeOf(x, 'stopGradient')
  return operation('stopGradient', [node], node.shape, node.dtype, (b, values) =>
    b.stop_gradient(operandAt(values, 0)),
  )
}
/** max(x, 0), whose derivative at 0 is 0; NaN stays NaN. */
export const relu: Unary = x => {
  const given = operandOf(x, 'relu')
  return where(lessEqual(given, 0), 0, given)
}

/** Whether x is neither infinite nor NaN. */
export const finite: Unary = x =>
  pointwise('finite', [x], (b, v) => b.is_finite(v), { least: 'f32', result: 'bool' })

/** Whether both hold. */
export const and: Binary = (x, y) =>
  pointwise('and', [logical(x, 'and'), logical(y, 'and')], (b, u, v) => b.and(u, v), { least: 'bool' })
/** Whether either holds. */
export const or: Binary = (x, y) =>
  pointwise('or', [logical(x, 'or'), logical(y, 'or')], (b, u, v) => b.or(u, v), { least: 'bool' })
/** Whether it does not hold. */
export const not: Unary = x => pointwise('not', [logical(x, 'not')], (b, v) => b.not(v), { least: 'bool' })

/** `yes` where `condition` holds, `no` elsewhere; all three broadcast. */
export const where = (condition: Operand, yes: Operand, no: Operand): Node =>
  ternary('where', [logical(condition, 'where'), ...alike('where', [yes, no], 'i32')], (b, c, x, y) =>
    b.select(c, x, y),
  )

/** x, but at least `low` and at most `high`; beyond them its derivative is 0. */
export const clip = (x: Operand, low: number, high: number): Node =>
  ternary('clip', alike('clip', [low, operandOf(x, 'clip'), high], 'i32'), (b, l, v, h) => b.clamp(l, v, h))

/** An elementwise operation of three operands whose dtypes are settled; the result has the last one's. */
const ternary = (
  name: string,
  nodes: readonly Node[],
  emit: (b: Builder, x: Value, y: Value, z: Value) => Value,
): Node => {
  const shape = nodes.map(x => x.shape).reduce((a, b) => broadcast(name, a, b))
  return operation(name, nodes, shape, nodes.at(-1)?.dtype ?? 'f32', (b, values) => {
    const sizes = broadcastSizes(values.map(v => b.shapeOf(v)))
    const wide = values.map(value => broadcastValue(b, value, sizes))
    return emit(b, operandAt(wide, 0), operandAt(wide, 1), operandAt(wide, 2))
  })
}

/** The same numbers in another dtype; bool becomes 0 and 1. */
export const cast = (x: Operand, dtype: DType): Node => {
  if (typeof x === 'number') return constant(x, dtype)
  const node = nodeOf(x, 'cast')
  if (node.dtype === dtype) return node
  return operation('cast', [node], node.shape, dtype, (b, values) => b.convert(operandAt(values, 0), dtype))
}

const logical = (x: Operand, name: string): Node => {
  const node = typeof x === 'number' ? constant(x, 'bool') : nodeOf(x, name)
  if (node.dtype === 'bool') return node
  throw userFault('wrong-dtype', `${name}: a condition must be bool, received ${node.dtype}`, {
    suggestion: 'compare first, e.g. greater(x, 0)',
  })
}
