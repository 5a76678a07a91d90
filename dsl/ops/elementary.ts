/** Elementary functions, element by element: powers, roots, exponentials, angles, rounding. */
import { typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import type { UnaryFn } from '../types/signatures.js'

/**
 * The negative -x, element by element.
 *
 * @example
 * ```ts
 * import { jit, neg, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [1, -2]))
 * console.log(await jit(neg)(x)) // [-1, 2]
 * ```
 */
export const neg: UnaryFn = /* @__PURE__ */ typed(g.neg)

/**
 * The absolute value |x|, element by element. Its derivative at 0 is 0.
 *
 * @example
 * ```ts
 * import { abs, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [3, -4]))
 * console.log(await jit(abs)(x)) // [3, 4]
 * ```
 */
export const abs: UnaryFn = /* @__PURE__ */ typed(g.abs)

/**
 * The sign of each element: -1, 0 or 1. Its derivative is 0.
 *
 * @example
 * ```ts
 * import { jit, sign, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [-5, 0, 7]))
 * console.log(await jit(sign)(x)) // [-1, 0, 1]
 * ```
 */
export const sign: UnaryFn = /* @__PURE__ */ typed(g.sign)

/**
 * The square x * x, element by element.
 *
 * @example
 * ```ts
 * import { jit, square, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [1, 2, 3]))
 * console.log(await jit(square)(x)) // [1, 4, 9]
 * ```
 */
export const square: UnaryFn = /* @__PURE__ */ typed(g.square)

/**
 * The square root, element by element; NaN below 0.
 *
 * @example
 * ```ts
 * import { jit, sqrt, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [4, 9]))
 * console.log(await jit(sqrt)(x)) // [2, 3]
 * ```
 */
export const sqrt: UnaryFn = /* @__PURE__ */ typed(g.sqrt)

/**
 * The reciprocal of the square root, 1 / sqrt(x), element by element.
 *
 * @example
 * ```ts
 * import { jit, rsqrt, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [4, 16]))
 * console.log(await jit(rsqrt)(x)) // [0.5, 0.25]
 * ```
 */
export const rsqrt: UnaryFn = /* @__PURE__ */ typed(g.rsqrt)

/**
 * The cube root, element by element; of negative numbers it is negative.
 *
 * @example
 * ```ts
 * import { cbrt, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [8, -27]))
 * console.log(await jit(cbrt)(x)) // [2, -3]
 * ```
 */
export const cbrt: UnaryFn = /* @__PURE__ */ typed(g.cbrt)

/**
 * The exponential e ** x, element by element.
 *
 * @example
 * ```ts
 * import { exp, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(exp)(x)) // [1, 2.7183]
 * ```
 */
export const exp: UnaryFn = /* @__PURE__ */ typed(g.exp)

/**
 * The exponential less one, exp(x) - 1, element by element; accurate near 0, where the difference is not.
 *
 * @example
 * ```ts
 * import { expm1, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(expm1)(x)) // [0, 1.7183]
 * ```
 */
export const expm1: UnaryFn = /* @__PURE__ */ typed(g.expm1)

/**
 * The natural logarithm, element by element; -Infinity at 0, NaN below.
 *
 * @example
 * ```ts
 * import { jit, log, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [1, 10]))
 * console.log(await jit(log)(x)) // [0, 2.3026]
 * ```
 */
export const log: UnaryFn = /* @__PURE__ */ typed(g.log)

/**
 * The logarithm log(1 + x), element by element; accurate near 0, where the sum is not.
 *
 * @example
 * ```ts
 * import { jit, log1p, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(log1p)(x)) // [0, 0.69315]
 * ```
 */
export const log1p: UnaryFn = /* @__PURE__ */ typed(g.log1p)

/**
 * The sine of an angle in radians, element by element.
 *
 * @example
 * ```ts
 * import { jit, sin, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(sin)(x)) // [0, 0.84147]
 * ```
 */
export const sin: UnaryFn = /* @__PURE__ */ typed(g.sin)

/**
 * The cosine of an angle in radians, element by element.
 *
 * @example
 * ```ts
 * import { cos, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(cos)(x)) // [1, 0.5403]
 * ```
 */
export const cos: UnaryFn = /* @__PURE__ */ typed(g.cos)

/**
 * The tangent of an angle in radians, element by element.
 *
 * @example
 * ```ts
 * import { jit, tan, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(tan)(x)) // [0, 1.5574]
 * ```
 */
export const tan: UnaryFn = /* @__PURE__ */ typed(g.tan)

/**
 * The largest whole number not above x, element by element. Its derivative is 0.
 *
 * @example
 * ```ts
 * import { floor, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [1.7, -1.2]))
 * console.log(await jit(floor)(x)) // [1, -2]
 * ```
 */
export const floor: UnaryFn = /* @__PURE__ */ typed(g.floor)

/**
 * The smallest whole number not below x, element by element. Its derivative is 0.
 *
 * @example
 * ```ts
 * import { ceil, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [1.2, -1.7]))
 * console.log(await jit(ceil)(x)) // [2, -1]
 * ```
 */
export const ceil: UnaryFn = /* @__PURE__ */ typed(g.ceil)

/**
 * The nearest whole number, element by element; halfway between two it is the even one. Its derivative is 0.
 *
 * @example
 * ```ts
 * import { jit, round, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [1.4, 2.5, 3.5]))
 * console.log(await jit(round)(x)) // [1, 2, 4]
 * ```
 */
export const round: UnaryFn = /* @__PURE__ */ typed(g.round)
