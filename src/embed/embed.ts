import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { WeightVectors } from '../../dsl/trace/initial.js'
import type { WeightLayout } from '../../dsl/trace/layout.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyModel, AnyMultiModel, MultiModel, WeightsOf } from '../../dsl/types/model.js'
import type { Data } from '../../dsl/types/training.js'
import { Fault, userFault } from '../../runtime/fault.js'
import { tensorOf } from '../data/tensor.js'
import { FaultError } from '../errors.js'
import { decodeSafetensors } from '../formats/safetensors.js'
import { flatOf, leavesOf, type WeightTree } from '../train/weights.js'
import { bindPlan } from './bind.js'
import type { FitOptions } from './glue/train.js'
import type { EmbedTraining, PlanOptions } from './options.js'
import { planModel } from './plan.js'

/** Options of `embed`: the weights, and what is fixed when the model is compiled. */
export interface EmbedOptions<M> extends PlanOptions {
  /** The weights themselves, or a safetensors file: a path, or better a `new URL('…', import.meta.url)`. */
  readonly weights: WeightsOf<M> | URL | string
}

/** Options of `embed` for a model that is trained further where it is used. */
export interface EmbedTrainOptions<M> extends EmbedOptions<M> {
  /** How the model is trained where it is used. */
  readonly train: EmbedTraining
}

/** The numbers of rows, one row after the other. */
export type Rows = ArrayLike<number>

/** The parameter type of an input: a tensor is checked by the types, plain numbers at run time. */
export type EmbedInput<Op extends string, M, X> = X extends AnyTensor ? Data<Op, M, X> : X

/** A compiled model with one input and one output. */
export interface Embedded<M> {
  /** The outputs of all rows of x, one row after the other. Throws a `TypeError` if x does not fit the model. */
  readonly predict: <const X extends Rows | AnyTensor>(x: EmbedInput<'predict', M, X>) => Float32Array
}

/** A compiled model that can be trained. */
export interface EmbeddedTrainer<M> extends Embedded<M> {
  /** Trains on one batch of exactly as many rows as it was compiled for, and gives its loss. */
  readonly trainStep: <const X extends Rows | AnyTensor>(
    x: EmbedInput<'trainStep: x', M, X>,
    y: Rows | AnyTensor,
  ) => number
  /** Trains on any number of rows in random order, and gives the mean loss of each epoch. */
  readonly fit: <const X extends Rows | AnyTensor>(
    x: EmbedInput<'fit: x', M, X>,
    y: Rows | AnyTensor,
    options?: FitOptions,
  ) => readonly number[]
  /** Sets the optimizer's learning rate from the next step on. */
  readonly setLearningRate: (rate: number) => void
  /** A copy of all weights in one array. */
  readonly weights: () => Float32Array
  /** Replaces the weights by those that `weights` gave. */
  readonly setWeights: (weights: Float32Array) => void
}

/** A compiled model with named inputs and outputs. */
export interface EmbeddedMulti<Ins, Outs> {
  /** Each output of all rows, one row after the other. Throws a `TypeError` if inputs do not fit the model. */
  readonly predict: (given: { readonly [K in keyof Ins]: Rows | AnyTensor }) => {
    readonly [K in keyof Outs]: Float32Array
  }
}

/** The forms of `embed`: to predict, to train, or with several inputs and outputs. */
export interface EmbedFn {
  <M extends AnyModel>(model: M, options: EmbedTrainOptions<M>): EmbeddedTrainer<M>
  <M extends AnyModel>(model: M, options: EmbedOptions<M>): Embedded<M>
  <Ins, Outs, Def>(
    model: MultiModel<Ins, Outs, Def>,
    options: EmbedOptions<MultiModel<Ins, Outs, Def>>,
  ): EmbeddedMulti<Ins, Outs>
}

/** What a builder finds behind a value that `embed` returned. */
export interface EmbedRecord {
  readonly model: unknown
  readonly options: PlanOptions
  readonly weights: (layout: WeightLayout) => WeightVectors
  /** The weights' file, where they come from one. */
  readonly file: string | undefined
  /** Where `embed` was called: `file:line:column`. Found when first called. */
  readonly place: () => string | undefined
}

