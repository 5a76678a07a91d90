/**
 * Data meets model, as types: symbols are bound by the data, targets are compared with what the loss wants.
 */
import type { AnyData, BatchOfData, DataShape, GuardData, IsData, Meet } from './data.js'
import type { AnyError, Dim, IsUnion, NoMembers, Shape, ShapeError } from './dims.js'
import type { Tensor } from './layer.js'
import type { AnySeq, AnyWeights, Fold, Seq } from './layers.js'
import type { Loss, LossName, LossOf } from './losses.js'
import type { AnyModel, AnyMultiModel, Model, ModelData, MultiModelData, WeightsOf } from './model.js'
import type {
  DataByName,
  FedByName,
  ForSomeOutputs,
  LossesByOutput,
  OneLoss,
  OutputsByName,
  TargetsByName,
  TensorsOf,
} from './named.js'
import type { MatchData, TargetVerdict } from './targets.js'
import type { SubstituteIn } from './unify.js'
import type { OneTensor } from './wording.js'

export type * from './losses.js'
export type { DTypeOf, Match, ShapeOf, Substitute, Unify } from './unify.js'

// ---- a seq without an input takes it from the data

/** Models that can be fed: one with inputs, or a seq, whose input dimensions come from the data. */
export type Feedable = AnyModel | AnyMultiModel | AnySeq

/** M itself, or the model that a seq is on data of type X: the batch is 'N', the rest is the data's. */
export type Closed<M, X> = M extends AnyModel | AnyMultiModel
  ? M
  : M extends Seq<infer Layers>
    ? ClosedSeq<Layers, DataShape<X>>
    : never

type ClosedSeq<Layers extends readonly unknown[], S> = S extends readonly [
  Dim,
  ...infer Features extends Shape,
]
  ? Model<['N', ...Features], Fold<Layers, ['N', ...Features]>, Seq<Layers>>
  : Model<['N'], Fold<Layers, S>, Seq<Layers>>

// ---- what the functions that take data check. A model written in place, as in `fit(seq(...), ...)`, is not
// known yet when TypeScript first looks at the other arguments: M is then all of Feedable, and everything
// passes.
// (It puts off generic calls that return something callable, as every layer is.)

/**
 * What is known of a model: 'one' input and output, several 'named' ones, or nothing, where it is 'any' model.
 *
 * In a function generic over its model, M is a type parameter and this conditional stays open; TypeScript then puts
 * M's constraint, AnyModel, in its place. So a parameter whose type is picked by it, as `TypesOf[Known<M>]`, takes
 * everything there, and the run time checks.
 */
export type Known<M> = M extends AnyMultiModel
  ? string extends keyof M['ins']
    ? 'any'
    : 'named'
  : M extends AnyModel
    ? [unknown, number] extends [M['def'], M['in']['length']]
      ? 'any'
      : 'one'
    : M extends AnySeq
      ? number extends M['layers']['length']
        ? 'any'
        : 'one'
      : never

/**
 * The symbols that feeding X to M binds, or the refusal. A model that was refused where it was built is not
 * refused again; a seq meets its input only here, so its layers are judged now.
 */
type Fed<Op extends string, M, X> =
  Closed<M, X> extends ModelData<infer In, infer Out, unknown>
    ? Out extends AnyError
      ? M extends AnyModel
        ? unknown
        : Out
      : IsRecord<X> extends true
        ? ShapeError<OneTensor<Op, 'input'>>
        : Meet<Op, In, X>
    : never

/** Whether X is some data by name: not data itself, nor a result in its wrapping. */
type IsRecord<X> = [X] extends [Readonly<Record<string, unknown>>]
  ? IsData<X[keyof X]> extends true
    ? IsData<X> extends true
      ? false
      : true
    : false
  : false

interface DataTypes<Op extends string, M, X> {
  readonly any: X
  readonly one: unknown extends X ? X : GuardData<Fed<Op, M, X>, X>
  readonly named: M extends MultiModelData<infer Ins, unknown, unknown> ? DataByName<Op, Ins, X> : never
}

/** The parameter type of the data x of a model: X, or the sentence that refuses it, or such by name. */
export type Data<Op extends string, M, X> = Feedable extends M ? X : DataTypes<Op, M, X>[Known<M>]

interface WeightTypes<M, X> {
  readonly any: unknown
  readonly one: WeightsTaken<WeightsOf<Closed<M, X>>>
  readonly named: WeightsOf<M>
}

/** Weights of layers that are known at run time only may be of any record type. */
type WeightsTaken<Weights> = AnyWeights extends Weights ? object : Weights

/** The parameter type of a model's weights. */
export type WeightsFor<M, X> = Feedable extends M ? unknown : WeightTypes<M, X>[Known<M>]

