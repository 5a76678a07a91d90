/** Targets and weights of samples as streams: in the shape and dtype that the loss wants, where that loses nothing. */
import type { LossValue } from '../../dsl/losses.js'
import { lossOfOutput, type Objective, weightPort } from '../../dsl/trace/forward.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { match } from '../../dsl/types/rules.js'
import { oneTensor } from '../../dsl/types/wording.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { Fault, userFault } from '../../runtime/fault.js'
import { checkFinite, checkLabels } from '../data/checks.js'
import { isList, isTensor, placeOf } from '../data/elements.js'
import { tensorOf } from '../data/tensor.js'
import { byPort, checkGiven, isOne, type OneOrNamed, type Port, toTensor } from './given.js'

/** An output of a model. */
export interface OutputPort extends Port {
  /** The stream of its targets: `y`, `y.<name>`. */
  readonly target: string
}

/** Data by the inputs of a step. */
export type Streams = Readonly<Record<string, AnyTensor>>

const forName = (name: string): string => (name === '' ? '' : ` for ${name}`)

const isSame = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i])

/** The tensor in another shape of as many elements. */
const reshaped = (x: AnyTensor, dims: readonly number[]): AnyTensor =>
  isSame(x.dims, dims) ? x : tensorOf(dims, x.dtype, x.data)

/** Whether shapes differ only by a last dimension of one, which Keras adds and takes away. */
const differByOne = (a: Shape, b: Shape): boolean => {
  const [longer, shorter] = a.length > b.length ? [a, b] : [b, a]
  return longer.length === shorter.length + 1 && longer.at(-1) === 1 && isSame(longer.slice(0, -1), shorter)
}

/** What to use where the targets are those of another loss. */
const adviceFor = (kind: string, want: Shape, got: Shape, output: Shape): string | undefined => {
  const last = output.at(-1)
  if (kind === 'sparseCategoricalCrossentropy' && isSame(got, output))
    return 'these targets are one row a sample, as oneHot makes them: use categoricalCrossentropy'
  if (kind === 'categoricalCrossentropy' && isSame(got, output.slice(0, -1)))
    return `these targets are class numbers: use sparseCategoricalCrossentropy, or oneHot(labels, ${last})`
  if (got.length + 1 === want.length && isSame(got, want.slice(0, -1)))
    return `the model gives ${last} numbers a sample, the targets have one: end it with dense(1), or give ${last}`
  return undefined
}

/** Throws `shape-mismatch` with the sentence of the types, and advice where it is known. */
const matchTarget = (what: string, kind: string, want: Shape, got: Shape, output: Shape): void => {
  try {
    match(what, want, got)
  } catch (thrown) {
    const suggestion = adviceFor(kind, want, got, output)
    if (!(thrown instanceof Fault) || suggestion === undefined) throw thrown
    throw userFault(thrown.code, thrown.message, { suggestion })
  }
}

/** The elements as i32; throws `not-an-integer` at the first that is not a whole number. */
const asLabels = (what: string, x: AnyTensor): AnyTensor => {
  if (x.dtype === 'i32') return x
  const { dims, data } = x
  const labels = allocate('i32', data.length)
  for (let i = 0; i < data.length; i++) {
    const label = data[i] ?? Number.NaN
    if (!Number.isInteger(label))
      throw userFault(
        'not-an-integer',
        `${what}: the label of ${placeOf(dims, i)} is ${label}, not a whole number`,
        {
          suggestion: 'number the classes 0, 1, 2, …; for a number to be predicted use meanSquaredError',
        },
      )
    labels[i] = label
  }
  return tensorOf(dims, 'i32', labels)
}

/** The tensor as f32, which is what models take; copied only where it is something else. */
export const asF32 = (x: AnyTensor): AnyTensor =>
  x.dtype === 'f32' ? x : tensorOf(x.dims, 'f32', Float32Array.from(x.data))

