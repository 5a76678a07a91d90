/** Models as values: an input, and what becomes of it. Nothing is built before a model is traced. */
import type { DType } from '../runtime/dtype.js'
import { userFault } from '../runtime/fault.js'
import { type ApplyOptions, applied } from './apply.js'
import { checkValue, dimOrDims } from './domains.js'
import { leaf, type Node, nodeOf, typed } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { substituted } from './graph/substitute.js'
import { callLayer, type Definition, isLayer, layerOf } from './layers/layer.js'
import { chain } from './layers/seq.js'
import type { Shape } from './types/dims.js'
import type { Input } from './types/model.js'
import * as rules from './types/rules.js'
import type { GraphFn, GraphsFn, InputFn, SequentialFn } from './types/signatures.js'

/** What every model is at run time: named inputs, and a function from their nodes to named outputs. */
export interface Body {
  readonly inputs: Readonly<Record<string, Shape>>
  readonly run: (inputs: Readonly<Record<string, Node>>) => Readonly<Record<string, Node>>
  /** One input and one output, without names of their own. */
  readonly single: boolean
  /** The layers, one after the other, that `sequential` was given; a graph has none. */
  readonly layers?: readonly unknown[]
}

const body = Symbol('body')

/** A model as a value. */
export interface ModelValue {
  readonly [body]: Body
}

/**
 * The input of a model, without the batch: a size, or a shape. A word in place of a number stands for a size
 * that the data gives, the same wherever the word stands.
 *
 * @example
 * ```ts
 * import { conv2d, dense, input, sequential } from 'densor'
 *
 * const table = sequential(input(4), dense(3))
 * const images = sequential(input([28, 28, 1]), conv2d(8, 3))
 * ```
 */
export const input: InputFn = shape => {
  checkValue('input', 'the shape', dimOrDims, shape, 'bad-size')
  // The types know the shape with its batch; here it is made.
  const batched: Shape = ['N', ...(Array.isArray(shape) ? shape : [shape])]
  return typed({ kind: 'input', shape: batched })
}

/** The one name of the input, and of the output, of a model that has one of each. */
const X = 'x'
const OUT = 'out'

/**
 * A model of layers one after the other: Keras's `Sequential`. The first argument is an input; each layer's
 * shape is checked against the one before, in the types where sizes are known. `model.out` is the shape of
 * its output, with the batch 'N'. Nothing is computed before the model is trained or used.
 *
 * @example
 * ```ts
 * import { dense, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(16, 'relu'), dense(3, 'softmax'))
 * console.log(model.out) // ['N', 3]
 * ```
 */
export const sequential: SequentialFn = (from, ...layers) => {
  const inputs = { [X]: typed<Input<Shape>>(from).shape }
  const definition = chain('sequential', layers)
  const run: Body['run'] = nodes => ({ [OUT]: callLayer(definition, undefined, nodeOf(nodes[X])) })
  return modelOf(layerOf(chain('seq', layers), { layers }), { inputs, run, single: true, layers })
}

/**
 * A model from a function on nodes, for skips, joins and shared layers: Keras's functional API with one
 * input and one output. Layers that have weights are given a name with `.as(…)`.
 *
 * @example
 * ```ts
 * import { add, dense, graph, input } from 'densor'
 *
 * const model = graph(input(16), x => {
 *   const h = dense(16, 'relu').as('hidden')(x)
 *   return dense(3).as('out')(add(x, h))
 * })
 * ```
 */
export const graph: GraphFn = (from, build) => {
  const run: Body['run'] = nodes => ({
    [OUT]: nodeOf(inOwnCode('the body of graph', () => build(typed(nodes[X])))),
  })
  const def = { kind: 'graph' as const, '~entries': undefined }
  return modelOf(def, { inputs: { [X]: from.shape }, run, single: true })
}

/**
 * A model of several named inputs and outputs, from a function on nodes: Keras's functional API. Its data,
 * targets and losses are records with the same names.
 *
 * @example
 * ```ts
 * import { concat, dense, graphs, input } from 'densor'
 *
 * const model = graphs({ age: input(1), words: input(50) }, ({ age, words }) => {
 *   const both = concat(-1, age, dense(8, 'relu').as('reading')(words))
 *   return { price: dense(1).as('price')(both), kind: dense(4, 'softmax').as('kind')(both) }
 * })
 * ```
 */
