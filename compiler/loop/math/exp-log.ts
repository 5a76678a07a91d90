import { abs, add, constant, div, eq, le, lt, max, min, mul, mulAdd, select, sub } from '../expr.js'
import type { Expr } from '../ir.js'
import {
  type Decomposed,
  decompose,
  decomposeAny,
  expansion,
  minusPowerOfTwo,
  polynomial,
  powerOfTwo,
  type Rounded,
  requireF32,
  roundScaled,
  scaleByPower,
  TINY_SHIFT,
} from './parts.js'

const log2e = Math.LOG2E
// Cody and Waite, Software Manual for the Elementary Functions (1980): ln 2 in two parts, n times the first
// is exact
const ln2High = 0.693359375
const ln2Low = -2.121944400546906e-4

const infinity = Number.POSITIVE_INFINITY

/** x + shift = n ln 2 + r with |r| ≤ (ln 2) / 2; `tail` is what rounding took from r. */
const reduce = (x: Expr, shift = 0): { readonly n: Rounded; readonly r: Expr; readonly tail: () => Expr } => {
  const n = roundScaled(x, log2e)
  const high = mulAdd(n.n, -ln2High, x)
  const low = shift === 0 ? mul(n.n, ln2Low) : mulAdd(n.n, ln2Low, -shift)
  const r = sub(high, low)
  return { n, r, tail: () => sub(sub(high, r), low) }
}

/** e^r - 1 for |r| ≤ (ln 2) / 2, accurate where it is added to 1. */
const expReduced = (r: Expr): Expr =>
  expansion(r, [0.49999994, 0.166665211, 0.0416682921, 0.00836871564, 0.00138186989])

/** The least x whose exponential is not a denormal number. */
export const LEAST_EXPONENT = Math.fround(-87.3365402)

/** e^x: +∞ above 88.73, 0 where the result would be denormal. */
export const exp = (x: Expr): Expr => {
  requireF32('exp', x)
  const { n, r } = reduce(min(max(x, LEAST_EXPONENT), 89), TINY_SHIFT)
  return select(lt(x, LEAST_EXPONENT), 0, scaleByPower(add(expReduced(r), 1), n))
}

/** e^x - 1, accurate near 0. */
export const expm1 = (x: Expr): Expr => {
  requireF32('expm1', x)
  const isSmall = lt(abs(x), 2 ** -24)
  const { n, r, tail } = reduce(select(isSmall, 0, min(max(x, -20), 89)))
  const q = polynomial(r, [0.49999997, 0.16666545, 0.0416674465, 0.00836644694, 0.00138698448])
  const rest = mulAdd(mul(r, r), q, tail())
  // with s = 2^(n-1): e^x - 1 = 2 ((s - ½) + s r + s rest); half the scale, because 2^128 is not a float
  const s = powerOfTwo(n, -1)
  const half = mulAdd(s, rest, mulAdd(s, r, sub(s, 0.5)))
  return select(isSmall, x, add(half, half))
}

/** 1 / (1 + e^-x): 1 above 17, 0 where the result would be denormal. */
export const logistic = (x: Expr): Expr => {
  requireF32('logistic', x)
  // e^-x = 2^n e^-g with -x = n ln 2 - g; w = 1 - e^-g
  const inside = min(max(x, LEAST_EXPONENT), 20)
  const n = roundScaled(inside, -log2e)
  const g = add(mulAdd(n.n, ln2Low, mulAdd(n.n, ln2High, inside)), TINY_SHIFT)
  const w = expansion(g, [-0.49999994, 0.166665211, -0.0416682921, 0.00836871564, -0.00138186989])
  // 1 + e^-x = (1 + 2^n) - 2^n w in this order, where 1 + 2^n is exact but for `lost`; all is scaled by 2^-64, because
  // e^104 is not a float, and s = -2^n
  const one = constant(x.type, 2 ** -64)
  const s = minusPowerOfTwo(n, -64)
  const sum = sub(one, s)
  const lost = sub(one, add(sum, s))
  return select(lt(x, LEAST_EXPONENT), 0, div(one, add(sum, mulAdd(s, w, lost))))
}

/**
 * ln(1 + f) + k ln 2 + c: with s = f / (2 + f), ln(1 + f) = f - f²/2 + s (f²/2 + R(s²)), as in fdlibm's
 * `__ieee754_log` (Sun Microsystems, 1993), but R is a minimax polynomial of our own.
 */
const logOf = ({ k, f }: Decomposed, correction?: Expr): Expr => {
  const s = div(f, add(f, 2))
  const z = mul(s, s)
  const halfSquare = mul(mul(f, f), 0.5)
  const r = mul(z, polynomial(z, [0.666667759, 0.399775773, 0.298710644]))
  const low = mul(k, 9.0580006145e-6)
  const small = mulAdd(s, add(halfSquare, r), correction === undefined ? low : add(low, correction))
  // the high part of ln 2 has its last 7 bits zero: k times it is exact
  return mulAdd(k, 6.9313812256e-1, add(sub(small, halfSquare), f))
}

/** The logarithm's values at the ends: -∞ at 0, NaN below, +∞ and NaN as they are. */
const atEnds = (x: Expr, inside: Expr): Expr =>
  select(
    le(x, 0),
    select(eq(x, 0), -infinity, constant(x.type, Number.NaN)),
    select(lt(x, infinity), inside, x),
  )

/** ln x: -∞ at ±0, NaN below, denormals included. */
export const log = (x: Expr): Expr => {
  requireF32('log', x)
  return atEnds(x, logOf(decomposeAny(x)))
}

/** ln(1 + x), accurate near 0: -∞ at -1, NaN below. */
export const log1p = (x: Expr): Expr => {
  requireF32('log1p', x)
  const u = add(x, 1)
  // u + lost = 1 + x exactly (Knuth's two-sum), and ln(u + lost) = ln u + lost / u + …
  const above = sub(u, 1)
  const lost = add(sub(1, sub(u, above)), sub(x, above))
  const inside = logOf(decompose(u), div(lost, u))
  return select(eq(x, 0), x, atEnds(u, inside))
}
