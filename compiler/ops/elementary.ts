import type { Builder } from '../ir/build.js'
import type { Value } from '../ir/program.js'
import * as e from '../loop/expr.js'
import * as m from '../loop/math.js'
import { type Scalar, slope, unary } from './pointwise.js'
import type { Table } from './row.js'
import { FLOATS, one } from './rules.js'
import { erf, erfc, logistic } from './special.js'

/*
 * Elementary functions of one real. The adjoint of `x` is `xBar`; above each slope stands the derivative it states,
 * with y for the result.
 */

const real = (f: Scalar) => () => f
const CLEAR = { isClear: true } as const

/** scale · e^(-x²) */
const bell = (b: Builder, x: Value, scale: number): Value =>
  b.multiply(b.fullLike(x, scale), b.exponential(b.negate(b.multiply(x, x))))

/** The rows of elementary functions. */
export const elementaryRows = {
  cbrt: unary(
    'cbrt',
    {
      accepts: FLOATS,
      facts: CLEAR,
      scalar: real(Math.cbrt),
      // d(x^⅓) = dx / (3 y²)
      slopes: [({ b, output: y }, g) => b.divide(g, b.multiply(b.fullLike(y, 3), b.multiply(y, y)))],
    },
    m.cbrt,
  ),

  cosine: unary(
    'cosine',
    {
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
      accepts: FLOATS,
      facts: CLEAR,
      scalar: real(Math.tan),
      // d(tan x) = (1 + y²) dx
      slopes: [slope((b, _, y) => b.add(b.fullLike(y, 1), b.multiply(y, y)))],
    },
    m.tan,
  ),

  tanh: unary(
    'tanh',
    {
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
      accepts: FLOATS,
      facts: CLEAR,
      scalar: real(Math.log),
      // d(log x) = dx / x
      slopes: [({ b, inputs }, g) => b.divide(g, one('log', inputs))],
    },
    m.log,
  ),

  log_plus_one: unary(
    'log_plus_one',
    {
      accepts: FLOATS,
      facts: CLEAR,
      scalar: real(Math.log1p),
      // d(log(1 + x)) = dx / (1 + x)
      slopes: [
        ({ b, inputs, output }, g) => b.divide(g, b.add(one('log_plus_one', inputs), b.fullLike(output, 1))),
      ],
    },
    m.log1p,
  ),

  rsqrt: unary(
    'rsqrt',
    {
      accepts: FLOATS,
      facts: CLEAR,
      scalar: real(x => 1 / Math.sqrt(x)),
      // d(x^-½) = -½ y/x dx
      slopes: [slope((b, x, y) => b.multiply(b.fullLike(y, -0.5), b.divide(y, x)))],
    },
    m.rsqrt,
  ),

  sqrt: unary(
    'sqrt',
    {
      accepts: FLOATS,
      facts: { mildIn: [0] },
      scalar: real(Math.sqrt),
      // d(√x) = dx / 2y
      slopes: [({ b, output: y }, g) => b.divide(g, b.multiply(b.fullLike(y, 2), y))],
    },
    e.sqrt,
  ),
} satisfies Partial<Table>
