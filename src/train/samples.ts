import { sizesOf } from '../../dsl/graph/shapes.js'
import { bodyOf, build } from '../../dsl/model.js'
import { type ModelTrace, type Objective, type Weighted, weightPort } from '../../dsl/trace/forward.js'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { unify } from '../../dsl/types/rules.js'
import { inputOp, symbolDiffersAcross } from '../../dsl/types/wording.js'
import { userFault } from '../../runtime/fault.js'
import { checkFinite } from '../data/checks.js'
import {
  byPort,
  checkGiven,
  type Dimensioned,
  inputTensors,
  isOne,
  type OneOrNamed,
  type Port,
} from './given.js'
import {
  asF32,
  checkTargets,
  checkWeights,
  type OutputPort,
  type Streams,
  targetStreams,
  weightStreams,
} from './targets.js'

/**
 * Samples as the user gives them, each a tensor, nested arrays of numbers, a typed array, or such by the names of inputs
 * and outputs.
 */
export interface GivenSamples {
  readonly x: unknown
  readonly y: unknown
  /** One for all outputs, or one for some of them by name. */
  readonly sampleWeight?: unknown
}

/** What a model takes and gives, with the sizes that the data binds its symbols to. */
export interface FedModel {
  readonly model: unknown
  /** The shape of the data of a model of one input. */
  readonly dataShape: Shape | undefined
  readonly rows: number
  /** Sizes of all symbols but the batch 'N'. */
  readonly sizes: Readonly<Record<string, number>>
  readonly inputs: readonly Port[]
  readonly outputs: readonly OutputPort[]
}

/** How messages name the parts: `fit: model input`, `fit: target of …`, as in the types. */
export interface Names {
  readonly input: string
  readonly target: string
  readonly weight: string
}

/** The names that an operation uses for its data. */
export const namesOf = (op: string): Names => ({
  input: `${op}: model input`,
  target: op,
  weight: `${op}: sampleWeight`,
})

/** Prefixes of the names that ports have in programs. */
const portName = (prefix: string, name: string, single: boolean): string =>
  single ? prefix : `${prefix}.${name}`

/**
 * Binds a model's symbols to the dimensions of its data; throws `shape-mismatch` with the sentence of the
 * types, and what the layers throw.
 */
export const feed = (model: unknown, x: OneOrNamed<Dimensioned>, what: string): FedModel => {
  checkGiven(x, what, 'input')
  const dataShape = isOne(x) ? x.dims : undefined
  const body = bodyOf(model, dataShape)
  const inputs = Object.entries(body.inputs).map(([name, shape]) => ({
    name: body.single ? '' : name,
    port: portName('x', name, body.single),
    shape,
  }))
  const given = byPort(x, inputs, what, 'input')
  const dims = given.map(one => one.dims)
  const bound = bind(what, inputs, dims)
  const known = new Map([...bound].map(([symbol, size]) => [symbol, Number(size)]))
  const outputs = Object.entries(build(body).outputs).map(([name, { shape }]) => ({
    name: body.single ? '' : name,
    port: portName('out', name, body.single),
    target: portName('y', name, body.single),
    shape: sizesOf(shape, known),
  }))
  known.delete('N')
  return {
    model,
    dataShape,
    rows: dims[0]?.[0] ?? 0,
    sizes: Object.fromEntries(known),
    inputs: inputs.map((port, i) => ({ ...port, shape: dims[i] ?? [] })),
    outputs,
  }
}

/** What the symbols of all inputs stand for; each input is checked by itself first, as the types do. */
const bind = (
  what: string,
  inputs: readonly Port[],
  dims: readonly (readonly number[])[],
): ReadonlyMap<string, Dim> => {
  const bounds = inputs.map(({ name, shape }, i) => unify(inputName(what, name), shape, dims[i] ?? []))
  const all = new Map<string, Dim>()
  for (const [symbol, size] of bounds.flatMap(bound => [...bound])) {
    if ((all.get(symbol) ?? size) !== size)
      throw userFault('shape-mismatch', symbolDiffersAcross(what, symbol), {
        notes: inputs.flatMap(({ name }, i) => {
          const own = bounds[i]?.get(symbol)
          return own === undefined ? [] : [`${symbol} is ${own} in ${name}`]
        }),
      })
    all.set(symbol, size)
  }
  return all
}

