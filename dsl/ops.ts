/**
 * The graph operations as users call them: a shape that does not fit is refused by its type. `@__PURE__` lets bundlers
 * drop those that a program does not use.
 */

import { type Node, nodeOf, typed } from './graph/node.js'
import * as g from './graph/ops.js'
import { layerOf } from './layers/layer.js'
import { reshapeDefinition } from './layers/shape.js'
import type { Shape } from './types/dims.js'
import type { Sym } from './types/layer.js'
import type {
  AsNodeFn,
  BinaryFn,
  ConcatFn,
  EinsumFn,
  MatmulFn,
  PermuteFn,
  ReduceFn,
  ReshapeFn,
  UnaryFn,
  WhereFn,
} from './types/signatures.js'

// ---- numbers as nodes

/**
 * A tensor, or a number, as a node: what a graph knows beforehand, such as a table or a mask. The elements are copied
 * and stay; they are not trained.
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

// ---- two operands, which broadcast

/** x + y. */
export const add: BinaryFn<'add'> = /* @__PURE__ */ typed(g.add)
/** x - y. */
export const sub: BinaryFn<'sub'> = /* @__PURE__ */ typed(g.sub)
/** x * y. */
export const mul: BinaryFn<'mul'> = /* @__PURE__ */ typed(g.mul)
/** x / y. */
export const div: BinaryFn<'div'> = /* @__PURE__ */ typed(g.div)
/** x to the power y. */
export const pow: BinaryFn<'pow'> = /* @__PURE__ */ typed(g.pow)
/** The larger of both; NaN when either is. */
export const maximum: BinaryFn<'maximum'> = /* @__PURE__ */ typed(g.maximum)
/** The smaller of both; NaN when either is. */
export const minimum: BinaryFn<'minimum'> = /* @__PURE__ */ typed(g.minimum)
/** The angle of the point (x, y). */
export const atan2: BinaryFn<'atan2'> = /* @__PURE__ */ typed(g.atan2)
/** Whether x = y. */
export const equal: BinaryFn<'equal'> = /* @__PURE__ */ typed(g.equal)
/** Whether x differs from y. */
export const notEqual: BinaryFn<'notEqual'> = /* @__PURE__ */ typed(g.notEqual)
/** Whether x > y. */
export const greater: BinaryFn<'greater'> = /* @__PURE__ */ typed(g.greater)
/** Whether x >= y. */
export const greaterEqual: BinaryFn<'greaterEqual'> = /* @__PURE__ */ typed(g.greaterEqual)
/** Whether x < y. */
export const less: BinaryFn<'less'> = /* @__PURE__ */ typed(g.less)
/** Whether x <= y. */
export const lessEqual: BinaryFn<'lessEqual'> = /* @__PURE__ */ typed(g.lessEqual)

// ---- one operand

