import {
  abs,
  add,
  and,
  bits,
  convert,
  div,
  eq,
  gt,
  lt,
  max,
  min,
  mul,
  mulAdd,
  ne,
  nearest,
  not,
  or,
  select,
  shl,
  sqrt,
  sub,
  trunc,
} from '../expr.js'
import type { Expr } from '../ir.js'
import {
  decomposeAny,
  exp2Fraction,
  perLane,
  polynomial,
  rejoin,
  requireF32,
  scaleByPower,
  withSign,
} from './parts.js'

const infinity = Number.POSITIVE_INFINITY

/** 1 / √x: +∞ at 0, NaN below. */
export const rsqrt = (x: Expr): Expr => {
  requireF32('rsqrt', x)
  return div(1, sqrt(x))
}

/**
 * The real cube root, by three steps of Newton's method from a guess by the exponent (Kahan; as in FreeBSD's
 * `cbrtf`). The step y + (x / y² - y) / 3 rounds a small correction, so the last one leaves less than one
 * ulp.
 */
export const cbrt = (x: Expr): Expr => {
  requireF32('cbrt', x)
  const a = abs(x)
  const tiny = lt(a, 2 ** -126)
  const scaled = select(tiny, mul(a, 2 ** 24), a)
  const third = mul(convert(bits(scaled, 'i32'), 'f32'), 1 / 3)
  const guess = bits(add(convert(third, 'i32'), 709958130), 'f32')
  const step = (y: Expr): Expr => mulAdd(sub(div(scaled, mul(y, y)), y), 1 / 3, y)
  const root = step(step(step(guess)))
  const magnitude = select(tiny, mul(root, 2 ** -8), root)
  return select(and(gt(a, 0), lt(a, infinity)), withSign(magnitude, x), x)
}

// log2((1 + s) / (1 - s)) = s P(s²), relative error 1e-13 for 1 + f in [√½, √2)
const log2Coefficients = [
  2.885390081777849, 0.9617966941144696, 0.5770779420710583, 0.4122092808324209, 0.3199045593822793,
  0.2829161170577579,
]

/** |x|^y for x not 0, ±∞ or NaN: y log2|x| in f64, lane by lane, its power of two in f32. */
const magnitudeOfPower = (a: Expr, y: Expr): Expr => {
  const { k, f } = decomposeAny(a)
  const ends = select(eq(a, 0), -infinity, select(eq(a, infinity), infinity, k))
  const lanes = perLane([ends, f, y], ([exponent = k, fraction = f, power = y]) => {
    const wide = convert(fraction, 'f64')
    const s = div(wide, add(wide, 2))
    const logarithm = mulAdd(polynomial(mul(s, s), log2Coefficients), s, convert(exponent, 'f64'))
    const product = min(max(mul(convert(power, 'f64'), logarithm), -200), 200)
    const whole = nearest(product)
    return { whole: convert(whole, 'i32'), rest: convert(sub(product, whole), 'f32') }
  })
  const n = rejoin(lanes.map(l => l.whole))
  const power = exp2Fraction(rejoin(lanes.map(l => l.rest)))
  return scaleByPower(power, { n: convert(n, 'f32'), exponent: shl(n, 23) })
}

/**
 * x^y with the special cases of IEEE 754 (and C): 1 where y = 0 or x = 1 whatever the other is, NaN for
 * negative x with y not an integer. (`Math.pow` differs: it is NaN at 1^±∞, 1^NaN and (-1)^±∞.)
 */
export const pow = (x: Expr, y: Expr): Expr => {
  requireF32('pow', x)
  const a = abs(x)
  const size = select(eq(a, 1), 1, magnitudeOfPower(a, y))
  const isInteger = eq(trunc(y), y)
  // floats from 2^24 on are even
  const isOdd = and(and(isInteger, lt(abs(y), 2 ** 24)), ne(and(convert(y, 'i32'), 1), 0))
  const signed = select(isOdd, withSign(size, x), size)
  const undefinedRoot = and(and(lt(x, 0), lt(a, infinity)), not(isInteger))
  const noValue = or(undefinedRoot, or(ne(x, x), ne(y, y)))
  const value = select(noValue, Number.NaN, signed)
  return select(or(eq(y, 0), eq(x, 1)), 1, value)
}
