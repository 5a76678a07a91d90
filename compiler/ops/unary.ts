import * as e from '../loop/expr.js'
import type { Expr, RegType } from '../loop/ir.js'
import * as m from '../loop/math.js'
import { nearestEven } from '../loop/scalar.js'
import { type Scalar, slope, unary } from './pointwise.js'
import type { Domain, Table } from './row.js'
import { ANY, FLOATS, isFloat, LOGIC, one, SIGNED } from './rules.js'
import { erf, logistic, toInt, toUint } from './special.js'

/*
 * Functions of one element. The adjoint of `x` is `xBar`; above each slope stands the derivative it states.
 */

const real = (f: Scalar) => () => f
const POSITIVE: readonly Domain[] = [{ low: 0.2, high: 3 }]
const CHEAP = { cheap: true } as const

/** 1 above zero, -1 below, x itself (±0 or NaN) elsewhere. */
const emitSign = (x: Expr, type: RegType): Expr =>
  e.select(e.gt(x, 0), e.constant(type, 1), e.select(e.lt(x, 0), e.constant(type, -1), x))

/** The rows of functions of one element. */
export const unaryRows = {
  abs: unary(
    'abs',
    {
      doc: 'The absolute value; that of the least i32 is itself.',
      accepts: SIGNED,
      facts: CHEAP,
      scalar: real(Math.abs),
      // d|x| = sign(x) dx
      slopes: [slope((b, x) => b.sign(x))],
      domain: [{ low: -2, high: 2, avoid: [0] }],
    },
    e.abs,
  ),

  cbrt: unary(
    'cbrt',
    {
      doc: 'The real cube root.',
      accepts: FLOATS,
      scalar: real(Math.cbrt),
      // d(x^⅓) = dx / (3 y²)
      slopes: [({ b, output: y }, g) => b.divide(g, b.multiply(b.fullLike(y, 3), b.multiply(y, y)))],
      domain: POSITIVE,
    },
    m.cbrt,
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

  cosine: unary(
    'cosine',
    {
      doc: 'The cosine of x radians.',
      accepts: FLOATS,
      scalar: real(Math.cos),
      // d(cos x) = -sin x dx
      slopes: [slope((b, x) => b.negate(b.sine(x)))],
    },
    m.cos,
  ),

  sine: unary(
    'sine',
    {
      doc: 'The sine of x radians.',
      accepts: FLOATS,
      scalar: real(Math.sin),
      // d(sin x) = cos x dx
      slopes: [slope((b, x) => b.cosine(x))],
    },
    m.sin,
  ),

  tan: unary(
    'tan',
    {
      doc: 'The tangent of x radians.',
      accepts: FLOATS,
      scalar: real(Math.tan),
      // d(tan x) = (1 + y²) dx
      slopes: [slope((b, _, y) => b.add(b.fullLike(y, 1), b.multiply(y, y)))],
      domain: [{ low: -1.2, high: 1.2 }],
    },
    m.tan,
  ),

  tanh: unary(
    'tanh',
    {
      doc: 'The hyperbolic tangent.',
      accepts: FLOATS,
      scalar: real(Math.tanh),
      // d(tanh x) = (1 - y²) dx
      slopes: [slope((b, _, y) => b.subtract(b.fullLike(y, 1), b.multiply(y, y)))],
    },
    m.tanh,
  ),

  logistic: unary(
    'logistic',
    {
      doc: 'The logistic function 1 / (1 + e^-x).',
      accepts: FLOATS,
      scalar: real(logistic),
      // d(σ x) = y (1 - y) dx
      slopes: [slope((b, _, y) => b.multiply(y, b.subtract(b.fullLike(y, 1), y)))],
    },
    m.logistic,
  ),

  erf: unary(
    'erf',
    {
      doc: 'The error function 2/√π ∫₀ˣ e^(-t²) dt (CHLO).',
      accepts: FLOATS,
      scalar: real(erf),
      // d(erf x) = 2/√π e^(-x²) dx
      slopes: [
        slope((b, x) =>
          b.multiply(b.fullLike(x, 2 / Math.sqrt(Math.PI)), b.exponential(b.negate(b.multiply(x, x)))),
        ),
      ],
    },
    m.erf,
  ),

  exponential: unary(
    'exponential',
    {
      doc: 'e to the x.',
      accepts: FLOATS,
      scalar: real(Math.exp),
      // d(e^x) = y dx
      slopes: [slope((_b, _x, y) => y)],
    },
    m.exp,
  ),

  exponential_minus_one: unary(
    'exponential_minus_one',
    {
      doc: 'e to the x, less one, exact near 0.',
      accepts: FLOATS,
      scalar: real(Math.expm1),
      // d(e^x - 1) = (y + 1) dx
      slopes: [slope((b, _, y) => b.add(y, b.fullLike(y, 1)))],
    },
    m.expm1,
  ),

  log: unary(
    'log',
    {
      doc: 'The natural logarithm.',
      accepts: FLOATS,
      scalar: real(Math.log),
      // d(log x) = dx / x
      slopes: [({ b, inputs }, g) => b.divide(g, one('log', inputs))],
      domain: POSITIVE,
    },
    m.log,
  ),

  log_plus_one: unary(
    'log_plus_one',
    {
      doc: 'The natural logarithm of 1 + x, exact near 0.',
      accepts: FLOATS,
      scalar: real(Math.log1p),
      // d(log(1 + x)) = dx / (1 + x)
      slopes: [
        ({ b, inputs, output }, g) => b.divide(g, b.add(one('log_plus_one', inputs), b.fullLike(output, 1))),
      ],
      domain: [{ low: -0.8, high: 3 }],
    },
    m.log1p,
  ),

  rsqrt: unary(
    'rsqrt',
    {
      doc: 'One over the square root.',
      accepts: FLOATS,
      scalar: real(x => 1 / Math.sqrt(x)),
      // d(x^-½) = -½ y/x dx
      slopes: [slope((b, x, y) => b.multiply(b.fullLike(y, -0.5), b.divide(y, x)))],
      domain: POSITIVE,
    },
    m.rsqrt,
  ),

  sqrt: unary(
    'sqrt',
    {
      doc: 'The square root.',
      accepts: FLOATS,
      scalar: real(Math.sqrt),
      // d(√x) = dx / 2y
      slopes: [({ b, output: y }, g) => b.divide(g, b.multiply(b.fullLike(y, 2), y))],
      domain: POSITIVE,
    },
    e.sqrt,
  ),

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
      facts: { cheap: true, linearIn: [0] },
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
