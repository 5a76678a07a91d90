/**
 * Data meets model, as types: symbols are bound by the data, targets are compared with what the loss wants.
 */
import type { AnyError, Dim, IsUnion, NoMembers, Shape, ShapeError } from './dims.js'
import type { AnyTensor, Guard, Tensor } from './layer.js'
import type { AnySeq, Fold, Seq } from './layers.js'
import type { LossName, LossOf } from './losses.js'
import type { AnyModel, AnyMultiModel, Model, MultiModel, WeightsOf } from './model.js'
import type {
  DataByName,
  FedByName,
  ForSomeOutputs,
  LossesByOutput,
  OneLoss,
  OutputsByName,
  TargetsByName,
  TargetVerdict,
  TensorsOf,
} from './named.js'
import type { Match, ShapeOf, SubstituteIn, Unify } from './unify.js'
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
    ? ClosedSeq<Layers, ShapeOf<X>>
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
 * The symbols that feeding X to M binds, or the refusal. A model that was refused where it was built is not
 * refused again; a seq meets its input only here, so its layers are judged now.
 */
type Fed<Op extends string, M, X> =
  Closed<M, X> extends Model<infer In, infer Out, unknown>
    ? Out extends AnyError
      ? M extends AnyModel
        ? unknown
        : Out
      : [X] extends [AnyTensor]
        ? Unify<Op, In, ShapeOf<X>>
        : ShapeError<OneTensor<Op, 'input'>>
    : never

/** The parameter type of the data x of a model: X, or the sentence that refuses it, or such by name. */
export type Data<Op extends string, M, X> = Feedable extends M
  ? X
  : M extends MultiModel<infer Ins, unknown, unknown>
    ? DataByName<Op, Ins, X>
    : Guard<Fed<Op, M, X>, X>

/** The parameter type of a model's weights. */
export type WeightsFor<M, X> = Feedable extends M ? unknown : WeightsOf<Closed<M, X>>

/** The shape that the model gives for data X. `never` when X was refused. */
export type OutputOf<M, X> =
  Fed<'', M, X> extends infer Bound
    ? Bound extends AnyError
      ? never
      : SubstituteIn<(Closed<M, X> & AnyModel)['out'], Bound>
    : never

/** The shapes that a model of several outputs gives for data X, by name. `never` when X was refused. */
type OutputsOf<M, X> =
  M extends MultiModel<infer Ins, infer Outs, unknown>
    ? FedByName<'', Ins, X> extends infer Bound
      ? [Bound] extends [AnyError]
        ? never
        : OutputsByName<Outs, Bound>
      : never
    : never

/** What a model answers to data X: a tensor, or one for each output by name. */
export type Answer<M, X> = M extends AnyMultiModel ? TensorsOf<OutputsOf<M, X>> : Tensor<OutputOf<M, X>>

/**
 * The parameter type of the targets y: Y, or the sentence. Silent when x is refused, and when the loss is
 * (then L is all of its constraint): the mistake is reported there.
 */
export type Target<Op extends string, M, X, L, Y> = Feedable extends M
  ? Y
  : M extends AnyMultiModel
    ? [OutputsOf<M, X>] extends [never]
      ? Y
      : TargetsByName<Op, OutputsOf<M, X>, L, Y>
    : [OutputOf<M, X>] extends [never]
      ? Y
      : LossName extends L
        ? Y
        : [LossOf<L>] extends [never]
          ? Y
          : Guard<TargetVerdict<Op, '', LossOf<L>, OutputOf<M, X>, Y>, Y>

/** The parameter type of the loss: L, for all outputs, or by the names of a model's outputs. */
export type LossFor<M, L> =
  M extends MultiModel<unknown, infer Outs, unknown> ? LossesByOutput<Outs, L> : OneLoss<L>

/** Options that a model of several outputs takes for each of them, by name. */
type PerOutputKeys = 'metrics' | 'weightedMetrics'

/** Options as a model takes them: where it has several outputs, metrics for all or by name, and the losses' factors. */
export type OptionsFor<M, Options> = Feedable extends M
  ? Options
  : M extends MultiModel<unknown, infer Outs, unknown>
    ? Omit<Options, PerOutputKeys> & OptionsByName<Outs, Options>
    : Options

type OptionsByName<Outs, Options> = {
  readonly [K in keyof Options & PerOutputKeys]?:
    | NonNullable<Options[K]>
    | ForSomeOutputs<Outs, NonNullable<Options[K]>>
} & {
  /** Factors of the outputs' losses in their sum; 1 unless given. */
  readonly lossWeights?: ForSomeOutputs<Outs, number>
}

/** The parameter type of one weight per sample: [batch] of the data X, or the sentence; or such by an output's name. */
export type SampleWeight<Op extends string, M, X, W> = [W] extends [AnyTensor]
  ? WeightOf<`${Op}: sampleWeight`, BatchOf<X>, W>
  : M extends MultiModel<unknown, infer Outs, unknown>
    ? WeightsByOutput<`${Op}: sampleWeight`, Outs, BatchOf<X>, W>
    : OneTensor<`${Op}: sampleWeight`, 'weight'>

/** The batch of data X, of one tensor or of several: a union where those differ. */
type BatchOf<X> = X extends AnyTensor ? FirstOf<ShapeOf<X>> : FirstOf<ShapeOf<X[keyof X]>>

type FirstOf<S> = S extends readonly [infer Batch extends Dim, ...Shape] ? [Batch] : []

/** Inputs that differ in their batch are refused themselves. */
type WeightOf<Op extends string, Batch extends Shape, W> =
  IsUnion<Batch> extends true ? W : Guard<Match<Op, Batch, ShapeOf<W>>, W>

type WeightsByOutput<Op extends string, Outs, Batch extends Shape, W> = {
  readonly [K in keyof Outs & string]?: K extends keyof W
    ? WeightOf<`${Op} for ${K}`, Batch, W[K]>
    : AnyTensor
} & NoMembers
