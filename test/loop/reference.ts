/**
 * erf in f64: its series below 2.5, the continued fraction of erfc above (Abramowitz and Stegun 7.1.5,
 * 7.1.14).
 */
export const erfReference = (x: number): number => {
  if (x === 0) return x
  const a = Math.abs(x)
  if (!(a > 2.5)) {
    let [sum, term] = [x, x]
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  return Math.sign(x) * (1 - tailOfErf(a))
}

/** 1 - erf a for a above 1, by its continued fraction. */
const tailOfErf = (a: number): number => {
  let fraction = 0
  for (let k = 300; k >= 1; k--) fraction = k / 2 / (a + fraction)
  return Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction)
}

/** 1 - erf x in f64, accurate in its tail. */
export const erfcReference = (x: number): number => (x > 1 ? tailOfErf(x) : 1 - erfReference(x))

/** x^y by IEEE 754, where `Math.pow` differs. */
export const powReference = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y

const smallest = 2 ** -126

/** The distance of neighbouring f32 numbers at `x`. */
export const ulpOf = (x: number): number => {
  const a = Math.max(Math.abs(x), smallest)
  const exponent = Math.floor(Math.log2(a))
  // log2 rounds up just below a power of two
  return 2 ** ((2 ** exponent > a ? exponent - 1 : exponent) - 23)
}

const largest = 2 ** 128 - 2 ** 104

/** How far an f32 is from the exact value, in ulp; denormal results count in steps of 2^-149. */
export const ulpError = (got: number, exact: number): number => {
  if (Number.isNaN(exact)) return Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY
  if (got === exact) return 0
  // infinity counts as the next number after the largest
  const finite = (v: number): number => Math.min(Math.max(v, -(2 ** 128)), 2 ** 128)
  return Math.abs(finite(got) - finite(exact)) / ulpOf(Math.min(Math.abs(exact), largest))
}