export const graphs: GraphsFn = (from, build) => {
  const inputs = Object.fromEntries(Object.entries(from).map(([name, { shape }]) => [name, shape]))
  const run: Body['run'] = nodes => {
    const outputs = typed<Readonly<Record<string, unknown>>>(
      inOwnCode('the body of graphs', () => build(typed(nodes))),
    )
    return Object.fromEntries(Object.entries(outputs).map(([name, node]) => [name, nodeOf(node, name)]))
  }
  const own: Body = { inputs, run, single: false }
  return typed({
    ins: inputs,
    get outs() {
      return shapesOf(own)
    },
    def: { kind: 'graph' as const, '~entries': undefined },
    apply: applyOf(own),
    [body]: own,
  })
}

/** A model of one input and one output: a function on nodes, as layers are, under a name or without one. */
const modelOf = <T>(def: unknown, own: Body): T =>
  typed(
    layerOf(asLayer(own), {
      in: own.inputs[X],
      get out() {
        return shapesOf(own)[OUT]
      },
      def,
      apply: applyOf(own),
      [body]: own,
    }),
  )

/** A model in the place of a layer. Its function is run once for each shape, so that its layers are the same ones. */
const asLayer = (own: Body): Definition => {
  const runs = new Map<string, { readonly from: Node; readonly to: Node }>()
  const runOn = (shape: Shape, dtype: DType) => {
    const key = JSON.stringify([shape, dtype])
    const from = leaf(X, shape, dtype)
    const known = runs.get(key) ?? { from, to: nodeOf(own.run({ [X]: from })[OUT], 'model') }
    runs.set(key, known)
    return known
  }
  return {
    kind: 'model',
    shape: given => {
      rules.unify('model', own.inputs[X] ?? [], given)
      return runOn(given, 'f32').to.shape
    },
    expand: x => {
      const { from, to } = runOn(x.shape, x.dtype)
      return substituted(to, new Map([[from, x]]))
    },
    made: { by: 'model' },
  }
}

/** The model as a function of its weights and its input, or its inputs by name. */
const applyOf =
  (own: Body) =>
  (weights: unknown, x: unknown, options: ApplyOptions = {}): unknown => {
    const given = own.single ? { [X]: x } : typed<Readonly<Record<string, unknown>>>(x)
    const { outputs, ...rest } = inOwnCode('apply', () => applied(own, weights, given, options))
    const output = own.single ? outputs[OUT] : outputs
    return options.training === true ? { output, ...rest } : output
  }

/** The shapes of a model's outputs. Throws the fault of the first layer that does not fit. */
const shapesOf = (own: Body): Readonly<Record<string, Shape>> => {
  const { outputs } = build(own)
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]))
}

/** Whether x is a model: what sequential, graph or graphs returned. */
export const isModel = (x: unknown): x is ModelValue =>
  (typeof x === 'object' || typeof x === 'function') && x !== null && body in x

/**
 * The run-time side of a model; a `seq` is one on data of shape `data`: the batch is 'N', the rest is the
 * data's.
 */
export const bodyOf = (model: unknown, data?: Shape): Body => {
  if (isModel(model)) return withInputs(model[body])
  if (isLayer(model) && data !== undefined) {
    const inputs = { [X]: ['N', ...data.slice(1)] }
    const { definition } = model
    return {
      inputs,
      run: nodes => ({ [OUT]: callLayer(definition, undefined, nodeOf(nodes[X])) }),
      single: true,
    }
  }
  if (isLayer(model)) {
    throw userFault('no-input', `${model.kind}: the input shape is not known yet`, {
      suggestion: 'Pass data, or write sequential(input(…), …).',
    })
  }
  throw userFault('not-a-model', 'expected a model: what sequential, graph, graphs or seq returned')
}

/** Without types, anything may stand where the input should. */
const withInputs = (own: Body): Body => {
  if (Object.values(own.inputs).every(shape => Array.isArray(shape))) return own
  throw userFault('no-input', 'the model has no input', {
    suggestion: 'begin it with one: sequential(input(…), …)',
  })
}

/** A model's graph, with its layers still to be put in place. */
export interface BuiltGraph {
  readonly inputs: Readonly<Record<string, Node>>
  readonly outputs: Readonly<Record<string, Node>>
}

/** The body with the sizes of its symbols; those that have none stay, and so does the batch. */
export const sized = (own: Body, sizes: Readonly<Record<string, number>> = {}): Body => {
  const known = new Map(Object.entries(sizes).filter(([symbol]) => symbol !== 'N'))
  const inputs = Object.entries(own.inputs).map(([name, shape]) => [name, rules.substitute(shape, known)])
  return { ...own, inputs: Object.fromEntries(inputs) }
}

/** Runs the model's function on fresh input nodes. */
export const build = ({ inputs, run }: Body): BuiltGraph => {
  for (const shape of Object.values(inputs)) for (const dim of shape) rules.checkSize('input', dim)
  const leaves = Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, leaf(name, shape)]))
  return { inputs: leaves, outputs: run(leaves) }
}