/** The targets of one output, as the loss wants them. */
const targetOf = (output: OutputPort, { kind, target }: LossValue, given: unknown, op: string): AnyTensor => {
  const of = forName(output.name)
  const want = target(output.shape)
  // Labels are read as numbers first: one that is not whole gets the sentence for labels.
  const dtype = want.dtype === 'i32' ? 'f64' : want.dtype
  const y = toTensor(`${op}: target${of}`, given, { as: 'target', shape: want.shape, dtype })
  if (!differByOne(want.shape, y.dims))
    matchTarget(`${op}: target of ${kind}${of}`, kind, want.shape, y.dims, output.shape)
  const typed = want.dtype === 'i32' ? asLabels(`${op}: target${of}`, y) : asF32(y)
  return reshaped(typed, want.shape.map(Number))
}

/** The targets as streams, by the outputs' names. */
export const targetStreams = (
  outputs: readonly OutputPort[],
  loss: Objective['loss'],
  y: unknown,
  op: string,
): Streams => {
  const given = byPort<unknown>(y, outputs, op, 'target')
  const streams = outputs.map((output, i) => {
    const own = lossOfOutput(loss, output.name)
    return [output.target, targetOf(output, own, given[i], op)] as const
  })
  return Object.fromEntries(streams)
}

/** Throws if targets are not finite, or are not a class of the outputs. */
export const checkTargets = (
  outputs: readonly OutputPort[],
  loss: Objective['loss'],
  streams: Streams,
  op: string,
): void => {
  for (const { name, target, shape } of outputs) {
    const y = streams[target]
    if (y === undefined) continue
    checkFinite(`${op}: target${forName(name)}`, y)
    if (lossOfOutput(loss, name).kind === 'sparseCategoricalCrossentropy')
      checkLabels(`${op}: target${forName(name)}`, y, Number(shape.at(-1) ?? 1))
  }
}

/** The shapes that weights of an output's samples may have: one for each sample, or one for each of its positions. */
const weightShapes = (rows: number, { shape }: OutputPort): readonly (readonly number[])[] =>
  shape.length < 3 ? [[rows]] : shape.slice(0, -1).map((_, i) => shape.slice(0, i + 1).map(Number))

/** The weights of samples for these outputs, in a shape that all of them can take. */
const weightOf = (rows: number, outputs: readonly OutputPort[], given: unknown, what: string): AnyTensor => {
  const [first = [[rows]], ...rest] = outputs.map(output => weightShapes(rows, output))
  const shapes = first.filter(shape => rest.every(others => others.some(other => isSame(other, shape))))
  const length = isList(given) && !isTensor(given) ? given.length : 0
  const shape = shapes.find(own => sizeOf(own) === length) ?? [rows]
  const w = toTensor(what, given, { as: 'weight', dtype: 'f32', shape })
  const found = shapes.find(own => isSame(own, w.dims)) ?? shapes.find(own => differByOne(own, w.dims))
  if (found !== undefined) return reshaped(asF32(w), found)
  // There is always the shape of one weight a sample.
  match(what, shapes.find(own => own.length === w.dims.length) ?? [rows], w.dims)
  return w
}

/** The weights of the samples as streams: `w` for all outputs, or `w.<name>` for each that has its own. */
export const weightStreams = (
  rows: number,
  outputs: readonly OutputPort[],
  given: unknown,
  what: string,
): Streams => {
  if (given === undefined) return {}
  checkGiven(given, what, 'weight')
  const one = given as OneOrNamed<unknown>
  if (isOne(one)) return { w: weightOf(rows, outputs, one, what) }
  const named = one as Readonly<Record<string, unknown>>
  if (outputs[0]?.name === '') throw userFault('wrong-ports', oneTensor(what, 'weight'))
  const stray = Object.keys(named).find(name => !outputs.some(output => output.name === name))
  if (stray !== undefined)
    throw userFault('wrong-ports', `${what}: the model has no output '${stray}'`, {
      suggestion: `its outputs are ${outputs.map(({ name }) => name).join(', ')}`,
    })
  const own = outputs.flatMap(output => {
    const w = named[output.name]
    if (w === undefined) return []
    return [[weightPort(output.name), weightOf(rows, [output], w, `${what} for ${output.name}`)] as const]
  })
  return Object.fromEntries(own)
}

/** Throws where weights are not finite. */
export const checkWeights = (outputs: readonly OutputPort[], streams: Streams, what: string): void => {
  if (streams.w !== undefined) checkFinite(what, streams.w)
  for (const { name } of outputs) {
    const w = streams[weightPort(name)]
    if (w !== undefined) checkFinite(`${what} for ${name}`, w)
  }
}
