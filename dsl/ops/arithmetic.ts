/** Arithmetic on two operands, which broadcast. */
import { typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import type { BinaryFn } from '../types/signatures.js'

/**
 * The sum x + y, element by element. Both are nodes, or one is a number. Shapes broadcast as in NumPy. Fails
 * with a fault if the shapes cannot be broadcast.
 *
 * @example
 * ```ts
 * import { add, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [1, 2, 3]))
 * const y = unwrap(tensor([3], [10, 20, 30]))
 * console.log(await jit(add)(x, y)) // [11, 22, 33]
 * ```
 */
export const add: BinaryFn<'add'> = /* @__PURE__ */ typed(g.add)

/**
 * The difference x - y, element by element. Both are nodes, or one is a number. Shapes broadcast as in
 * NumPy.
 *
 * @example
 * ```ts
 * import { jit, sub, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [10, 20, 30]))
 * const y = unwrap(tensor([3], [1, 2, 3]))
 * console.log(await jit(sub)(x, y)) // [9, 18, 27]
 * ```
 */
export const sub: BinaryFn<'sub'> = /* @__PURE__ */ typed(g.sub)

/**
 * The product x * y, element by element. Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 * For products of matrices there is `matmul`.
 *
 * @example
 * ```ts
 * import { jit, mul, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [1, 2, 3]))
 * const y = unwrap(tensor([3], [10, 20, 30]))
 * console.log(await jit(mul)(x, y)) // [10, 40, 90]
 * ```
 */
export const mul: BinaryFn<'mul'> = /* @__PURE__ */ typed(g.mul)

/**
 * The quotient x / y, element by element, in floating point. Both are nodes, or one is a number. Shapes
 * broadcast as in NumPy. x / 0 is Infinity or -Infinity, 0 / 0 is NaN.
 *
 * @example
 * ```ts
 * import { div, jit, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => div(x, 4))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [0.25, 0.5, 0.75]
 * ```
 */
export const div: BinaryFn<'div'> = /* @__PURE__ */ typed(g.div)

/**
 * The power x ** y, element by element, in floating point. Both are nodes, or one is a number. Shapes
 * broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { jit, pow, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => pow(x, 3))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [1, 8, 27]
 * ```
 */
export const pow: BinaryFn<'pow'> = /* @__PURE__ */ typed(g.pow)

/**
 * The larger of x and y, element by element; NaN where either is NaN. Both are nodes, or one is a number.
 * Shapes broadcast as in NumPy. For the largest element of one node there is `max`.
 *
 * @example
 * ```ts
 * import { jit, maximum, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => maximum(x, 0))
 * console.log(await f(unwrap(tensor([3], [-1, 0, 2])))) // [0, 0, 2]
 * ```
 */
export const maximum: BinaryFn<'maximum'> = /* @__PURE__ */ typed(g.maximum)

/**
 * The smaller of x and y, element by element; NaN where either is NaN. Both are nodes, or one is a number.
 * Shapes broadcast as in NumPy. For the smallest element of one node there is `min`.
 *
 * @example
 * ```ts
 * import { jit, minimum, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => minimum(x, 4))
 * console.log(await f(unwrap(tensor([3], [1, 5, 9])))) // [1, 4, 4]
 * ```
 */
export const minimum: BinaryFn<'minimum'> = /* @__PURE__ */ typed(g.minimum)

/**
 * The angle of the point (x, y) in radians, from -π to π, as `Math.atan2(y, x)`: the first argument is y.
 * Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { atan2, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2], [1, 1]))
 * const y = unwrap(tensor([2], [1, 0]))
 * console.log(await jit(atan2)(x, y)) // [0.7854, 1.5708]
 * ```
 */
export const atan2: BinaryFn<'atan2'> = /* @__PURE__ */ typed(g.atan2)
