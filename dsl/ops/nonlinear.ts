/** What networks are made nonlinear with, and the gradient's stop. */
import { typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import type { Sym } from '../types/layer.js'
import type { UnaryFn } from '../types/signatures.js'

/**
 * The rectified linear unit max(x, 0), element by element; NaN stays NaN. Its derivative at 0 is 0. As a
 * layer's activation, write 'relu'.
 *
 * @example
 * ```ts
 * import { jit, relu, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [-1, 0, 2]))
 * console.log(await jit(relu)(x)) // [0, 0, 2]
 * ```
 */
export const relu: UnaryFn = /* @__PURE__ */ typed(g.relu)

/**
 * The logistic function 1 / (1 + exp(-x)), element by element: from 0 to 1.
 *
 * @example
 * ```ts
 * import { jit, sigmoid, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [-1, 0, 1]))
 * console.log(await jit(sigmoid)(x)) // [0.26894, 0.5, 0.73106]
 * ```
 */
export const sigmoid: UnaryFn = /* @__PURE__ */ typed(g.sigmoid)

/**
 * The hyperbolic tangent, element by element: from -1 to 1.
 *
 * @example
 * ```ts
 * import { jit, tanh, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [-1, 0, 1]))
 * console.log(await jit(tanh)(x)) // [-0.76159, 0, 0.76159]
 * ```
 */
export const tanh: UnaryFn = /* @__PURE__ */ typed(g.tanh)

/**
 * The error function, 2 / √π ∫ exp(-t²) dt from 0 to x, element by element.
 *
 * @example
 * ```ts
 * import { erf, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 1]))
 * console.log(await jit(erf)(x)) // [0, 0.8427]
 * ```
 */
export const erf: UnaryFn = /* @__PURE__ */ typed(g.erf)

/**
 * The complement of the error function, 1 - erf(x), element by element; accurate where it is small.
 *
 * @example
 * ```ts
 * import { erfc, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [0, 4]))
 * console.log(await jit(erfc)(x)) // [1, 1.5417e-8]
 * ```
 */
export const erfc: UnaryFn = /* @__PURE__ */ typed(g.erfc)

/**
 * The softmax along one axis, exp(x) / sum(exp(x)): probabilities that sum to 1. `axis` is counted from the
 * end if it is negative. Default: -1, the last axis. Large elements do not overflow.
 *
 * @example
 * ```ts
 * import { jit, softmax, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => softmax(x))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [0.090031, 0.24473, 0.66524]
 * ```
 */
export const softmax: <S, P>(x: Sym<S, P>, axis?: number) => Sym<S, P> = /* @__PURE__ */ typed(g.softmax)

/**
 * The logarithm of the softmax along one axis; accurate where the softmax itself would round to 0. Default
 * axis: -1, the last one.
 *
 * @example
 * ```ts
 * import { jit, logSoftmax, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => logSoftmax(x))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [-2.4076, -1.4076, -0.40761]
 * ```
 */
export const logSoftmax: <S, P>(x: Sym<S, P>, axis?: number) => Sym<S, P> = /* @__PURE__ */ typed(
  g.logSoftmax,
)

/**
 * The same value with a derivative of zero: nothing before it is trained through it. JAX's `stop_gradient`.
 *
 * @example
 * ```ts
 * import { grad, jit, mul, stopGradient, sum, type Sym, tensor, unwrap } from 'densor'
 *
 * // d(x * c) / dx is c if c is constant; without stopGradient it would be 2x
 * const slope = jit(grad((x: Sym<[2]>) => sum(mul(x, stopGradient(x)))))
 * console.log(await slope(unwrap(tensor([2], [3, 4])))) // [3, 4]
 * ```
 */
export const stopGradient: UnaryFn = /* @__PURE__ */ typed(g.stopGradient)
