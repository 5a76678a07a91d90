/** The call signatures of losses and of the functions that take data: fit, evaluate, predict, init. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../runtime/fault.js'
import type { History, LogNames, MetricsFor, MetricsGiven, Scores } from './history.js'
import type { AnyTensor } from './layer.js'
import type { AnyModel, AnyMultiModel, WeightsOf } from './model.js'
import type { LossesGiven } from './named.js'
import type { Task } from './signatures-task.js'
import type {
  Answer,
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Closed,
  Data,
  Feedable,
  LossFor,
  MeanAbsoluteError,
  MeanSquaredError,
  OptionsFor,
  SampleWeight,
  SparseCategoricalCrossentropy,
  Target,
  WeightsFor,
} from './training.js'

// ---- losses

/** What cross-entropies take: whether the model gives logits, and label smoothing (0 to 1). */
export interface CrossentropyOptions {
  readonly fromLogits?: boolean
  readonly labelSmoothing?: number
}

/** Cross-entropy between distributions. */
export type CategoricalCrossentropyFn = (options?: CrossentropyOptions) => CategoricalCrossentropy
/** Cross-entropy of independent yes/no outputs. */
export type BinaryCrossentropyFn = (options?: CrossentropyOptions) => BinaryCrossentropy
/** Cross-entropy with class numbers as targets. */
export type SparseCategoricalCrossentropyFn = (
  options?: Pick<CrossentropyOptions, 'fromLogits'>,
) => SparseCategoricalCrossentropy
/** The mean of squared differences. */
export type MeanSquaredErrorFn = () => MeanSquaredError
/** The mean of absolute differences. */
export type MeanAbsoluteErrorFn = () => MeanAbsoluteError

// ---- training

/** What was learned, and how it went. `History` is the run time's record of losses and metrics. */
export interface Fitted<M, History, State = unknown> {
  /** The model; a seq without an input has been closed by the data. */
  readonly model: M
  readonly weights: WeightsOf<M>
  readonly history: History
  /** Where the training stands, to go on with `resume` or to save. */
  readonly training: State
}

/** Samples: x is checked against the model, y against the loss, sampleWeight against the batch. */
export interface SamplesFor<Op extends string, M, X, L, Y, W> {
  readonly x: Data<`${Op}: model input`, M, X>
  readonly y: Target<Op, M, X, L, Y>
  /** One weight a sample; where a model has several outputs also by their names. */
  readonly sampleWeight?: SampleWeight<Op, M, X, W>
}

/** Validation samples for fit, with a batch of their own. */
export interface ValidationData<M, X, L, Y, W> {
  readonly x: Data<'fit: validationData.x', M, X>
  readonly y: Target<'fit: validationData', M, X, L, Y>
  readonly sampleWeight?: SampleWeight<'fit: validationData', M, X, W>
}

/** The part of evaluate's options that types know about: what to make small, and what to watch. */
export interface TypedOptions<M, L, K, J> {
  readonly loss: LossFor<M, L>
  /** Averaged over the samples, whatever their weights. */
  readonly metrics?: MetricsFor<M, K>
  /** Averaged with the samples' weights. */
  readonly weightedMetrics?: MetricsFor<M, J>
}

/** The part of fit's options that types know about. */
export interface TypedFitOptions<M, X, L, K, J, VX, VY, VW> extends TypedOptions<M, L, K, J> {
  readonly validationData?: ValidationData<M, VX, L, VY, VW>
  readonly initialWeights?: WeightsFor<M, NoInfer<X>>
}

/** Trains a model on typed data. `Options` are the run time's: optimizer, epochs, callbacks, … */
export type FitFn<Options, State = unknown> = <
  M extends Feedable,
  L extends LossesGiven,
  X,
  Y,
  W = AnyTensor,
  const K extends MetricsGiven = readonly [],
  const J extends MetricsGiven = readonly [],
  VX = AnyTensor,
  VY = AnyTensor,
  VW = AnyTensor,
>(
  model: M,
  data: SamplesFor<'fit', M, X, L, Y, W>,
  options: TypedFitOptions<M, X, L, K, J, VX, VY, VW> & OptionsFor<M, Options>,
) => Task<Fitted<Closed<M, X>, History<LogNames<M, K, J>>, State>>

/** Loss and metrics on typed data. */
export type EvaluateFn<Options> = <
  M extends Feedable,
  L extends LossesGiven,
  X,
  Y,
  W = AnyTensor,
  const K extends MetricsGiven = readonly [],
  const J extends MetricsGiven = readonly [],
>(
  model: M,
  weights: WeightsFor<M, NoInfer<X>>,
  data: SamplesFor<'evaluate', M, X, L, Y, W>,
  options: TypedOptions<M, L, K, J> & OptionsFor<M, Options>,
) => Task<Scores<LogNames<M, K, J>>>

/** The model's output for x, or a record of its outputs; its batch is x's. */
export type PredictFn<Options> = <M extends Feedable, X>(
  model: M,
  weights: WeightsFor<M, NoInfer<X>>,
  x: Data<'predict', M, X>,
  options?: Options,
) => Task<Answer<M, X>>

/**
 * Fresh weights for a model. A seq without an input takes it from the shape of `like`, as fit takes it from
 * x.
 */
export type InitFn<Options> = <M extends Feedable, X = AnyTensor>(
  model: M,
  ...rest: AfterModel<M, X, Options>
) => Either<Fault, WeightsOf<Closed<M, X>>>

type AfterModel<M, X, Options> = Feedable extends M
  ? [likeOrOptions?: unknown, options?: Options]
  : {
      readonly model: [options?: Options]
      readonly seq: [like: Data<'init', M, X>, options?: Options]
    }[KindOf<M>]

type KindOf<M> = M extends AnyModel | AnyMultiModel ? 'model' : 'seq'

/** Weights from outside, as the weights of this model. */
export type LoadWeightsFn<Source> = <M extends AnyModel | AnyMultiModel>(
  model: M,
  source: Source,
  /** Sizes of the symbols in the model's input that weights depend on. */
  options?: { readonly sizes?: Readonly<Record<string, number>> },
) => Task<WeightsOf<M>>

/** The same at once, without reading a file. */
export type DecodeWeightsFn<Source> = <M extends AnyModel | AnyMultiModel>(
  model: M,
  source: Source,
  /** Sizes of the symbols in the model's input that weights depend on. */
  options?: { readonly sizes?: Readonly<Record<string, number>> },
) => Either<Fault, WeightsOf<M>>
