import type { Either } from 'fp-ts/lib/Either.js'
import type { AnyModel, AnyMultiModel, WeightsOf } from '../../dsl/types/model.js'
import type { WeightsFor } from '../../dsl/types/training.js'
import { Fault, FaultError, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import { tensorOf } from '../data/tensor.js'
import { attempt } from '../errors.js'
import { layoutFor } from '../train/layout.js'
import type { WeightLayout } from '../train/programs.js'
import type { TrainingState } from '../train/resume.js'
import { flatOf, treeOf } from '../train/weights.js'
import { modelFrom, planOf } from './model-plan.js'
import { differenceOf, isJsonRecord } from './plain.js'
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type SafetensorsFile,
} from './safetensors.js'
import { brief, parseJson, shown } from './shown.js'
import { partsOf, trainingOf } from './training-codec.js'
import { bytesGiven, heldAs, namedTensors } from './weights-codec.js'

/** Options of `saveModel` and `encodeModel`. */
export interface StoreOptions {
  /** Sizes of the symbols in the model's input that weights depend on, by name. */
  readonly sizes?: Readonly<Record<string, number>>
  /** The state of the training, `training` in the result of `fit`, for `resume`. Default: none. */
  readonly training?: TrainingState
}

/** A model with its weights, as read from a file. */
export interface StoredModel<M = AnyModel> {
  readonly model: M
  readonly weights: WeightsOf<M>
  /** The state of the training, if it was stored. */
  readonly training?: TrainingState
}

/** Tensors of the training stand under this name, apart from the weights. */
const TRAINING = 'densor.training/'

/**
 * A model and its weights as the bytes of a safetensors file, with the model in its metadata; `saveModel`
 * writes the same bytes. Fails with a user fault `cannot-store` if the model is more than densor's own layers
 * one after the other, and `not-weights` or `wrong-weights` if the weights are not weights of the model.
 *
 * @example
 * ```ts
 * import { decodeModel, dense, encodeModel, init, input, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(3, 'relu'), dense(1))
 * const bytes = unwrap(encodeModel(model, unwrap(init(model))))
 * console.log(Object.keys(unwrap(decodeModel(bytes)).weights))
 * ```
 */
export const encodeModel = <M extends AnyModel | AnyMultiModel>(
  model: M,
  weights: WeightsFor<M, unknown>,
  options: StoreOptions = {},
): Either<Fault, Uint8Array<ArrayBuffer>> =>
  attempt(() => bytesOfModel('encodeModel', model, weights, options))

/** The bytes of a file with a model and its weights. Throws the faults of `encodeModel`. */
export const bytesOfModel = (
  op: string,
  model: unknown,
  weights: unknown,
  { sizes = {}, training }: StoreOptions,
): Uint8Array<ArrayBuffer> => {
  const plan = planOf(op, model)
  const named = namedTensors(op, weights)
  flatOf(layoutFor(model, undefined, sizes), named, `${op}: the weights`)
  const parts = training === undefined ? { tensors: [], metadata: {} } : partsOf(training)
  const described = Object.keys(sizes).length === 0 ? plan : { ...plan, sizes }
  return encodeSafetensors({
    tensors: [...named.map(heldAs), ...parts.tensors.map(one => ({ ...one, name: TRAINING + one.name }))],
    metadata: { format: 'densor', model: JSON.stringify(described), ...parts.metadata },
  })
}

/**
 * The model and the weights from the bytes that `encodeModel` made. The types do not know which model a file
 * holds, unless `like` is a model with the same layers. Fails with a user fault `malformed-file` if the bytes
 * are not such a file, `wrong-weights` if the weights do not fit, and `wrong-model` if the model differs from
 * `like`.
 *
 * @example
 * ```ts
 * import { decodeModel } from 'densor'
 *
 * const read = decodeModel(new Uint8Array([1, 2, 3]))
 * console.log(read._tag === 'Left' ? read.left.message : Object.keys(read.right.weights))
 * ```
 */
