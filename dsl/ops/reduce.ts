/** Many elements become one: sums, means, extremes. */
import { typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import type { ReduceFn } from '../types/signatures.js'

/**
 * The sum of a node's elements along some axes. `axes` is one axis, a list of axes, or left out for all of
 * them; negative axes are counted from the end. `keepdims: true` leaves a dimension of 1 for each. Default:
 * false.
 *
 * @example
 * ```ts
 * import { jit, sum, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[2, 3]>) => sum(x, 1))
 * console.log(await f(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [6, 15]
 * ```
 */
export const sum: ReduceFn<'sum'> = /* @__PURE__ */ typed(g.sum)

/**
 * The mean of a node's elements along some axes. `axes` is one axis, a list of axes, or left out for all of
 * them; negative axes are counted from the end. `keepdims: true` leaves a dimension of 1 for each. Default:
 * false.
 *
 * @example
 * ```ts
 * import { jit, mean, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[2, 3]>) => mean(x, 1))
 * console.log(await f(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [2, 5]
 * ```
 */
export const mean: ReduceFn<'mean'> = /* @__PURE__ */ typed(g.mean)

/**
 * The product of a node's elements along some axes. `axes` is one axis, a list of axes, or left out for all
 * of them; negative axes are counted from the end. `keepdims: true` leaves a dimension of 1 for each.
 * Default: false.
 *
 * @example
 * ```ts
 * import { jit, prod, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[2, 3]>) => prod(x, 1))
 * console.log(await f(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [6, 120]
 * ```
 */
export const prod: ReduceFn<'prod'> = /* @__PURE__ */ typed(g.prod)

/**
 * The largest of a node's elements along some axes. `axes` is one axis, a list of axes, or left out for all
 * of them; negative axes are counted from the end. `keepdims: true` leaves a dimension of 1 for each.
 * Default: false. For the larger of two nodes there is `maximum`.
 *
 * @example
 * ```ts
 * import { jit, max, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[2, 3]>) => max(x, 1))
 * console.log(await f(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [3, 6]
 * ```
 */
export const max: ReduceFn<'max'> = /* @__PURE__ */ typed(g.max)

/**
 * The smallest of a node's elements along some axes. `axes` is one axis, a list of axes, or left out for all
 * of them; negative axes are counted from the end. `keepdims: true` leaves a dimension of 1 for each.
 * Default: false. For the smaller of two nodes there is `minimum`.
 *
 * @example
 * ```ts
 * import { jit, min, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[2, 3]>) => min(x, 1))
 * console.log(await f(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [1, 4]
 * ```
 */
export const min: ReduceFn<'min'> = /* @__PURE__ */ typed(g.min)

/**
 * The variance of a node's elements along some axes: the mean of (x - mean(x))², divided by their number
 * (NumPy's `ddof=0`). `axes` is one axis, a list of axes, or left out for all of them; negative axes are
 * counted from the end. `keepdims: true` leaves a dimension of 1 for each. Default: false.
 *
 * @example
 * ```ts
 * import { jit, variance, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[2, 3]>) => variance(x, 1))
 * console.log(await f(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [0.66667, 0.66667]
 * ```
 */
export const variance: ReduceFn<'variance'> = /* @__PURE__ */ typed(g.variance)
