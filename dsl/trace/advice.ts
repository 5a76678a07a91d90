/** What a training is likely to have wrong though it runs: in words, for the progress. */
import type { Node } from '../graph/node.js'
import type { LossValue } from '../losses.js'

const nameOf = (node: Node | undefined): string => (node?.op.kind === 'emit' ? node.op.name : '')

/** Whether a node is exp(x) / Σ exp(x). */
const isSoftmax = ({ op, inputs: [above, below] }: Node): boolean =>
  op.kind === 'emit' && op.name === 'div' && nameOf(above) === 'exp' && below?.inputs[0] === above

/** Whether a node is a product, or a product and a bias: numbers of any size. */
const isLinear = (node: Node): boolean =>
  nameOf(node) === 'dot' || (nameOf(node) === 'add' && nameOf(node.inputs[0]) === 'dot')

/** The activation that makes probabilities for a cross-entropy. */
const activationFor = (kind: string): string => (kind === 'binaryCrossentropy' ? 'sigmoid' : 'softmax')

/** Sentences on an output and the loss that reads it; the name is empty for a model of one output. */
export const adviceOn = (name: string, output: Node, { kind, fromLogits }: LossValue): readonly string[] => {
  const what = name === '' ? 'the output' : `the output '${name}'`
  if (isSoftmax(output) && output.shape.at(-1) === 1)
    return [`${what} is a softmax over one unit, which is always 1: end with dense(1, 'sigmoid')`]
  if (fromLogits === false && isLinear(output))
    return [
      `${what} has no activation, but ${kind} reads probabilities: end with '${activationFor(kind)}', or write ${kind}({ fromLogits: true })`,
    ]
  if (fromLogits === true && isSoftmax(output))
    return [`${what} is a softmax, but ${kind} reads logits: leave the activation out, or fromLogits`]
  return []
}
