import { abs, add, and, bits, div, gt, lt, max, min, mul, mulAdd, neg, select, sub } from '../expr.js'
import type { Expr } from '../ir.js'
import {
  exp2Fraction,
  expansion,
  polynomial,
  powerOfTwo,
  requireF32,
  roundScaled,
  scaleByPower,
  withSign,
} from './parts.js'

/** 2^y for |y| < 126, where an absolute error of y of half its last place does not matter. */
const exp2Plain = (y: Expr): Expr => {
  const n = roundScaled(y, 1)
  return mul(exp2Fraction(sub(y, n.n)), powerOfTwo(n))
}

/**
 * The hyperbolic tangent: (1 - e^-y) / (1 + e^-y) with y = 2|x|, and the sign of x. With y = -n ln 2 + g and
 * w = 1 - e^-g both are sums of 1, 2^n and 2^n w, so that neither is rounded more than once. n ln 2 is exact where it
 * matters: the float ln 2 ends in three zeros.
 */
export const tanh = (x: Expr): Expr => {
  requireF32('tanh', x)
  const a = min(abs(x), 9.125)
  const y = add(a, a)
  const n = roundScaled(y, -Math.LOG2E)
  const g = mulAdd(n.n, Math.LN2, y)
  const inner = select(lt(y, 2 ** -30), 0, g)
  const w = expansion(g, [-0.49999997, 0.16666545, -0.041667439, 0.0083664535, -0.0013870552], inner)
  const s = powerOfTwo(n)
  const sw = mul(s, w)
  return withSign(div(add(sub(1, s), sw), sub(add(s, 1), sw)), x)
}

/**
 * The error function: x + x P(x²) below 0.875, else 1 - 2^(t Q(t)) with t = |x|, where t Q(t) = log2(1 - erf
 * t). The split is Juffa's (see his `erff` on the web); the coefficients are ours.
 */
export const erf = (x: Expr): Expr => {
  requireF32('erf', x)
  const t = min(max(abs(x), 2 ** -30), 4)
  const q = polynomial(
    t,
    [-1.62811816, -0.91709286, -0.151933447, 0.0330701619, -0.00465292484, 0.000310511765],
  )
  const large = withSign(sub(1, exp2Plain(mul(t, q))), x)
  const z = mul(t, t)
  const p = polynomial(
    z,
    [0.128379151, -0.376125067, 0.112819649, -0.0267724283, 0.00500232307, -0.00060407212],
  )
  return select(gt(t, 0.875), large, mulAdd(p, x, x))
}

/** ln 2 in two parts, as in `exp-log.ts`: n times the first is exact. */
const ln2High = 0.693359375
const ln2Low = -2.121944400546906e-4

/** The greatest x, to three digits, whose `erfc` is not a denormal number. */
export const LAST_ERFC = Math.fround(9.19)

/**
 * 1 - erf x, without the difference: e^(-t²) (1 + F) / (1 + 2t) with t = |x|, and 2 less that below zero. The factor
 * (1 + 2t) e^(t²) erfc t varies little (Shepherd and Laframboise, Mathematics of Computation 36, 1981); F is w P(2w - 1) with
 * w = t / (t + 2), its coefficients our own. t² is the square of the first twelve bits of t, which is exact, and a rest,
 * so that the tail loses no digits. 0 above 9.19, where the result would be denormal.
 */
export const erfc = (x: Expr): Expr => {
  requireF32('erfc', x)
  const t = min(max(abs(x), 2 ** -28), LAST_ERFC)
  const w = div(t, add(t, 2))
  const p = polynomial(
    mulAdd(w, 2, -1),
    [
      0.553956807, -0.739485025, 0.407421499, -0.0793064684, -0.0290945172, 0.0129588759, 0.00427575177,
      -0.00163750793, -0.000788083824,
    ],
  )
  const f = mul(w, p)
  // -t² = n ln 2 + r
  const first = bits(and(bits(t, 'i32'), -4096), 'f32')
  const n = roundScaled(mul(t, t), -Math.LOG2E)
  const whole = mulAdd(n.n, -ln2High, neg(mul(first, first)))
  const r = sub(whole, mulAdd(n.n, ln2Low, mul(sub(t, first), add(t, first))))
  const e = expansion(r, [0.49999994, 0.166665211, 0.0416682921, 0.00836871564, 0.00138186989])
  // (1 + e) (1 + f)
  const product = add(add(mulAdd(e, f, f), e), 1)
  const tail = scaleByPower(div(product, add(add(t, t), 1)), n)
  return select(lt(x, 0), sub(2, tail), select(gt(x, LAST_ERFC), 0, tail))
}
