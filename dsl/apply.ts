/** A model as a function of its weights: no layer of it is left, and nothing of it is trained but what it is given. */

import { type Fault, userFault } from '../runtime/fault.js'
import { ownOf } from '../runtime/own.js'
import { type Elaborated, elaborate } from './graph/elaborate.js'
import { add, constant } from './graph/elementwise.js'
import { leaf, type Node, nodeOf, type WeightDeclaration } from './graph/node.js'
import { penaltiesOf } from './penalties.js'
import { type Leaf, leavesOfTree, NODES, rebuilt, shown } from './trees.js'
import type { Shape } from './types/dims.js'
import { unify } from './types/rules.js'
import { show } from './types/wording.js'

/** How a model is applied. */
export interface ApplyOptions {
  /** Whether layers do what they do in training: dropout drops, batch normalization goes by the batch. */
  readonly training?: boolean
  /** What dropout and its like draw from: u32[2], another one for each step. */
  readonly key?: unknown
}

/** A model as it is applied: its inputs by name, and what becomes of them. */
interface Applicable {
  readonly inputs: Readonly<Record<string, Shape>>
  readonly run: (inputs: Readonly<Record<string, Node>>) => Readonly<Record<string, Node>>
}

/** What came of it. */
export interface Applied {
  readonly outputs: Readonly<Record<string, Node>>
  /** The weights, those that are state as they are after the step. */
  readonly weights: unknown
  /** What regularizers and layers add to the loss. */
  readonly penalty: Node
}

/** The model on nodes, with the nodes of a tree for its weights. Throws `wrong-weights` and `shape-mismatch`. */
export const applied = (
  model: Applicable,
  weights: unknown,
  x: Readonly<Record<string, unknown>>,
  { training = false, key }: ApplyOptions,
): Applied => {
  const given = new GivenWeights(leavesOfTree('apply: the weights', weights, NODES))
  const inputs = inputsOf(model, x)
  const leaves = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [name, leaf(name, shape, dtype)]),
  )
  const built = model.run(leaves)
  const elaborated = elaborate(Object.values(built), {
    training,
    bound: new Map(Object.entries(inputs).map(([name, node]) => [leaves[name] ?? node, node])),
    weight: given.take,
    ...(key === undefined
      ? {}
      : { random: { key: nodeOf(key, 'apply: the key'), iterations: constant(0, 'i32') } }),
  })
  given.checkAll()
  if (elaborated.usesRandom && key === undefined) throw needsAKey()
  const names = Object.keys(built)
  return {
    outputs: Object.fromEntries(elaborated.outputs.map((node, i) => [names[i] ?? '', node])),
    weights: rebuilt(weights, NODES, given.after(elaborated)),
    penalty: penaltyOf(elaborated, given),
  }
}

const needsAKey = (): Fault =>
  userFault(
    'missing-key',
    'apply: a layer of the model draws random numbers in training, and there is no key',
    {
      suggestion: 'pass { training: true, key }: a node of two u32, another one for each step',
    },
  )

/** The nodes for the model's inputs, each of the shape that it takes; a symbol is the same size in all of them. */
const inputsOf = (
  model: Applicable,
  x: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Node>> => {
  let bound: Parameters<typeof unify>[3]
  const wanted = Object.entries(model.inputs)
  const single = wanted.length === 1
  return Object.fromEntries(
    wanted.map(([name, shape]) => {
      const node = nodeOf(ownOf(x, name), 'apply')
      bound = unify(single ? 'apply' : `apply: ${name}`, shape, node.shape, bound)
      return [name, node]
    }),
  )
}

const penaltyOf = (elaborated: Elaborated, given: GivenWeights): Node => {
  const weights = elaborated.weights.map(weight => ({ ...weight, node: given.at(weight.path) }))
  const penalties = penaltiesOf({ ...elaborated, weights })
  const [first, ...rest] = penalties
  return first === undefined ? constant(0) : rest.reduce((a, b) => add(a, b), first)
}

/** The tree of weights that a model is given, by their places. */
class GivenWeights {
  readonly #leaves: readonly Leaf<Node>[]
  readonly #byPath: ReadonlyMap<string, Node>
  readonly #taken = new Set<string>()
  readonly #mistakes: string[] = []

  constructor(leaves: readonly Leaf<Node>[]) {
    this.#leaves = leaves
    this.#byPath = new Map(leaves.map(({ path, value }) => [keyOf(path), value] as const))
  }

  /** What is given for a weight that the model asks for. */
  readonly take = (path: readonly string[], { shape }: WeightDeclaration): Node => {
    const found = this.#byPath.get(keyOf(path))
    this.#taken.add(keyOf(path))
    if (found === undefined) this.#mistakes.push(`${shown(path)} is missing, the model needs ${show(shape)}`)
    else if (found.shape.length !== shape.length || found.shape.some((d, i) => d !== shape[i]))
      this.#mistakes.push(`${shown(path)} is ${show(found.shape)}, the model needs ${show(shape)}`)
    else return found
    return leaf(shown(path), shape)
  }

  at(path: readonly string[]): Node {
    return nodeOf(this.#byPath.get(keyOf(path)))
  }

  /** Refuses weights that are missing, too many, or of another shape. */
  checkAll(): void {
    const extra = this.#leaves.filter(({ path }) => !this.#taken.has(keyOf(path)))
    const mistakes = [
      ...this.#mistakes,
      ...extra.map(({ path }) => `${shown(path)} has no place in the model`),
    ]
    const [first, ...notes] = mistakes
    if (first === undefined) return
    throw userFault('wrong-weights', `apply: these are not the weights of this model: ${first}`, {
      notes,
      suggestion: 'pass the whole tree of weights, as init and fit give it',
    })
  }

  /** The weights in their order, each as it is after the step. */
  after({ weights, updates }: Elaborated): readonly Node[] {
    const next = new Map(weights.map(({ path, node }) => [keyOf(path), updates.get(node)] as const))
    return this.#leaves.map(({ path, value }) => next.get(keyOf(path)) ?? value)
  }
}

const keyOf = (path: readonly string[]): string => JSON.stringify(path)
