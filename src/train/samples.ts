import { sizesOf } from '../../dsl/graph/shapes.js'
import type { LossValue } from '../../dsl/losses.js'
import { bodyOf, build } from '../../dsl/model.js'
import {
  lossOfOutput,
  type ModelTrace,
  type Objective,
  type Weighted,
  weightPort,
} from '../../dsl/trace/forward.js'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { match, unify } from '../../dsl/types/rules.js'
import { inputOp, oneForEach, oneTensor, symbolDiffersAcross, targetDType } from '../../dsl/types/wording.js'
import { userFault } from '../../runtime/fault.js'
import { checkFinite, checkLabels } from '../data/checks.js'
import { tensorOf } from '../data/tensor.js'

/** One of something, or one for each name. */
export type OneOrNamed<T> = T | Readonly<Record<string, T>>

/** Samples as the user gives them: tensors, or records of tensors by the names of inputs and outputs. */
export interface GivenSamples {
  readonly x: OneOrNamed<AnyTensor>
  readonly y: OneOrNamed<AnyTensor>
  /** One for all outputs, or one for some of them by name. */
  readonly sampleWeight?: OneOrNamed<AnyTensor> | undefined
}

/** What has dimensions: a tensor, or what a tensor will be like. */
export interface Dimensioned {
  readonly dims: readonly number[]
}

/** An input or output of a model. */
export interface Port {
  /** `''` where the model has but one, without a name. */
  readonly name: string
  /** The stream's or the program's output's name: `x`, `x.<name>`, `out`, `out.<name>`. */
  readonly port: string
  /** With the sizes of the data. */
  readonly shape: Shape
}

/** An output of a model. */
export interface OutputPort extends Port {
  /** The stream of its targets: `y`, `y.<name>`. */
  readonly target: string
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

/** The tensor as f32, which is what models take; copied only where it is something else. */
export const asF32 = (x: AnyTensor): AnyTensor =>
  x.dtype === 'f32' ? x : tensorOf(x.dims, 'f32', Float32Array.from(x.data))

/** A record may have an input of the name `dims`, which is no list. */
const isOne = <T extends Dimensioned>(given: OneOrNamed<T>): given is T =>
  'dims' in given && Array.isArray(given.dims)

/** Refuses what is no tensor and no record of tensors: a caller without types may leave it out. */
const checkGiven = (given: unknown, what: string, kind: 'input' | 'target' | 'weight'): void => {
  const isList = Array.isArray(given) || ArrayBuffer.isView(given)
  if (typeof given === 'object' && given !== null && !isList) return
  const received = isList ? 'an array' : String(given)
  throw userFault('missing-data', `${what}: expected a tensor as ${kind}, received ${received}`, {
    suggestion: 'make one with tensor(…) or fromArrays(…)',
  })
}

/** What is given for each port. Throws `wrong-ports` with the sentence of the types. */
const byPort = <T extends Dimensioned>(
  given: OneOrNamed<T>,
  ports: readonly Port[],
  what: string,
  kind: 'input' | 'target',
): readonly T[] => {
  checkGiven(given, what, kind)
  const single = ports.length === 1 && ports[0]?.name === ''
  if (isOne(given)) {
    if (single) return [given]
    throw userFault('wrong-ports', oneForEach(what, kind), { suggestion: namesIn(ports) })
  }
  if (single) throw userFault('wrong-ports', oneTensor(what, kind))
  return ports.map(({ name }) => {
    const found = given[name]
    if (found !== undefined) return found
    throw userFault('wrong-ports', `${what}: there is no tensor for '${name}'`, {
      suggestion: namesIn(ports),
    })
  })
}

const namesIn = (ports: readonly Port[]): string =>
  `give a record with ${ports.map(({ name }) => name).join(', ')}`

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

/** Data by the inputs of a step. */
export type Streams = Readonly<Record<string, AnyTensor>>

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

/** The data as streams of a step: finite numbers, f32. */
export const inputStreams = (fed: FedModel, x: OneOrNamed<AnyTensor>, what: string): Streams => {
  const streams = uncheckedStreams(fed, x, what)
  checkInputs(fed, streams, what)
  return streams
}

/** The targets of one output: their shape, dtype, finite numbers, labels within the classes. */
const checkTarget = (output: Port, loss: LossValue, y: AnyTensor, op: string): void => {
  const { kind, target } = loss
  const of = output.name === '' ? '' : ` for ${output.name}`
  const want = target(output.shape)
  if (y.dtype !== want.dtype)
    throw userFault('dtype-mismatch', targetDType(op, `${kind}${of}`, want.dtype, y.dtype), {
      suggestion:
        want.dtype === 'i32' ? "make the targets with tensor(…, 'i32')" : 'use oneHot, or a sparse loss',
    })
  match(`${op}: target of ${kind}${of}`, want.shape, y.dims)
  checkFinite(`${op}: target${of}`, y)
  if (kind === 'sparseCategoricalCrossentropy')
    checkLabels(`${op}: target${of}`, y, Number(output.shape.at(-1) ?? 1))
}

/**
 * The samples as streams of a step: x, y, and w where there are weights. All are checked: shapes, dtypes,
 * finite numbers, labels within the classes. Throws a user's fault that names the first row that is wrong.
 */
export const streamsOf = (
  fed: FedModel,
  loss: Objective['loss'],
  { x, y, sampleWeight }: GivenSamples,
  names: Names,
): Readonly<Record<string, AnyTensor>> => {
  const given = byPort(y, fed.outputs, names.target, 'target')
  const losses = fed.outputs.map(({ name }) => lossOfOutput(loss, name))
  const streams: Record<string, AnyTensor> = { ...inputStreams(fed, x, names.input) }
  for (const [i, output] of fed.outputs.entries()) {
    // byPort gives one for each, and so does map.
    const [target, own] = [given[i] as AnyTensor, losses[i] as LossValue]
    checkTarget(output, own, target, names.target)
    streams[output.target] = target
  }
  return { ...streams, ...weightStreams(fed, sampleWeight, names.weight) }
}

/** The weights of the samples as streams: `w` for all outputs, or `w.<name>` for each that has its own. */
const weightStreams = (
  { rows, outputs }: FedModel,
  given: GivenSamples['sampleWeight'],
  what: string,
): Readonly<Record<string, AnyTensor>> => {
  if (given === undefined) return {}
  checkGiven(given, what, 'weight')
  const checked = (name: string, tensor: AnyTensor): AnyTensor => {
    match(name, [rows], tensor.dims)
    checkFinite(name, tensor)
    return asF32(tensor)
  }
  if (isOne(given)) return { w: checked(what, given) }
  if (outputs[0]?.name === '') throw userFault('wrong-ports', oneTensor(what, 'weight'))
  const stray = Object.keys(given).find(name => !outputs.some(output => output.name === name))
  if (stray !== undefined)
    throw userFault('wrong-ports', `${what}: the model has no output '${stray}'`, {
      suggestion: `its outputs are ${outputs.map(({ name }) => name).join(', ')}`,
    })
  const own = outputs.flatMap(({ name }) => {
    const tensor = given[name]
    return tensor === undefined ? [] : [[weightPort(name), checked(`${what} for ${name}`, tensor)] as const]
  })
  return Object.fromEntries(own)
}

/** Which outputs have weights among these streams. */
export const weightedBy = (streams: Readonly<Record<string, AnyTensor>>): Weighted => {
  if (streams.w !== undefined) return true
  const names = Object.keys(streams).filter(name => name.startsWith(weightPort('')))
  return names.length > 0 && names.map(name => name.slice(weightPort('').length))
}

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
