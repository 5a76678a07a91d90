/*
 * Functions of one and two reals that JavaScript's Math lacks or defines otherwise than IEEE 754.
 */

/**
 * The error function, to about 1e-15. Below 2 Kummer's series, whose terms are all positive
 * (Abramowitz and Stegun 7.1.6); above, the continued fraction of erfc (7.1.14).
 */
export const erf = (x: number): number => {
  if (Number.isNaN(x)) return x
  const size = Math.abs(x)
  const value = size < 2 ? erfSeries(size) : size > 6 ? 1 : 1 - erfcFraction(size)
  return x < 0 || Object.is(x, -0) ? -value : value
}

/** 1 - erf x, to about 1e-13 of itself. */
export const erfc = (x: number): number => (x > 1 ? erfcFraction(x) : 1 - erf(x))

/** 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)) */
const erfSeries = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** e^(-x²)/√π · 1/(x + ½/(x + 1/(x + ³⁄₂/(x + …)))) */
const erfcFraction = (x: number): number => {
  let tail = x
  for (let k = 300; k >= 1; k--) tail = x + k / 2 / tail
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail)
}

/** x to the y as IEEE 754's pow: 1 where x is 1 or y is 0, whatever the other; 1 for -1 to an infinity. */
export const pow = (x: number, y: number): number => {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1
  return x ** y
}

/** The logistic function 1 / (1 + e^-x). */
export const logistic = (x: number): number => 1 / (1 + Math.exp(-x))

/** x as a signed 32-bit integer: truncated, saturated; NaN is 0. */
export const toInt = (x: number): number => saturated(x, -(2 ** 31), 2 ** 31 - 1)

/** x as an unsigned 32-bit integer: truncated, saturated; NaN is 0. */
export const toUint = (x: number): number => saturated(x, 0, 2 ** 32 - 1)

const saturated = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high)
