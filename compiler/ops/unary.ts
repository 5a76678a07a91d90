import * as e from '../loop/expr.js'
import type { Expr, RegType } from '../loop/ir.js'
import { nearestEven } from '../loop/scalar.js'
import { type Scalar, slope, unary } from './pointwise.js'
import type { Table } from './row.js'
import { ANY, FLOATS, isFloat, LOGIC, one, SIGNED } from './rules.js'
import { toInt, toUint } from './special.js'

/*
 * Signs, rounding, conversion: functions of one element that a processor has. The adjoint of `x` is `xBar`; above
 * each slope stands the derivative it states.
 */

const real = (f: Scalar) => () => f
const CHEAP = { cheap: true } as const

/** 1 above zero, -1 below, x itself (±0 or NaN) elsewhere. */
const emitSign = (x: Expr, type: RegType): Expr =>
  e.select(e.gt(x, 0), e.constant(type, 1), e.select(e.lt(x, 0), e.constant(type, -1), x))

/** The rows of signs, rounding and conversion. */
export const unaryRows = {
  abs: unary(
    'abs',
    {
      doc: 'The absolute value; that of the least i32 is itself.',
      accepts: SIGNED,
      facts: { cheap: true, mildIn: [0] },
      scalar: real(Math.abs),
      // d|x| = sign(x) dx
      slopes: [slope((b, x) => b.sign(x))],
      domain: [{ low: -2, high: 2, avoid: [0] }],
    },
    e.abs,
  ),

  ceil: unary(
    'ceil',
    {
      doc: 'The least whole number not below x.',
      accepts: FLOATS,
      facts: CHEAP,
      scalar: real(Math.ceil),
      slopes: 'zero',
      domain: [{ low: -2, high: 2, avoid: [-1, 0, 1] }],
    },
    e.ceil,
  ),

  floor: unary(
    'floor',
    {
      doc: 'The greatest whole number not above x.',
      accepts: FLOATS,
      facts: CHEAP,
      scalar: real(Math.floor),
      slopes: 'zero',
      domain: [{ low: -2, high: 2, avoid: [-1, 0, 1] }],
    },
    e.floor,
  ),

  round_nearest_even: unary(
    'round_nearest_even',
    {
      doc: 'The nearest whole number, ties to even.',
      accepts: FLOATS,
      facts: CHEAP,
      scalar: real(nearestEven),
      slopes: 'zero',
      domain: [{ low: -2, high: 2, avoid: [-1.5, -0.5, 0.5, 1.5] }],
    },
    e.nearest,
  ),

  convert: {
    ...unary<'convert'>(
      'convert',
      {
        doc: 'The value in another dtype: float to integer truncates and saturates (NaN is 0), x to bool is x ≠ 0.',
        accepts: ANY,
        facts: CHEAP,
        result: ({ dtype }) => dtype,
        scalar: (from, { dtype: to }) => {
          if (to === 'bool') return x => (x === 0 ? 0 : 1)
          if (isFloat(from) && to === 'i32') return toInt
          if (isFloat(from) && to === 'u32') return toUint
          return x => x
        },
        // d(convert x) = convert dx
        slopes: 'zero',
      },
      (x, _, { dtype }) => e.convert(x, dtype),
    ),
    vjp: ({ b, inputs }, yBar) => {
      const { dtype } = b.typeOf(one('convert', inputs))
      return [isFloat(dtype) ? b.convert(yBar, dtype) : undefined]
    },
    jvp: ({ b, params }, tangents) =>
      b.convert(
        one(
          'convert',
          tangents.filter(t => t !== undefined),
        ),
        params.dtype,
      ),
  },

  is_finite: unary(
    'is_finite',
    {
      doc: 'Whether x is neither infinite nor NaN.',
      accepts: FLOATS,
      facts: CHEAP,
      result: () => 'bool',
      scalar: real(x => (Number.isFinite(x) ? 1 : 0)),
      slopes: 'zero',
    },
    // NaN is below nothing
    x => e.lt(e.abs(x), Infinity),
  ),

  negate: unary(
    'negate',
    {
      doc: 'The value with its sign flipped; integers wrap.',
      accepts: SIGNED,
      facts: { cheap: true, linearIn: [0], mildIn: [0] },
      scalar: real(x => -x),
      // d(-x) = -dx
      slopes: [({ b }, g) => b.negate(g)],
    },
    e.neg,
  ),

  not: unary(
    'not',
    {
      doc: 'Logical not of a bool, bitwise not of an integer.',
      accepts: LOGIC,
      facts: CHEAP,
      scalar: dtype => (dtype === 'bool' ? x => 1 - x : x => ~x),
      slopes: 'zero',
    },
    e.not,
  ),

  sign: unary(
    'sign',
    {
      doc: 'The sign of x: -1, 1, or x itself where it is ±0 or NaN.',
      accepts: SIGNED,
      facts: CHEAP,
      scalar: real(Math.sign),
      slopes: 'zero',
      domain: [{ low: -2, high: 2, avoid: [0] }],
    },
    emitSign,
  ),

  stop_gradient: {
    ...unary<'stop_gradient'>(
      'stop_gradient',
      { doc: 'x, with derivative zero.', accepts: ANY, facts: CHEAP, scalar: real(x => x), slopes: 'zero' },
      x => x,
    ),
    lower: { kind: 'rewritten', by: 'inline-custom' },
  },
} satisfies Partial<Table>
