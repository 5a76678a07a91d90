import type { Prim } from '../ir/program.js'

/*
 * What readers and tests know of each primitive, and no program has to carry.
 */

/** Where the inputs of a primitive may be sampled for the gradient check: inside, it is smooth. */
export interface Domain {
  readonly low: number
  readonly high: number
  /** Points to stay away from, by at least 0.05: kinks and poles. */
  readonly avoid?: readonly number[]
}

/** A primitive in one line, and where it is smooth. */
export interface Note {
  /** What it computes. */
  readonly doc: string
  /** One per operand; the last one serves the rest. */
  readonly domain: readonly Domain[]
}

const USUAL: readonly Domain[] = [{ low: -2, high: 2 }]
const NONE: readonly Domain[] = []

/** The notes, total by type. */
export const notes: { readonly [P in Prim]: Note } = {
  abs: {
    doc: 'The absolute value; that of the least i32 is itself.',
    domain: [{ low: -2, high: 2, avoid: [0] }],
  },
  add: { doc: 'The sum; integers wrap.', domain: USUAL },
  and: { doc: 'Logical and of bools, bitwise of integers.', domain: USUAL },
  argmax: {
    doc: 'Index (i32) of the largest element along a dimension, the first of equals; NaN counts as largest.',
    domain: USUAL,
  },
  atan2: {
    doc: 'The angle of the point (second, first) from the positive axis, in (-π, π].',
    domain: [{ low: 0.3, high: 2 }],
  },
  broadcast_in_dim: {
    doc: 'Dimension i of the operand becomes dimension dimensions[i] of the result, repeated where its size is 1.',
    domain: USUAL,
  },
  cbrt: { doc: 'The real cube root.', domain: [{ low: 0.2, high: 3 }] },
  ceil: { doc: 'The least whole number not below x.', domain: [{ low: -2, high: 2, avoid: [-1, 0, 1] }] },
  checkpoint: {
    doc: 'What its body computes; the backward pass computes it again instead of keeping what is inside.',
    domain: USUAL,
  },
  clamp: {
    doc: 'min(max(low, x), high) of (low, x, high).',
    domain: [
      { low: -1, high: -0.5 },
      { low: -2, high: 2 },
      { low: 0.5, high: 1 },
    ],
  },
  compare: { doc: 'Whether the relation holds; with a NaN only NE does.', domain: USUAL },
  concatenate: { doc: 'The operands one after another along a dimension.', domain: USUAL },
  constant: { doc: 'The given elements.', domain: NONE },
  convert: {
    doc: 'The value in another dtype: float to integer truncates and saturates (NaN is 0), x to bool is x ≠ 0.',
    domain: USUAL,
  },
  convolution: {
    doc: 'A kernel moved over the input: at each place the sum of the products, for each feature.',
    domain: USUAL,
  },
  cosine: { doc: 'The cosine of x radians.', domain: USUAL },
  custom_vjp_call: {
    doc: 'The primal program; its cotangents come from the backward program and what the forward one kept.',
    domain: USUAL,
  },
  divide: {
    doc: 'The quotient; integers truncate, x / 0 has all bits set, the least i32 over -1 is itself.',
    domain: [
      { low: -2, high: 2 },
      { low: -2, high: 2, avoid: [0, 0.2, -0.2] },
    ],
  },
  dot_general: {
    doc: 'Sums of products over the contracting dimensions; the result has batch, lhs free, rhs free dimensions.',
    domain: USUAL,
  },
  erf: { doc: 'The error function 2/√π ∫₀ˣ e^(-t²) dt (CHLO).', domain: USUAL },
  erfc: {
    doc: 'What the error function lacks to 1, 2/√π ∫ₓ^∞ e^(-t²) dt, accurate in its tail (CHLO).',
    domain: USUAL,
  },
  exponential: { doc: 'e to the x.', domain: USUAL },
  exponential_minus_one: { doc: 'e to the x, less one, exact near 0.', domain: USUAL },
  floor: { doc: 'The greatest whole number not above x.', domain: [{ low: -2, high: 2, avoid: [-1, 0, 1] }] },
  iota: { doc: 'The coordinate of each element along one dimension.', domain: NONE },
  is_finite: { doc: 'Whether x is neither infinite nor NaN.', domain: USUAL },
  log: { doc: 'The natural logarithm.', domain: [{ low: 0.2, high: 3 }] },
  log_plus_one: { doc: 'The natural logarithm of 1 + x, exact near 0.', domain: [{ low: -0.8, high: 3 }] },
  logistic: { doc: 'The logistic function 1 / (1 + e^-x).', domain: USUAL },
  maximum: { doc: 'The greater; NaN if either is NaN; 0 is greater than -0.', domain: USUAL },
  minimum: { doc: 'The lesser; NaN if either is NaN; -0 is less than 0.', domain: USUAL },
  multiply: { doc: 'The product; integers wrap.', domain: USUAL },
  negate: { doc: 'The value with its sign flipped; integers wrap.', domain: USUAL },
  not: { doc: 'Logical not of a bool, bitwise not of an integer.', domain: USUAL },
  optimization_barrier: {
    doc: 'The first operand, unknown to every pass, and read only once the others are there.',
    domain: USUAL,
  },
  or: { doc: 'Logical or of bools, bitwise of integers.', domain: USUAL },
  pad: {
    doc: 'The operand with low[d] elements before, high[d] after (cut off where negative), interior[d] between.',
    domain: USUAL,
  },
  power: {
    doc: 'x to the y, as IEEE 754: 1 where x is 1 or y is 0.',
    domain: [
      { low: 0.3, high: 2.5 },
      { low: -2, high: 2 },
    ],
  },
  random_bits: {
    doc: 'Uniform bits: element i is threefry2x32(key, (i >> 32, i)), its two words xored.',
    domain: NONE,
  },
  random_fold_in: { doc: 'A new key from a key and a number: threefry2x32(key, (0, number)).', domain: NONE },
  reduce: {
    doc: 'Some dimensions folded away by add, multiply, maximum or minimum; integers wrap, NaN spreads.',
    domain: USUAL,
  },
  reduce_window: {
    doc: 'Each window of the padded operand folded into one element, by add or maximum; NaN spreads.',
    domain: USUAL,
  },
  remainder: {
    doc: 'What division towards zero leaves, with the sign of x; of integers, x rem 0 is x.',
    domain: [
      { low: 2.2, high: 2.8 },
      { low: 1, high: 1.05 },
    ],
  },
  reshape: { doc: 'The elements in row-major order in another shape.', domain: USUAL },
  reverse: { doc: 'The elements in opposite order along some dimensions.', domain: USUAL },
  round_nearest_even: {
    doc: 'The nearest whole number, ties to even.',
    domain: [{ low: -2, high: 2, avoid: [-1.5, -0.5, 0.5, 1.5] }],
  },
  rsqrt: { doc: 'One over the square root.', domain: [{ low: 0.2, high: 3 }] },
  select: { doc: 'The second operand where the first holds, else the third.', domain: USUAL },
  select_and_gather: {
    doc: 'From each window the element of y that stands where x is largest; padding counts as -∞ and gives 0.',
    domain: USUAL,
  },
  select_and_scatter: {
    doc: 'Zeros of the shape of x, and in them the value of each window added where x is largest in it.',
    domain: USUAL,
  },
  shift_left: { doc: 'The bits of x moved up by y places; 0 where y is not in [0, 32).', domain: USUAL },
  shift_right_logical: {
    doc: 'The bits of x moved down by y places, zeros from above; 0 where y is not in [0, 32).',
    domain: USUAL,
  },
  sign: {
    doc: 'The sign of x: -1, 1, or x itself where it is ±0 or NaN.',
    domain: [{ low: -2, high: 2, avoid: [0] }],
  },
  sine: { doc: 'The sine of x radians.', domain: USUAL },
  slice: { doc: 'Every strides[d]-th element from start[d] up to, not including, limit[d].', domain: USUAL },
  sqrt: { doc: 'The square root.', domain: [{ low: 0.2, high: 3 }] },
  stop_gradient: { doc: 'x, with derivative zero.', domain: USUAL },
  subtract: { doc: 'The difference; integers wrap.', domain: USUAL },
  tan: { doc: 'The tangent of x radians.', domain: [{ low: -1.2, high: 1.2 }] },
  tanh: { doc: 'The hyperbolic tangent.', domain: USUAL },
  transpose: { doc: 'Dimension i of the result is dimension permutation[i] of the operand.', domain: USUAL },
  windows: {
    doc: 'Every window of the operand, in the order of their places; an element is in many.',
    domain: USUAL,
  },
  xor: { doc: 'Exclusive or, logical or bitwise.', domain: USUAL },
}
