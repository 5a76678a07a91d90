import type { Builder } from '../ir/build.js'
import type { Value } from '../ir/program.js'
import * as e from '../loop/expr.js'
import * as m from '../loop/math.js'
import { type Scalar, slope, unary } from './pointwise.js'
import type { Domain, Table } from './row.js'
import { FLOATS, one } from './rules.js'
import { erf, erfc, logistic } from './special.js'

/*
 * Elementary functions of one real. The adjoint of `x` is `xBar`; above each slope stands the derivative it states,
 * with y for the result.
 */

const real = (f: Scalar) => () => f
const CLEAR = { isClear: true } as const
const POSITIVE: readonly Domain[] = [{ low: 0.2, high: 3 }]

/** scale · e^(-x²) */
const bell = (b: Builder, x: Value, scale: number): Value =>
  b.multiply(b.fullLike(x, scale), b.exponential(b.negate(b.multiply(x, x))))

/** The rows of elementary functions. */
export const elementaryRows = {
  cbrt: unary(
    'cbrt',
    {
      doc: 'The real cube root.',
      accepts: FLOATS,
      facts: CLEAR,
      scalar: real(Math.cbrt),
      // d(x^⅓) = dx / (3 y²)
      slopes: [({ b, output: y }, g) => b.divide(g, b.multiply(b.fullLike(y, 3), b.multiply(y, y)))],
      domain: POSITIVE,
    },
    m.cbrt,
  ),

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
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: CLEAR,
      scalar: real(erf),
      // d(erf x) = 2/√π e^(-x²) dx
      slopes: [slope((b, x) => bell(b, x, 2 / Math.sqrt(Math.PI)))],
    },
    m.erf,
  ),

  erfc: unary(
    'erfc',
    {
      doc: 'What the error function lacks to 1, 2/√π ∫ₓ^∞ e^(-t²) dt, accurate in its tail (CHLO).',
      accepts: FLOATS,
      scalar: real(erfc),
      // d(erfc x) = -2/√π e^(-x²) dx
      slopes: [slope((b, x) => bell(b, x, -2 / Math.sqrt(Math.PI)))],
    },
    m.erfc,
  ),

  exponential: unary(
    'exponential',
    {
      doc: 'e to the x.',
      accepts: FLOATS,
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: CLEAR,
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
      facts: { mildIn: [0] },
      scalar: real(Math.sqrt),
      // d(√x) = dx / 2y
      slopes: [({ b, output: y }, g) => b.divide(g, b.multiply(b.fullLike(y, 2), y))],
      domain: POSITIVE,
    },
    e.sqrt,
  ),
} satisfies Partial<Table>