const record = Symbol.for('densor.embedded')

/** The record behind a value that `embed` returned. */
export const embedRecordOf = (value: unknown): EmbedRecord | undefined =>
  typeof value === 'object' && value !== null && record in value ? (value[record] as EmbedRecord) : undefined

const building = Symbol.for('densor.building')

/** Says that a builder runs: `embed` then only notes what it was called with. */
export const beginBuilding = (): void => {
  Object.assign(globalThis, { [building]: true })
}

/** The place of a frame of the stack. Engines write a stack down when it is first read, and read source maps for it. */
const placeIn = ({ stack }: Error, frame: number): string | undefined =>
  /^ *at (?:async )?(?:\S+ \()?(.*:\d+:\d+)\)?$/.exec(stack?.split('\n')[1 + frame] ?? '')?.[1]

/** The tensors of a safetensors file, by name. Throws `unreadable-file`, `malformed-file`. */
export const readTensors = (file: string): readonly (readonly [string, AnyTensor])[] => {
  const bytes = attemptRead(file)
  const { tensors } = decodeSafetensors(bytes, file)
  return tensors.map(({ name, dtype, shape, data }) => [name, tensorOf(shape, dtype, data)])
}

const attemptRead = (file: string): Uint8Array<ArrayBuffer> => {
  try {
    return new Uint8Array(readFileSync(file))
  } catch (error) {
    throw userFault(
      'unreadable-file',
      `cannot read ${file}: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** The weights of a safetensors file as the vectors of a model. Throws as `loadWeights` fails. */
export const vectorsOfFile = (layout: WeightLayout, file: string): WeightVectors =>
  flatOf(layout, readTensors(file), file)

/** embed's options without the types of the model. */
interface UntypedEmbedOptions extends PlanOptions {
  readonly weights: unknown
}

const recordOf = (model: unknown, { weights: given, ...options }: UntypedEmbedOptions): EmbedRecord => {
  const file = given instanceof URL ? fileURLToPath(given) : typeof given === 'string' ? given : undefined
  const call = new Error()
  return {
    model,
    options,
    file,
    // above this function and `embed`
    place: () => placeIn(call, 2),
    weights: layout =>
      file === undefined
        ? // WeightsOf<M> is a record of records of tensors for every M
          flatOf(layout, leavesOf(given as WeightTree), 'embed: the weights')
        : vectorsOfFile(layout, file),
  }
}

const compiled = (about: EmbedRecord): object => {
  try {
    const plan = planModel('model', about.model, about.options)
    return bindPlan(plan, about.weights(plan.layout))
  } catch (error) {
    throw error instanceof Fault ? new FaultError(error) : error
  }
}

/**
 * A model with its weights as functions on plain arrays of numbers. Without a bundler's plugin it is compiled
 * when the module starts. With one (`densor/vite`, `densor/esbuild`, …) it is compiled when the module is
 * bundled: the bundle then holds a few kilobytes of code instead of densor, with the same results. Throws a
 * `FaultError` if the model, the weights and the options do not fit together.
 *
 * @example
 * ```ts
 * import { dense, init, input, sequential, unwrap } from 'densor'
 * import { embed } from 'densor/embed'
 *
 * const model = sequential(input(4), dense(8, 'relu'), dense(2, 'softmax'))
 * export const policy = embed(model, { weights: unwrap(init(model)) })
 * console.log(policy.predict([0.1, 0.2, 0.3, 0.4])) // two probabilities
 * ```
 */
export const embed: EmbedFn = (model: AnyModel | AnyMultiModel, options: UntypedEmbedOptions) => {
  const about = recordOf(model, options)
  const functions = building in globalThis ? {} : compiled(about)
  // The typed edge: the functions are those that the plan has, which its options decide.
  return Object.defineProperty(functions, record, { value: about }) as never
}
