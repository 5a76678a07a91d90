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
      accepts: SIGNED,
      facts: { cheap: true, mildIn: [0] },
      scalar: real(Math.abs),
      // d|x| = sign(x) dx
      slopes: [slope((b, x) => b.sign(x))],
    },
    e.abs,
  ),

  ceil: unary(
    'ceil',
    {
      accepts: FLOATS,
      facts: CHEAP,
      scalar: real(Math.ceil),
      slopes: 'zero',
    },
    e.ceil,
  ),

  floor: unary(
    'floor',
    {
      accepts: FLOATS,
      facts: CHEAP,
      scalar: real(Math.floor),
      slopes: 'zero',
    },
    e.floor,
  ),

  round_nearest_even: unary(
    'round_nearest_even',
    {
      accepts: FLOATS,
      facts: CHEAP,
      scalar: real(nearestEven),
      slopes: 'zero',
    },
    e.nearest,
  ),

  convert: {
    ...unary<'convert'>(
      'convert',
      {
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
      accepts: SIGNED,
      facts: CHEAP,
      scalar: real(Math.sign),
      slopes: 'zero',
    },
    emitSign,
  ),

  stop_gradient: {
    ...unary<'stop_gradient'>(
      'stop_gradient',
      { accepts: ANY, facts: CHEAP, scalar: real(x => x), slopes: 'zero' },
      x => x,
    ),
    lower: { kind: 'rewritten', by: 'inline-custom' },
  },
} satisfies Partial<Table>