export const decodeModel = <M extends AnyModel | AnyMultiModel = AnyModel>(
  bytes: ArrayBuffer | Uint8Array,
  like?: M,
): Either<Fault, StoredModel<M>> =>
  attempt(() => modelIn('decodeModel', bytesGiven('decodeModel', bytes), 'decodeModel: the bytes', like))

/** The model and the weights in the bytes of a file. Throws the faults of `decodeModel`. */
export const modelIn = <M>(
  op: string,
  bytes: Uint8Array,
  file: string,
  like: M | undefined,
): StoredModel<M> => {
  const held = decodeSafetensors(bytes, file)
  const { plan, sizes } = planIn(held, file)
  if (like !== undefined) checkAlike(op, like, plan, file)
  const { model, layout } = builtFrom(plan, sizes, file)
  const [own, others] = split(held)
  const named = own.map(({ name, dtype, shape, data }) => [name, tensorOf(shape, dtype, data)] as const)
  const weights = treeOf(layout, flatOf(layout, named, file))
  const training = trainingOf({ tensors: others, metadata: held.metadata })
  // The typed edge: without `like`, M is AnyModel; with it, the layers are the same.
  const read = { model: like ?? model, weights, ...(training === undefined ? {} : { training }) }
  return read as StoredModel<never>
}

const noModel = (file: string): Fault =>
  userFault('malformed-file', `${file} holds tensors, but no model`, {
    suggestion: 'read weights with loadWeights(model, path) or decodeWeights(model, bytes)',
  })

const planIn = (
  { metadata }: SafetensorsFile,
  file: string,
): { readonly plan: unknown; readonly sizes: Readonly<Record<string, number>> } => {
  const text = ownOf(metadata, 'model')
  if (ownOf(metadata, 'format') !== 'densor' || text === undefined) throw noModel(file)
  const json = parseJson(text, `the model in ${file}`)
  if (!isJsonRecord(json)) throw noModel(file)
  const { sizes = {}, ...plan } = json
  const entries = isJsonRecord(sizes) ? Object.entries(sizes) : []
  const numbers = entries.flatMap(([name, size]) =>
    typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? [[name, size] as const] : [],
  )
  if (!isJsonRecord(sizes) || numbers.length < entries.length)
    throw userFault('malformed-file', `${file}: the sizes of its symbols are ${shown(sizes)}`)
  return { plan, sizes: Object.fromEntries(numbers) }
}

/** The model, which must fit together: a file is not code that somebody has run. */
const builtFrom = (
  plan: unknown,
  sizes: Readonly<Record<string, number>>,
  file: string,
): { readonly model: AnyModel; readonly layout: WeightLayout } => {
  try {
    const model = modelFrom(plan, file)
    return { model, layout: layoutFor(model, undefined, sizes) }
  } catch (thrown) {
    const fault = thrown instanceof FaultError ? thrown.fault : thrown
    if (!(fault instanceof Fault) || fault.kind === 'bug' || fault.code === 'malformed-file') throw fault
    throw userFault('malformed-file', `${file} holds a model that cannot be: ${brief(fault.message, 300)}`, {
      notes: fault.notes.map(note => brief(note, 300)),
    })
  }
}

const split = ({ tensors, metadata }: SafetensorsFile): readonly [NamedTensor[], NamedTensor[]] => {
  if (ownOf(metadata, 'epochs') === undefined) return [[...tensors], []]
  const own = tensors.filter(({ name }) => !name.startsWith(TRAINING))
  const others = tensors.filter(({ name }) => name.startsWith(TRAINING))
  return [own, others.map(one => ({ ...one, name: one.name.slice(TRAINING.length) }))]
}

const checkAlike = (op: string, like: unknown, plan: unknown, file: string): void => {
  const difference = differenceOf(isJsonRecord(plan) ? plan : {}, planOf(op, like))
  if (difference === undefined) return
  throw userFault('wrong-model', `${op}: ${file} holds another model: ${difference}`, {
    suggestion: `pass the model that was stored, or none to take what the file holds`,
  })
}