/** -x. */
export const neg: UnaryFn = /* @__PURE__ */ typed(g.neg)
/** |x|. */
export const abs: UnaryFn = /* @__PURE__ */ typed(g.abs)
/** -1, 0 or 1. */
export const sign: UnaryFn = /* @__PURE__ */ typed(g.sign)
/** e to the power x. */
export const exp: UnaryFn = /* @__PURE__ */ typed(g.exp)
/** exp(x) - 1, accurate near 0. */
export const expm1: UnaryFn = /* @__PURE__ */ typed(g.expm1)
/** The natural logarithm. */
export const log: UnaryFn = /* @__PURE__ */ typed(g.log)
/** log(1 + x), accurate near 0. */
export const log1p: UnaryFn = /* @__PURE__ */ typed(g.log1p)
/** The square root. */
export const sqrt: UnaryFn = /* @__PURE__ */ typed(g.sqrt)
/** 1 / sqrt(x). */
export const rsqrt: UnaryFn = /* @__PURE__ */ typed(g.rsqrt)
/** The cube root. */
export const cbrt: UnaryFn = /* @__PURE__ */ typed(g.cbrt)
/** x * x. */
export const square: UnaryFn = /* @__PURE__ */ typed(g.square)
/** The sine. */
export const sin: UnaryFn = /* @__PURE__ */ typed(g.sin)
/** The cosine. */
export const cos: UnaryFn = /* @__PURE__ */ typed(g.cos)
/** The tangent. */
export const tan: UnaryFn = /* @__PURE__ */ typed(g.tan)
/** The hyperbolic tangent. */
export const tanh: UnaryFn = /* @__PURE__ */ typed(g.tanh)
/** 1 / (1 + exp(-x)). */
export const sigmoid: UnaryFn = /* @__PURE__ */ typed(g.sigmoid)
/** max(x, 0), whose derivative at 0 is 0. */
export const relu: UnaryFn = /* @__PURE__ */ typed(g.relu)
/** The error function. */
export const erf: UnaryFn = /* @__PURE__ */ typed(g.erf)
/** 1 - erf(x), accurate where that is small. */
export const erfc: UnaryFn = /* @__PURE__ */ typed(g.erfc)
/** The largest integer that is not above x. */
export const floor: UnaryFn = /* @__PURE__ */ typed(g.floor)
/** The smallest integer that is not below x. */
export const ceil: UnaryFn = /* @__PURE__ */ typed(g.ceil)
/** The nearest integer, of two the even one. */
export const round: UnaryFn = /* @__PURE__ */ typed(g.round)
/** The same value, whose derivative is zero. */
export const stopGradient: UnaryFn = /* @__PURE__ */ typed(g.stopGradient)
/** exp(x) / sum(exp(x)) along an axis, the last one unless given. */
export const softmax: <S, P>(x: Sym<S, P>, axis?: number) => Sym<S, P> = /* @__PURE__ */ typed(g.softmax)
/** log(softmax(x)) along an axis, the last one unless given. */
export const logSoftmax: <S, P>(x: Sym<S, P>, axis?: number) => Sym<S, P> = /* @__PURE__ */ typed(
  g.logSoftmax,
)
/** x, but at least `low` and at most `high`. */
export const clip: <S, P>(x: Sym<S, P>, low: number, high: number) => Sym<S, P> = /* @__PURE__ */ typed(
  g.clip,
)

/** `yes` where the condition holds, `no` elsewhere; all three broadcast. */
export const where: WhereFn = /* @__PURE__ */ typed(g.where)

// ---- several elements at once

/** The matrix product over the last two axes; the axes before them broadcast. */
export const matmul: MatmulFn = /* @__PURE__ */ typed(g.matmul)
/** A sum of products over named indices, e.g. einsum('bij,bjk->bik', a, b). */
export const einsum: EinsumFn = /* @__PURE__ */ typed(g.einsum)
/** Nodes joined along an axis. */
export const concat: ConcatFn = /* @__PURE__ */ typed(g.concat)
/** The axes in another order. */
export const permute: PermuteFn = /* @__PURE__ */ typed(g.permute)
/** The sum over some axes, or over all. */
export const sum: ReduceFn<'sum'> = /* @__PURE__ */ typed(g.sum)
/** The mean over some axes, or over all. */
export const mean: ReduceFn<'mean'> = /* @__PURE__ */ typed(g.mean)
/** The product over some axes, or over all. */
export const prod: ReduceFn<'prod'> = /* @__PURE__ */ typed(g.prod)
/** The largest element over some axes, or over all. */
export const max: ReduceFn<'max'> = /* @__PURE__ */ typed(g.max)
/** The smallest element over some axes, or over all. */
export const min: ReduceFn<'min'> = /* @__PURE__ */ typed(g.min)
/** The population variance over some axes, or over all. */
export const variance: ReduceFn<'variance'> = /* @__PURE__ */ typed(g.variance)

/** With one argument the layer that reshapes all but the batch; with two, a node under another shape. */
export const reshape: ReshapeFn = /* @__PURE__ */ typed((first: Node | Shape, to?: Shape) => {
  if (to === undefined && isShape(first)) return layerOf(reshapeDefinition(first), { to: first })
  return g.reshape(nodeOf(first, 'reshape'), to ?? [-1])
})

const isShape = (x: Node | Shape): x is Shape => Array.isArray(x)
