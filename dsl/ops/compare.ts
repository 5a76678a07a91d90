/** Comparisons, and what is chosen by them. */
import { typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import type { Sym } from '../types/layer.js'
import type { BinaryFn, WhereFn } from '../types/signatures.js'

/**
 * Whether x equals y, element by element. The result has the element type bool: 1 where it holds, 0
 * elsewhere. Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { equal, jit, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [1, 2, 3]))
 * const y = unwrap(tensor([3], [1, 5, 3]))
 * console.log(await jit(equal)(x, y)) // [1, 0, 1]
 * ```
 */
export const equal: BinaryFn<'equal'> = /* @__PURE__ */ typed(g.equal)

/**
 * Whether x differs from y, element by element. The result has the element type bool: 1 where it holds, 0
 * elsewhere. Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { jit, notEqual, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3], [1, 2, 3]))
 * const y = unwrap(tensor([3], [1, 5, 3]))
 * console.log(await jit(notEqual)(x, y)) // [0, 1, 0]
 * ```
 */
export const notEqual: BinaryFn<'notEqual'> = /* @__PURE__ */ typed(g.notEqual)

/**
 * Whether x > y, element by element. The result has the element type bool: 1 where it holds, 0 elsewhere.
 * Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { greater, jit, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => greater(x, 2))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [0, 0, 1]
 * ```
 */
export const greater: BinaryFn<'greater'> = /* @__PURE__ */ typed(g.greater)

/**
 * Whether x >= y, element by element. The result has the element type bool: 1 where it holds, 0 elsewhere.
 * Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { greaterEqual, jit, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => greaterEqual(x, 2))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [0, 1, 1]
 * ```
 */
export const greaterEqual: BinaryFn<'greaterEqual'> = /* @__PURE__ */ typed(g.greaterEqual)

/**
 * Whether x < y, element by element. The result has the element type bool: 1 where it holds, 0 elsewhere.
 * Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { jit, less, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => less(x, 2))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [1, 0, 0]
 * ```
 */
export const less: BinaryFn<'less'> = /* @__PURE__ */ typed(g.less)

/**
 * Whether x <= y, element by element. The result has the element type bool: 1 where it holds, 0 elsewhere.
 * Both are nodes, or one is a number. Shapes broadcast as in NumPy.
 *
 * @example
 * ```ts
 * import { jit, lessEqual, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => lessEqual(x, 2))
 * console.log(await f(unwrap(tensor([3], [1, 2, 3])))) // [1, 1, 0]
 * ```
 */
export const lessEqual: BinaryFn<'lessEqual'> = /* @__PURE__ */ typed(g.lessEqual)

/**
 * A choice between two values, element by element: `yes` where the condition holds, `no` elsewhere. All
 * three broadcast; `yes` and `no` are nodes or numbers.
 *
 * @example
 * ```ts
 * import { greater, jit, type Sym, tensor, unwrap, where } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => where(greater(x, 0), x, 0))
 * console.log(await f(unwrap(tensor([3], [-1, 0, 2])))) // [0, 0, 2]
 * ```
 */
export const where: WhereFn = /* @__PURE__ */ typed(g.where)

/**
 * The node x with every element at least `low` and at most `high`. Where an element is outside, the
 * derivative is 0.
 *
 * @example
 * ```ts
 * import { clip, jit, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[3]>) => clip(x, -1, 1))
 * console.log(await f(unwrap(tensor([3], [-5, 0.5, 5])))) // [-1, 0.5, 1]
 * ```
 */
export const clip: <S, P>(x: Sym<S, P>, low: number, high: number) => Sym<S, P> = /* @__PURE__ */ typed(
  g.clip,
)
