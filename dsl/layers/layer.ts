/** What a layer is at run time: a definition, callable on the nodes of a graph, that can be named. */
import { userFault } from '../../runtime/fault.js'
import {
  type AnyNode,
  type LayerContext,
  leaf,
  Node,
  nodeOf,
  typed,
  type WeightDeclaration,
} from '../graph/node.js'
import { inLayer, inOwnCode } from '../graph/place.js'
import type { Shape } from '../types/dims.js'
import type { LayerFn, WeightsAt } from '../types/layer.js'
import type { Made } from './made.js'
import { noteOrigin } from './origin.js'

/** A layer as data: its shape rule, and how it is written in terms of graph operations. */
export interface Definition {
  readonly kind: string
  readonly shape: (input: Shape) => Shape
  readonly expand: (x: Node, context: LayerContext) => Node
  readonly made: Made
}

/** A layer value. */
export interface LayerValue extends LayerFn {
  (x: unknown): Node
  readonly kind: string
  readonly '~name': string
  readonly definition: Definition
  readonly as: (name: string) => LayerValue
}

/** A layer as the user holds it; `L` is what the types know of it. */
export const layerOf = <L extends LayerFn>(definition: Definition, extra: object = {}): L => {
  noteOrigin(definition)
  return typed(named(definition, '', extra))
}

const named = (definition: Definition, name: string, extra: object): LayerFn => {
  const call = (x: unknown): Node =>
    callLayer(definition, name === '' ? undefined : name, nodeOf(x, definition.kind))
  Object.defineProperties(call, Object.getOwnPropertyDescriptors(extra))
  return Object.assign(call, {
    kind: definition.kind,
    '~name': name,
    '~in': undefined,
    '~out': undefined,
    '~params': undefined,
    '~weights': undefined,
    definition,
    as: (other: string) => named(definition, other, extra),
  })
}

/** Whether x is a layer that densor made. */
export const isLayer = (x: unknown): x is LayerValue => typeof x === 'function' && 'definition' in x

/** The layer applied to a node under a key; it is put in place when the graph is traced. */
export const callLayer = (definition: Definition, key: string | undefined, x: Node): Node => {
  const shape = inLayer(key, definition.kind, () => definition.shape(x.shape))
  const { kind, expand } = definition
  return new Node({ kind: 'call', call: { key, kind, identity: definition, expand } }, [x], shape, x.dtype)
}

/** The size of the last axis, which a layer needs to make its weights. */
export const lastDim = (kind: string, shape: Shape): number => {
  const last = shape.at(-1)
  if (typeof last === 'number') return last
  throw userFault(
    'unknown-dimension',
    `${kind}: the last dimension of [${shape.join(', ')}] must be a number before the layer can have weights`,
    { suggestion: `pass sizes: { ${last ?? 'a symbol'}: … }, or let data say it` },
  )
}

/** The names of the weights of L. */
type WeightName<L extends LayerFn> = keyof WeightsAt<L, Shape> & string

/**
 * What a user writes to make a layer of their own, L: the weights that its interface names, and its value.
 */
export interface CustomLayer<L extends LayerFn> {
  /** The layer's kind, as messages and summaries call it. */
  readonly kind: L['kind']
  /** The weights for an input of this shape, in the order in which they are stored. */
  readonly weights?: (input: Shape) => { readonly [K in WeightName<L>]: WeightDeclaration }
  /** The layer's value, in graph operations. */
  readonly apply: (
    weights: { readonly [K in WeightName<L>]: AnyNode },
    x: AnyNode,
    context: CustomContext,
  ) => AnyNode
}

/** What a layer of your own may ask of the model around it. */
export interface CustomContext {
  readonly training: boolean
  /** The next value of this layer's state `name`; kept while training only. */
  readonly update: (name: string, value: AnyNode) => void
  /** A fresh random key (u32[2]) for this layer in this step. */
  readonly random: (seed?: number) => AnyNode
  /** Adds a scalar to the loss while training and evaluating. */
  readonly penalty: (value: AnyNode) => void
}

const customContext = (context: LayerContext): CustomContext => ({
  ...context,
  update: (name, value) => context.update(name, nodeOf(value)),
  penalty: value => context.penalty(nodeOf(value)),
})

/**
 * A layer of your own, as Keras's subclasses of `Layer`. `L` is its interface: the names and shapes of its
 * weights, and its output for an input. `weights` gives each weight's shape and initializer, `apply` the
 * layer's value, written in graph operations; `kind` is what messages and summaries call it. A fault that
 * `apply` throws names the layer.
 *
 * @example
 * ```ts
 * import { dense, input, layer, mul, sequential, type Stateless } from 'densor'
 *
 * interface Twice extends Stateless {
 *   readonly kind: 'twice'
 *   readonly '~out': this['~in']
 *   readonly '~params': Record<never, never>
 * }
 * const twice = (): Twice => layer<Twice>({ kind: 'twice', apply: (_, x) => mul(x, 2) })
 * const model = sequential(input(4), dense(8), twice(), dense(1))
 * ```
 */
export const layer = <L extends LayerFn>(custom: CustomLayer<L>): L => {
  const expand = (x: Node, context: LayerContext): Node => {
    const weights = weightsOf(custom, x.shape, context.weight)
    const own = () => custom.apply(weights, x, customContext(context))
    return nodeOf(inOwnCode(`the layer ${custom.kind}`, own), custom.kind)
  }
  const shape = (input: Shape): Shape => expand(leaf('x', input), shapeContext).shape
  return layerOf<L>({ kind: custom.kind, shape, expand, made: { by: 'layer' } })
}

const weightsOf = <L extends LayerFn>(
  custom: CustomLayer<L>,
  input: Shape,
  weight: LayerContext['weight'],
): { readonly [K in WeightName<L>]: Node } => {
  const own = () => custom.weights?.(input) ?? {}
  const declared = Object.entries<WeightDeclaration>(inOwnCode(`the layer ${custom.kind}`, own))
  // Object.fromEntries forgets the keys; they are those of L's weights, one node each.
  return typed(Object.fromEntries(declared.map(([name, declaration]) => [name, weight(name, declaration)])))
}

/** Enough of a context to find the shape that a layer gives. */
const shapeContext: LayerContext = {
  training: false,
  weight: (name, declaration) => leaf(name, declaration.shape),
  update: () => {},
  random: () => leaf('key', [2], 'u32'),
  penalty: () => {},
}