/** The shape that the model gives for data X. `never` when X was refused. */
export type OutputOf<M, X> =
  Fed<'', M, X> extends infer Bound
    ? [Bound] extends [never]
      ? never
      : [Extract<Bound, AnyError>] extends [never]
        ? SubstituteIn<(Closed<M, X> & AnyModel)['out'], Bound>
        : never
    : never

/** The shapes that a model of several outputs gives for data X, by name. `never` when X was refused. */
type OutputsOf<M, X> =
  M extends MultiModelData<infer Ins, infer Outs, unknown>
    ? FedByName<'', Ins, X> extends infer Bound
      ? [Bound] extends [AnyError]
        ? never
        : OutputsByName<Outs, Bound>
      : never
    : never

/** What a model answers to data X: a tensor, or one for each output by name. */
export type Answer<M, X> = M extends AnyMultiModel ? TensorsOf<OutputsOf<M, X>> : Tensor<OutputOf<M, X>>

interface TargetTypes<Op extends string, M, X, L, Y> {
  readonly any: Y
  readonly one: [OutputOf<M, X>] extends [never]
    ? Y
    : LossName extends L
      ? Y
      : [LossOf<L>] extends [never]
        ? Y
        : GuardData<TargetFor<Op, LossOf<L>, OutputOf<M, X>, Y>, Y>
  readonly named: [OutputsOf<M, X>] extends [never] ? Y : TargetsByName<Op, OutputsOf<M, X>, L, Y>
}

type TargetFor<Op extends string, L extends Loss, Out, Y> =
  IsRecord<Y> extends true ? ShapeError<OneTensor<Op, 'target'>> : TargetVerdict<Op, '', L, Out, Y>

/**
 * The parameter type of the targets y: Y, or the sentence. Silent when x is refused, and when the loss is
 * (then L is all of its constraint): the mistake is reported there.
 */
export type Target<Op extends string, M, X, L, Y> = Feedable extends M
  ? Y
  : TargetTypes<Op, M, X, L, Y>[Known<M>]

interface LossTypes<M, L> {
  readonly any: L
  readonly one: OneLoss<L>
  readonly named: M extends MultiModelData<unknown, infer Outs, unknown> ? LossesByOutput<Outs, L> : never
}

/** The parameter type of the loss: L, for all outputs, or by the names of a model's outputs. */
export type LossFor<M, L> = Feedable extends M ? L : LossTypes<M, L>[Known<M>]

/** Options that a model of several outputs takes for each of them, by name. */
type PerOutputKeys = 'metrics' | 'weightedMetrics'

interface OptionTypes<M, Options> {
  readonly any: Options
  readonly one: Options
  readonly named: M extends MultiModelData<unknown, infer Outs, unknown>
    ? Omit<Options, PerOutputKeys> & OptionsByName<Outs, Options>
    : never
}

/** Options as a model takes them: where it has several outputs, metrics for all or by name, and the losses' factors. */
export type OptionsFor<M, Options> = Feedable extends M ? Options : OptionTypes<M, Options>[Known<M>]

type OptionsByName<Outs, Options> = {
  readonly [K in keyof Options & PerOutputKeys]?:
    | NonNullable<Options[K]>
    | ForSomeOutputs<Outs, NonNullable<Options[K]>>
} & {
  /** Factors of the outputs' losses in their sum. Default: 1. */
  readonly lossWeights?: ForSomeOutputs<Outs, number>
}

interface SampleWeightTypes<Op extends string, M, X, W> {
  readonly any: W
  readonly one: IsRecord<W> extends true ? OneTensor<Op, 'weight'> : WeightOf<Op, BatchOf<X>, W>
  readonly named: M extends MultiModelData<unknown, infer Outs, unknown>
    ? IsRecord<W> extends true
      ? WeightsByOutput<Op, Outs, BatchOf<X>, W>
      : WeightOf<Op, BatchOf<X>, W>
    : never
}

/** The parameter type of one weight per sample: [batch] of the data X, or the sentence; or such by an output's name. */
export type SampleWeight<Op extends string, M, X, W> = Feedable extends M
  ? W
  : SampleWeightTypes<`${Op}: sampleWeight`, M, X, W>[Known<M>]

/** The batch of data X, of one tensor or of several: a union where those differ. */
type BatchOf<X> = IsData<X> extends true ? BatchOfData<X> : BatchOfData<X[keyof X]>

/** Inputs that differ in their batch are refused themselves. */
type WeightOf<Op extends string, Batch extends Shape, W> =
  IsUnion<Batch> extends true ? W : GuardData<MatchData<Op, Batch, W>, W>

type WeightsByOutput<Op extends string, Outs, Batch extends Shape, W> = {
  readonly [K in keyof Outs & string]?: K extends keyof W ? WeightOf<`${Op} for ${K}`, Batch, W[K]> : AnyData
} & NoMembers
