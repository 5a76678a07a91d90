/** Elements arranged otherwise, and numbers as nodes. */
import { type Node, nodeOf, typed } from '../graph/node.js'
import * as g from '../graph/ops.js'
import { layerOf } from '../layers/layer.js'
import { reshapeDefinition } from '../layers/shape.js'
import type { Shape } from '../types/dims.js'
import type { AsNodeFn, ConcatFn, PermuteFn, ReshapeFn } from '../types/signatures.js'

/**
 * A tensor, or a number, as a node: what a graph knows beforehand, such as a table or a mask. The elements
 * are copied and stay as they are; they are not trained. Elements of f64 become f32.
 *
 * @example
 * ```ts
 * import { asNode, dense, graph, input, mul, tensor, unwrap } from 'densor'
 *
 * const mask = unwrap(tensor([3], [1, 0, 1]))
 * const model = graph(input(3), x => dense(2).as('out')(mul(x, asNode(mask))))
 * ```
 */
export const asNode: AsNodeFn = /* @__PURE__ */ typed(g.asNode)

/**
 * Nodes joined along an axis, which is the first argument; all other axes must agree. Keras's `Concatenate`.
 * Fails with a fault if they do not, or if the element types differ.
 *
 * @example
 * ```ts
 * import { concat, dense, graph, input } from 'densor'
 *
 * const model = graph(input(4), x => concat(-1, x, dense(3).as('more')(x)))
 * console.log(model.out) // ['N', 7]
 * ```
 */
export const concat: ConcatFn = /* @__PURE__ */ typed(g.concat)

/**
 * The axes of a node in another order: axis i of the result is axis `axes[i]` of x, as NumPy's `transpose`.
 * The batch is axis 0.
 *
 * @example
 * ```ts
 * import { jit, permute, type Sym, tensor, unwrap } from 'densor'
 *
 * const transposed = jit((x: Sym<[2, 3]>) => permute(x, [1, 0]))
 * console.log(await transposed(unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6])))) // [[1, 4], [2, 5], [3, 6]]
 * ```
 */
export const permute: PermuteFn = /* @__PURE__ */ typed(g.permute)

/**
 * The same elements under another shape. With one argument it is a layer that reshapes each sample and keeps
 * the batch, Keras's `Reshape`; with two, `reshape(x, [2, 3])` is a node under the shape, batch included.
 * One dimension may be -1: it takes what is left. Fails with a fault if the numbers of elements differ.
 *
 * @example
 * ```ts
 * import { dense, input, reshape, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(12), reshape([2, 6]))
 * console.log(model.out) // ['N', 2, 6]
 * ```
 */
export const reshape: ReshapeFn = /* @__PURE__ */ typed((first: Node | Shape, to?: Shape) => {
  if (to === undefined && isShape(first)) return layerOf(reshapeDefinition(first), { to: first })
  return g.reshape(nodeOf(first, 'reshape'), to ?? [-1])
})

const isShape = (x: Node | Shape): x is Shape => Array.isArray(x)