/** `fit: model input`, or with the name of one of several. */
export const inputName = (what: string, name: string): string => (name === '' ? what : inputOp(what, name))

/** The data as streams of a step, f32; whether its numbers are finite is left to `checkInputs`, or to the step. */
export const uncheckedStreams = ({ inputs }: FedModel, x: OneOrNamed<AnyTensor>, what: string): Streams => {
  const given = byPort(x, inputs, what, 'input')
  // byPort gives one for each.
  return Object.fromEntries(inputs.map(({ port }, i) => [port, asF32(given[i] as AnyTensor)]))
}

/** Throws `non-finite-data` where the data of an input has NaN or an infinity. */
export const checkInputs = ({ inputs }: FedModel, streams: Streams, what: string): void => {
  for (const { name, port } of inputs) {
    const tensor = streams[port]
    if (tensor !== undefined) checkFinite(inputName(what, name), tensor)
  }
}

/** Samples of a model as streams of a step, and what they feed. */
export interface Samples {
  readonly fed: FedModel
  readonly streams: Streams
  /**
   * Throws a user's fault that names the first row that is wrong: numbers that are not finite, labels outside of the
   * classes. Called in one stroke with what copies the numbers: between the two nobody can change them.
   */
  readonly check: () => void
}

/**
 * The samples as streams of a step: x, y, and w where there are weights, in the shapes and dtypes that the model and the
 * loss want.
 */
export const samplesOf = (
  model: unknown,
  { x, y, sampleWeight }: GivenSamples,
  loss: Objective['loss'],
  names: Names,
): Samples => {
  const inputs = inputTensors(model, x, names.input)
  const fed = feed(model, inputs, names.input)
  const { outputs, rows } = fed
  const streams = {
    ...uncheckedStreams(fed, inputs, names.input),
    ...targetStreams(outputs, loss, y, names.target),
    ...weightStreams(rows, outputs, sampleWeight, names.weight),
  }
  const check = (): void => {
    checkInputs(fed, streams, names.input)
    checkTargets(outputs, loss, streams, names.target)
    checkWeights(outputs, streams, names.weight)
  }
  return { fed, streams, check }
}

/** Which outputs have weights among these streams. */
export const weightedBy = (streams: Readonly<Record<string, AnyTensor>>): Weighted => {
  if (streams.w !== undefined) return true
  const names = Object.keys(streams).filter(name => name.startsWith(weightPort('')))
  return names.length > 0 && names.map(name => name.slice(weightPort('').length))
}

/** The dimensions of the weights of one sample by their stream, where it has more than one. */
export const weightShapesOf = (streams: Streams): Readonly<Record<string, Shape>> =>
  Object.fromEntries(
    Object.entries(streams)
      .filter(([name, { dims }]) => (name === 'w' || name.startsWith(weightPort(''))) && dims.length > 1)
      .map(([name, { dims }]) => [name, dims.slice(1)]),
  )

/** What to trace for a model and a batch size. */
export const traceOf = ({ model, sizes, dataShape }: FedModel, batch: number): ModelTrace => ({
  model,
  batch,
  sizes,
  ...(dataShape === undefined ? {} : { dataShape }),
})

/** What plans depend on beside the model and the batch size, to know them again. */
export const shapesOf = ({ inputs }: FedModel): readonly (readonly Dim[])[] =>
  inputs.map(({ shape }) => shape.slice(1))

/**
 * The dimensions of a batch of data for a model that has inputs. Throws `no-input` for a seq, which has
 * none, and `unknown-size` for a symbol without a size.
 */
export const dataDims = (
  op: string,
  model: unknown,
  batch: number,
  sizes: Readonly<Record<string, number>> = {},
): OneOrNamed<Dimensioned> => {
  const body = bodyOf(model)
  const sized = (pattern: Shape): Dimensioned => ({
    dims: pattern.map(dim => {
      const size = typeof dim === 'number' ? dim : dim === 'N' ? batch : sizes[dim]
      if (size !== undefined) return size
      throw userFault('unknown-size', `${op}: the size of '${dim}' in [${pattern.join(', ')}] is not known`, {
        suggestion: `pass sizes: { ${dim}: … }`,
      })
    }),
  })
  const all = Object.entries(body.inputs).map(([name, pattern]) => [name, sized(pattern)] as const)
  const [first] = all
  return body.single && first !== undefined ? first[1] : Object.fromEntries(all)
}
