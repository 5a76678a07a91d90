import { findLoss } from '../../dsl/losses.js'
import { bodyOf, build } from '../../dsl/model.js'
import type { ModelTrace } from '../../dsl/trace/forward.js'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { match, substitute, unify } from '../../dsl/types/rules.js'
import type { Loss, LossName } from '../../dsl/types/training.js'
import { targetDType } from '../../dsl/types/wording.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { checkFinite, checkLabels } from '../data/checks.js'
import { tensorOf } from '../data/tensor.js'

/** Samples as the user gives them. */
export interface GivenSamples {
  readonly x: AnyTensor
  readonly y: AnyTensor
  readonly sampleWeight?: AnyTensor | undefined
}

/** What a model takes and gives, with the sizes that the data binds its symbols to. */
export interface FedModel {
  readonly model: unknown
  readonly dataShape: Shape
  readonly rows: number
  /** Sizes of all symbols but the batch 'N'. */
  readonly sizes: Readonly<Record<string, number>>
  readonly bound: ReadonlyMap<string, Dim>
  readonly output: Shape
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

const onlyOne = (): Fault =>
  userFault(
    'several-inputs',
    'this model has several inputs or outputs; only models of one each can be trained here',
    {
      suggestion: 'trace it with traceTrainStep, which takes a stream for each',
    },
  )

/**
 * Binds a model's symbols to the dimensions of its data; throws `shape-mismatch` with the sentence of the
 * types, and what the layers throw.
 */
export const feed = (model: unknown, dims: readonly number[], what: string): FedModel => {
  const body = bodyOf(model, dims)
  const pattern = body.inputs.x
  const output = build(body).outputs.out?.shape
  if (!body.single || pattern === undefined || output === undefined) throw onlyOne()
  const bound = unify(what, pattern, dims)
  const sizes = Object.fromEntries(
    [...bound].filter(([name]) => name !== 'N').map(([name, size]) => [name, Number(size)]),
  )
  return { model, dataShape: dims, rows: dims[0] ?? 0, sizes, bound, output: substitute(output, bound) }
}

/**
 * The samples as streams of a step: x, y, and w where there are weights. All are checked: shapes, dtypes,
 * finite numbers, labels within the classes. Throws a user's fault that names the first row that is wrong.
 */
export const streamsOf = (
  fed: FedModel,
  loss: LossName | Loss,
  { x, y, sampleWeight }: GivenSamples,
  names: Names,
): Readonly<Record<string, AnyTensor>> => {
  const { kind, target } = findLoss(loss)
  const want = target(fed.output)
  if (y.dtype !== want.dtype)
    throw userFault('dtype-mismatch', targetDType(names.target, kind, want.dtype, y.dtype), {
      suggestion:
        want.dtype === 'i32' ? "make the targets with tensor(…, 'i32')" : 'use oneHot, or a sparse loss',
    })
  match(`${names.target}: target of ${kind}`, want.shape, y.dims)
  const streams = { x: asF32(x), y }
  checkFinite(names.input, streams.x)
  checkFinite(`${names.target}: target`, y)
  if (kind === 'sparseCategoricalCrossentropy')
    checkLabels(`${names.target}: target`, y, Number(fed.output.at(-1) ?? 1))
  if (sampleWeight === undefined) return streams
  match(names.weight, [fed.rows], sampleWeight.dims)
  checkFinite(names.weight, sampleWeight)
  return { ...streams, w: asF32(sampleWeight) }
}

/**
 * The class of each row: the label itself, or where the largest target is. Ties go to the first, as in Keras.
 */
const classesOf = ({ dims, data }: AnyTensor): readonly number[] => {
  const width = dims.length > 1 ? (dims.at(-1) ?? 1) : 1
  return Array.from({ length: dims[0] ?? 0 }, (_, row) => {
    if (width === 1) return Math.round(data[row] ?? 0)
    let best = 0
    for (let c = 1; c < width; c++)
      if ((data[row * width + c] ?? 0) > (data[row * width + best] ?? 0)) best = c
    return best
  })
}

/**
 * One weight a row from weights by class, times the row's own weight where it has one; 1 for a class without.
 */
export const weightsByClass = (
  y: AnyTensor,
  classWeight: Readonly<Record<number, number>>,
  sampleWeight: AnyTensor | undefined,
): AnyTensor => {
  if (y.dims.length > 2)
    throw userFault(
      'bad-option',
      `fit: classWeight needs one class a row, but the targets are [${y.dims.join(', ')}]`,
      {
        suggestion: 'pass sampleWeight instead',
      },
    )
  for (const [label, weight] of Object.entries(classWeight))
    if (!Number.isFinite(weight))
      throw userFault(
        'bad-option',
        `fit: the classWeight of class ${label} is ${weight}, expected a finite number`,
      )
  const weights = classesOf(y).map((label, row) => (classWeight[label] ?? 1) * (sampleWeight?.data[row] ?? 1))
  return tensorOf([weights.length], 'f32', Float32Array.from(weights))
}

/** What to trace for a model and a batch size. */
export const traceOf = ({ model, sizes, dataShape }: FedModel, batch: number): ModelTrace => ({
  model,
  batch,
  sizes,
  dataShape,
})

/**
 * The dimensions of a batch of data for a model that has an input. Throws `no-input` for a seq, which has
 * none, and `unknown-size` for a symbol without a size.
 */
export const dataDims = (
  op: string,
  model: unknown,
  batch: number,
  sizes: Readonly<Record<string, number>> = {},
): readonly number[] => {
  const pattern = bodyOf(model).inputs.x
  if (pattern === undefined) throw onlyOne()
  return pattern.map(dim => {
    const size = typeof dim === 'number' ? dim : dim === 'N' ? batch : sizes[dim]
    if (size !== undefined) return size
    throw userFault('unknown-size', `${op}: the size of '${dim}' in [${pattern.join(', ')}] is not known`, {
      suggestion: `pass sizes: { ${dim}: … }`,
    })
  })
}
