import {
  abs,
  add,
  and,
  bits,
  constant,
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
  neg,
  select,
  shl,
  sub,
  xor,
} from '../expr.js'
import type { Expr } from '../ir.js'
import { perLane, polynomial, rejoin, requireF32, withSign } from './parts.js'

// 2/π in pieces of 29 bits: piece j is twoOverPi[j] * 2^(-29 (j + 1)). A float has 24 bits: products are
// exact in f64.
const twoOverPi = [341782637, 423170132, 352195499, 488592205, 461485765, 90590992, 478285810]

/** A scalar angle as quarter turns: whole ones (i32, modulo 4) and a fraction in [-½, ½] (f64). */
interface QuarterTurns {
  readonly whole: Expr
  readonly fraction: Expr
}

/**
 * x · 2/π modulo 4, for every finite f32: the product with each piece of 2/π is exact, whole turns are
 * dropped from it, and what is left is summed from the largest down (after Payne and Hanek, 1983). NaN for
 * ±∞.
 */
const quarterTurns = (x: Expr): QuarterTurns => {
  const wide = convert(x, 'f64')
  let fraction: Expr | undefined
  let whole: Expr | undefined
  for (const [j, piece] of twoOverPi.entries()) {
    const turns = mul(wide, piece * 2 ** (-29 * (j + 1) - 2))
    const part = mul(sub(turns, nearest(turns)), 4)
    const sum: Expr = fraction === undefined ? part : add(fraction, part)
    const rounded = nearest(sum)
    fraction = sub(sum, rounded)
    whole = whole === undefined ? rounded : add(whole, rounded)
  }
  const none = mul(wide, 0)
  return { whole: convert(whole ?? none, 'i32'), fraction: fraction ?? none }
}

/** The angle in [-π/4, π/4] as f32 and the quadrant, of every lane. */
const reduceAngle = (x: Expr): { readonly quadrant: Expr; readonly r: Expr } => {
  const lanes = perLane([x], ([scalar = x]) => {
    const { whole, fraction } = quarterTurns(scalar)
    return { whole, r: convert(mul(fraction, Math.PI / 2), 'f32') }
  })
  return { quadrant: rejoin(lanes.map(l => l.whole)), r: rejoin(lanes.map(l => l.r)) }
}

/** sin(r + quadrant π/2): a polynomial for sin r or cos r, and a sign. */
const sineFrom = (quadrant: Expr, r: Expr): Expr => {
  const z = mul(r, r)
  const sine = mulAdd(mul(z, polynomial(z, [-0.166666552, 0.00833218824, -0.000195180852])), r, r)
  const q = polynomial(z, [0.0416666456, -0.00138873013, 2.44306684e-5])
  const cosine = mulAdd(mul(z, z), q, mulAdd(z, -0.5, 1))
  const value = select(ne(and(quadrant, 1), 0), cosine, sine)
  return bits(xor(bits(value, 'i32'), shl(and(quadrant, 2), 30)), 'f32')
}

/** The sine, over the whole range of f32; NaN at ±∞. */
export const sin = (x: Expr): Expr => {
  requireF32('sin', x)
  const isSmall = lt(abs(x), 2 ** -12)
  const { quadrant, r } = reduceAngle(select(isSmall, 0, x))
  // so small an angle is its own sine, -0 included
  return select(isSmall, x, sineFrom(quadrant, r))
}

/** The cosine, over the whole range of f32; NaN at ±∞. */
export const cos = (x: Expr): Expr => {
  requireF32('cos', x)
  // the cosine of so small an angle is 1
  const { quadrant, r } = reduceAngle(select(lt(abs(x), 2 ** -13), 0, x))
  return sineFrom(add(quadrant, 1), r)
}

const tanCoefficients = [
  0.3333334996552322, 0.1333265582022448, 0.05406079784458459, 0.02127748948634563, 0.01084835721290622,
  7.3185198629884e-5, 0.004384554515662221,
]

/** The tangent, over the whole range of f32; NaN at ±∞. */
export const tan = (x: Expr): Expr => {
  requireF32('tan', x)
  const lanes = perLane([x], ([scalar = x]) => {
    const { whole, fraction } = quarterTurns(scalar)
    const r = mul(fraction, Math.PI / 2)
    const z = mul(r, r)
    const t = mulAdd(mul(z, polynomial(z, tanCoefficients)), r, r)
    return convert(select(ne(and(whole, 1), 0), neg(div(1, t)), t), 'f32')
  })
  return select(lt(abs(x), 2 ** -13), x, rejoin(lanes))
}

const arctanCoefficients = [
  -0.333331525, 0.199937671, -0.142110035, 0.106657855, -0.0755172372, 0.0432058573, -0.016364133,
  0.00291972281,
]

/** The angle of the point (x, y), in [-π, π], with the signs of zeros as IEEE 754 has them. */
export const atan2 = (y: Expr, x: Expr): Expr => {
  requireF32('atan2', y)
  const [ax, ay] = [abs(x), abs(y)]
  const [numerator, denominator] = [min(ax, ay), max(ax, ay)]
  // 0/0 counts as 0 and ∞/∞ as 1
  const infinite = eq(numerator, Number.POSITIVE_INFINITY)
  const ratio = select(eq(denominator, 0), 0, select(infinite, 1, div(numerator, denominator)))
  const inner = select(lt(ratio, 2 ** -13), 0, ratio)
  const z = mul(inner, inner)
  const angle = mulAdd(mul(z, polynomial(z, arctanCoefficients)), ratio, ratio)
  // the angle of |y| over |x| counts from the nearer axis: base ± angle, the base in two parts
  const steep = gt(ay, ax)
  const left = lt(bits(x, 'i32'), 0)
  const zero = constant(y.type, 0)
  const high = select(steep, Math.PI / 2, select(left, Math.PI, zero))
  const low = select(steep, -4.37113883e-8, select(left, -8.74227766e-8, zero))
  const minus = xor(steep, left)
  const signed = select(minus, neg(angle), angle)
  return withSign(add(add(signed, low), high), y)
}
