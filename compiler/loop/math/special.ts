import { abs, add, div, gt, lt, min, mul, mulAdd, select, sub } from '../expr.js'
import type { Expr } from '../ir.js'
import { exp2Fraction, polynomial, powerOfTwo, requireF32, roundScaled, withSign } from './parts.js'

/** 2^y for |y| < 126, where an absolute error of y of half its last place does not matter. */
const exp2Plain = (y: Expr): Expr => {
  const n = roundScaled(y, 1)
  return mul(exp2Fraction(sub(y, n.n)), powerOfTwo(n))
}

/**
 * The hyperbolic tangent: x + x³ P(x²) below 0.625, else 1 - 2 / (e^2|x| + 1) with the sign of x, where the
 * error of the exponential weighs (1 - tanh²) / 2 < 0.35.
 */
export const tanh = (x: Expr): Expr => {
  requireF32('tanh', x)
  const a = min(abs(x), 9.125)
  const e = exp2Plain(mul(a, 2 * Math.LOG2E))
  const large = sub(1, div(2, add(e, 1)))
  const z = mul(a, a)
  const p = polynomial(z, [-0.333332807, 0.133314058, -0.0537365153, 0.0206281673, -0.00569229666])
  return withSign(select(lt(a, 0.625), mulAdd(mul(z, p), a, a), large), x)
}

/**
 * The error function: x + x P(x²) below 0.875, else 1 - 2^(t Q(t)) with t = |x|, where t Q(t) = log2(1 - erf
 * t). The split is Juffa's (see his `erff` on the web); the coefficients are ours.
 */
export const erf = (x: Expr): Expr => {
  requireF32('erf', x)
  const t = min(abs(x), 4)
  const q = polynomial(
    t,
    [-1.62811816, -0.91709286, -0.151933447, 0.0330701619, -0.00465292484, 0.000310511765],
  )
  const large = withSign(sub(1, exp2Plain(mul(t, q))), x)
  const z = mul(x, x)
  const p = polynomial(
    z,
    [0.128379151, -0.376125067, 0.112819649, -0.0267724283, 0.00500232307, -0.00060407212],
  )
  return select(gt(t, 0.875), large, mulAdd(p, x, x))
}
