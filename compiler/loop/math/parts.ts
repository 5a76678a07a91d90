import { bug } from '../../../runtime/fault.js'
import {
  add,
  and,
  bits,
  constant,
  convert,
  lane,
  lt,
  mul,
  mulAdd,
  type Operand,
  or,
  pack,
  reg,
  select,
  shl,
  shr,
  sub,
} from '../expr.js'
import type { Expr } from '../ir.js'

/*
 * Pieces that the elementary functions share. Coefficients are minimax (relative error in the result) by
 * Lawson's iteration on Chebyshev nodes, rounded to f32 one after the other from the lowest order, the rest
 * fitted again.
 *
 * No number so small that its square, or a term of a polynomial in it, is denormal is multiplied: what such a term would
 * add does not show in the result, and making it costs a processor a hundred cycles.
 */

/** Added to what is added to 1, far below its last place: the sum is zero, or its square times a coefficient is normal. */
export const TINY_SHIFT = 2 ** -34

/** Faults unless `x` is f32: the functions are f32 only. */
export const requireF32 = (name: string, x: Expr): void => {
  if (x.type.elem !== 'f32') throw bug(`${name} is a function of f32, not of ${x.type.elem}`)
}

/** c[0] + x c[1] + x² c[2] + …, by Horner's rule. */
export const polynomial = (x: Expr, coefficients: readonly number[]): Expr => {
  const [first = 0, ...rest] = coefficients.toReversed()
  return rest.reduce<Expr>((sum, c) => mulAdd(sum, x, c), constant(x.type, first))
}

/**
 * r + r² (c[0] + r c[1] + … + r⁴ c[4]), by Estrin's scheme: as many operations as by Horner's rule, r² being there, but
 * half as many one after the other, for which a processor would wait. `inner` stands for r in the higher terms.
 */
export const expansion = (
  r: Expr,
  c: readonly [number, number, number, number, number],
  inner: Expr = r,
): Expr => {
  const square = mul(inner, inner)
  const low = mulAdd(inner, c[1], c[0])
  const high = mulAdd(square, c[4], mulAdd(inner, c[3], c[2]))
  return mulAdd(square, mulAdd(high, square, low), r)
}

const signBit = -(2 ** 31)

/** |magnitude| ≥ 0 with the sign bit of `sign`. */
export const withSign = (magnitude: Expr, sign: Expr): Expr =>
  bits(or(bits(magnitude, 'i32'), and(bits(sign, 'i32'), signBit)), 'f32')

/** The scalar function on each lane: on the scalars as they are, or once for each lane. */
export const perLane = <T>(xs: readonly Expr[], f: (scalars: readonly Expr[]) => T): readonly T[] =>
  (xs[0]?.type.lanes ?? 1) > 1
    ? Array.from({ length: xs[0]?.type.lanes ?? 1 }, (_, i) => f(xs.map(x => lane(x, i))))
    : [f(xs)]

/** Undoes `perLane`. */
export const rejoin = (lanes: readonly Expr[]): Expr =>
  lanes.length === 1 && lanes[0] ? lanes[0] : pack(lanes)

// 1.5 * 2^23: adding it rounds to an integer (ties to even), which then stands in the low bits
const magic = 12582912

/**
 * An integer `n` near a float, |n| < 2^22, as a float and as n * 2^23 in an i32 (the exponent field of 2^n,
 * less bias).
 */
export interface Rounded {
  readonly n: Expr
  readonly exponent: Expr
}

/** The integer nearest to x * factor. */
export const roundScaled = (x: Expr, factor: number): Rounded => {
  const shifted = mulAdd(x, factor, magic)
  return { n: sub(shifted, magic), exponent: shl(bits(shifted, 'i32'), 23) }
}

const one = 127 * 2 ** 23

/** 2^(n + extra) as f32, right where that is a normal number. */
export const powerOfTwo = ({ exponent }: Rounded, extra = 0): Expr =>
  bits(add(exponent, one + extra * 2 ** 23), 'f32')

/** -2^(n + extra) as f32, right where that is a normal number: no dearer than the positive one. */
export const minusPowerOfTwo = ({ exponent }: Rounded, extra = 0): Expr =>
  bits(add(exponent, one + extra * 2 ** 23 + signBit), 'f32')

/** x * 2^n for every |n| ≤ 250, by two factors: one rounding where the result is denormal. */
export const scaleByPower = (x: Expr, { exponent }: Rounded): Expr => {
  const half = and(shr(exponent, 1), -(2 ** 23))
  const first = bits(add(half, one), 'f32')
  const second = bits(add(sub(exponent, half), one), 'f32')
  return mul(mul(x, first), second)
}

/** 2^f for |f| ≤ 1/2, relative error 1e-9 before rounding. */
export const exp2Fraction = (f: Expr): Expr =>
  mulAdd(
    f,
    polynomial(f, [0.693147182, 0.240226507, 0.0555035919, 0.00961806159, 0.00133912021, 0.000154633031]),
    1,
  )

/** A positive number as (1 + f) * 2^k with 1 + f in [√½, √2); `k` is an f32. */
export interface Decomposed {
  readonly k: Expr
  readonly f: Expr
}

const sqrtHalfBits = 0x3f3504f3

/** Takes apart a positive, finite, normal number. */
export const decompose = (x: Expr, exponentOffset: Operand = 0): Decomposed => {
  const shifted = add(bits(x, 'i32'), one - sqrtHalfBits)
  const exponent = add(sub(shr(shifted, 23), 127), exponentOffset)
  const mantissa = bits(add(and(shifted, 0x007fffff), sqrtHalfBits), 'f32')
  return { k: convert(exponent, 'f32'), f: sub(mantissa, 1) }
}

/** Takes apart a positive finite number, denormals included. */
export const decomposeAny = (x: Expr): Decomposed => {
  const tiny = lt(x, 2 ** -126)
  const zero = constant(reg('i32', x.type.lanes), 0)
  return decompose(select(tiny, mul(x, 2 ** 25), x), select(tiny, -25, zero))
}
