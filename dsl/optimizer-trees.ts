/** Optimizers on trees of weights, outside of `fit`: the same formulas, a weight at a time. */
import { sizeOf } from '../runtime/dtype.js'
import { userFault } from '../runtime/fault.js'
import { clippedEach, decayed } from './clipping.js'
import { alike } from './function-body.js'
import { add, constant } from './graph/elementwise.js'
import { Node, nodeOf, operation, typed } from './graph/node.js'
import type { OptimizerStep, Rule } from './optimizer.js'
import { isTensor, tensorOf } from './tensor.js'
import { type LeafKind, leavesAt, leavesOfTree, NODES, rebuilt } from './trees.js'
import type { AnyTensor } from './types/layer.js'
import type { OptimizerState, Updated } from './types/trees.js'

const EITHER: LeafKind<Node | AnyTensor> = {
  is: (x): x is Node | AnyTensor => x instanceof Node || isTensor(x),
  noun: 'a tensor or a node',
  suggestion: 'pass the weights, as init gives them: a tensor, or a record or list of tensors',
}

const zerosLike = (x: Node | AnyTensor): Node | AnyTensor =>
  x instanceof Node
    ? operation('zeros', [x], x.shape, x.dtype, (b, [value = 0]) => b.fullLike(value, 0))
    : tensorOf(x.dims, 'f32', new Float32Array(sizeOf(x.dims)))

/** What an optimizer keeps, before the first step. Throws `nothing-to-train` where there are no weights. */
export const initialState = <W>({ slots, learningRate }: Rule, weights: W): OptimizerState<W> => {
  const [first, ...rest] = leavesOfTree('init: the weights', weights, EITHER).map(({ value }) => value)
  if (first === undefined) throw userFault('nothing-to-train', 'init: there are no weights')
  const zeros = () => rebuilt(weights, EITHER, [first, ...rest].map(zerosLike))
  const scalar = (x: number) =>
    first instanceof Node ? constant(x) : tensorOf([], 'f32', Float32Array.of(x))
  return typed({
    iterations: scalar(0),
    learningRate: scalar(learningRate),
    slots: Object.fromEntries(slots.map(name => [name, zeros()])),
  })
}

/** The weights and what the optimizer keeps, after a step. */
export const updatedTree = <W>(
  rule: Rule,
  gradients: unknown,
  { iterations, learningRate, slots }: OptimizerState<W>,
  weights: W,
): Updated<W> => {
  const leaves = leavesOfTree('update: the weights', weights, NODES)
  const paths = leaves.map(({ path }) => path)
  const like = (what: string, tree: unknown): readonly Node[] =>
    leavesAt(`update: ${what}`, tree, NODES, paths).map((node, i) =>
      alike(`update: ${what}`, node, leaves[i]?.value ?? node),
    )
  const rate = nodeOf(learningRate, 'update: the learning rate')
  const step = add(nodeOf(iterations, 'update: the iterations'), 1)
  const grads = clippedEach(rule, like('the gradients', gradients))
  const kept = rule.slots.map(name => like(`the slot ${name}`, slots[name]))
  const next = leaves.map(
    ({ value }, i): OptimizerStep =>
      rule.step({
        params: decayed(rule, value, rate),
        grads: grads[i] ?? value,
        slots: kept.map(slot => slot[i] ?? value),
        step,
        rate,
      }),
  )
  const treeOf = (nodes: readonly (Node | undefined)[]): unknown => rebuilt(weights, NODES, nodes)
  const slotsAfter = rule.slots.map((name, k) => [name, treeOf(next.map(one => one.slots[k]))] as const)
  return typed({
    weights: treeOf(next.map(({ params }) => params)),
    state: { iterations: step, learningRate: rate, slots: Object.fromEntries(slotsAfter) },
  })
}
