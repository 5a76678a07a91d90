/** Models as values: an input, and what becomes of it. Nothing is built before a model is traced. */
import { userFault } from '../runtime/fault.js'
import { leaf, type Node, nodeOf, typed } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { callLayer, isLayer, layerOf } from './layers/layer.js'
import { chain } from './layers/seq.js'
import type { Shape } from './types/dims.js'
import * as rules from './types/rules.js'
import type { GraphFn, GraphsFn, InputFn, SequentialFn } from './types/signatures.js'

/** What every model is at run time: named inputs, and a function from their nodes to named outputs. */
export interface Body {
  readonly inputs: Readonly<Record<string, Shape>>
  readonly run: (inputs: Readonly<Record<string, Node>>) => Readonly<Record<string, Node>>
  /** One input and one output, without names of their own. */
  readonly single: boolean
}

const body = Symbol('body')

/** A model as a value. */
export interface ModelValue {
  readonly [body]: Body
}

/** The input of a model, without the batch, e.g. `input(784)` or `input([28, 28])`. */
export const input: InputFn = shape => {
  // The types know the shape with its batch; here it is made.
  const batched: Shape = ['N', ...(Array.isArray(shape) ? shape : [shape])]
  return typed({ kind: 'input', shape: batched })
}

/** The one name of the input, and of the output, of a model that has one of each. */
const X = 'x'
const OUT = 'out'

/** Layers one after the other; what does not fit is reported when the model is traced. */
export const sequential: SequentialFn = (from, ...layers) => {
  const inputs = { [X]: from.shape }
  const definition = chain('sequential', layers)
  const run: Body['run'] = nodes => ({ [OUT]: callLayer(definition, undefined, nodeOf(nodes[X])) })
  return modelOf(from.shape, layerOf(chain('seq', layers), { layers }), { inputs, run, single: true })
}

/** A model from a function on nodes: skips, joins, shared layers. */
export const graph: GraphFn = (from, build) => {
  const run: Body['run'] = nodes => ({
    [OUT]: nodeOf(inOwnCode('the body of graph', () => build(typed(nodes[X])))),
  })
  const def = { kind: 'graph' as const, '~entries': undefined }
  return modelOf(from.shape, def, { inputs: { [X]: from.shape }, run, single: true })
}

/** A model of several named inputs and outputs. */
export const graphs: GraphsFn = (from, build) => {
  const inputs = Object.fromEntries(Object.entries(from).map(([name, { shape }]) => [name, shape]))
  const run: Body['run'] = nodes => {
    const outputs = typed<Readonly<Record<string, unknown>>>(
      inOwnCode('the body of graphs', () => build(typed(nodes))),
    )
    return Object.fromEntries(Object.entries(outputs).map(([name, node]) => [name, nodeOf(node, name)]))
  }
  const value = {
    ins: inputs,
    get outs() {
      return shapesOf(this[body])
    },
    def: { kind: 'graph' as const, '~entries': undefined },
    [body]: { inputs, run, single: false },
  }
  return typed(value)
}

const modelOf = <T>(shape: Shape, def: unknown, own: Body): T =>
  typed({
    in: shape,
    get out() {
      return shapesOf(own)[OUT]
    },
    def,
    [body]: own,
  })

/** The shapes of a model's outputs. Throws the fault of the first layer that does not fit. */
const shapesOf = (own: Body): Readonly<Record<string, Shape>> => {
  const { outputs } = build(own)
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]))
}

/** Whether it is what sequential, graph or graphs returned. */
export const isModel = (x: unknown): x is ModelValue => typeof x === 'object' && x !== null && body in x

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
