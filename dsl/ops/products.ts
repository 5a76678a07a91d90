/** Sums of products: of matrices, and over indices. */
import { typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import type { EinsumFn, MatmulFn } from '../types/signatures.js'

/**
 * The matrix product over the last two axes: [..., m, k] times [..., k, n] gives [..., m, n]. The axes
 * before them broadcast. Fails with a fault if the inner sizes differ; for shapes that are known this is an
 * error of the types.
 *
 * @example
 * ```ts
 * import { jit, matmul, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((a: Sym<[2, 2]>, b: Sym<[2, 2]>) => matmul(a, b))
 * const a = unwrap(tensor([2, 2], [1, 2, 3, 4]))
 * console.log(await f(a, a)) // [[7, 10], [15, 22]]
 * ```
 */
export const matmul: MatmulFn = /* @__PURE__ */ typed(g.matmul)

/**
 * A sum of products over named indices, as NumPy's `einsum`: each letter is an axis, and letters that the
 * result lacks are summed over. Fails with a fault if a letter has two sizes.
 *
 * @example
 * ```ts
 * import { einsum, jit, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((a: Sym<[2, 2]>, b: Sym<[2, 2]>) => einsum('ij,jk->ik', a, b))
 * const a = unwrap(tensor([2, 2], [1, 2, 3, 4]))
 * console.log(await f(a, a)) // [[7, 10], [15, 22]]
 * ```
 */
export const einsum: EinsumFn = /* @__PURE__ */ typed(g.einsum)
