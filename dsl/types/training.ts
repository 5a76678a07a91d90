/**
 * Data meets model, as types: symbols are bound by the data, targets are compared with what the loss wants.
 */
import type { AnyError, Dim, NoMembers, SameDim, Shape, ShapeError } from './dims.js'
import type { DType, Guard, Tensor } from './layer.js'
import type { AnySeq, Fold, Seq } from './layers.js'
import type { AnyModel, Model, WeightsOf } from './model.js'
import type { Expected, ExpectedOnlyAtRunTime, ExpectedRank, SymbolDiffers, TargetDType } from './wording.js'

// ---- a model's symbols hold for every size: bind them to the data's dimensions

/** The record symbol -> dimension that makes Pattern equal to Got, or a ShapeError. */
export type Unify<Op extends string, Pattern, Got> = number extends
  | (Pattern & Shape)['length']
  | (Got & Shape)['length']
  ? ShapeError<ExpectedOnlyAtRunTime<Op, Pattern, Got>>
  : UnifyFromLeft<Op, Pattern, Got, NoMembers, Pattern, Got>

type UnifyFromLeft<
  Op extends string,
  Pattern,
  Got,
  Bound,
  WholePattern,
  WholeGot,
> = Pattern extends readonly [infer want, ...infer MoreWanted]
  ? Got extends readonly [infer got, ...infer MoreGot]
    ? want extends keyof Bound & string
      ? SameDim<Bound[want], got> extends 'yes'
        ? UnifyFromLeft<Op, MoreWanted, MoreGot, Bound, WholePattern, WholeGot>
        : ShapeError<SymbolDiffers<Op, want, Bound[want], got>>
      : want extends string
        ? UnifyFromLeft<
            Op,
            MoreWanted,
            MoreGot,
            Bound & { readonly [k in want]: got },
            WholePattern,
            WholeGot
          >
        : SameDim<want, got> extends infer Same
          ? Same extends 'yes'
            ? UnifyFromLeft<Op, MoreWanted, MoreGot, Bound, WholePattern, WholeGot>
            : Same extends 'maybe'
              ? ShapeError<ExpectedOnlyAtRunTime<Op, WholePattern, WholeGot>>
              : ShapeError<Expected<Op, WholePattern, WholeGot, want, got>>
          : never
    : ShapeError<ExpectedRank<Op, WholePattern, WholeGot>>
  : Got extends readonly []
    ? Bound
    : ShapeError<ExpectedRank<Op, WholePattern, WholeGot>>

/** Want against Got without binding anything: 'N' only equals 'N'. `unknown`, or a ShapeError. */
export type Match<Op extends string, Want, Got> = number extends
  | (Want & Shape)['length']
  | (Got & Shape)['length']
  ? ShapeError<ExpectedOnlyAtRunTime<Op, Want, Got>>
  : MatchFromLeft<Op, Want, Got, Want, Got>

type MatchFromLeft<Op extends string, Want, Got, WholeWant, WholeGot> = Want extends readonly [
  infer want,
  ...infer MoreWanted,
]
  ? Got extends readonly [infer got, ...infer MoreGot]
    ? SameDim<want, got> extends infer Same
      ? Same extends 'yes'
        ? MatchFromLeft<Op, MoreWanted, MoreGot, WholeWant, WholeGot>
        : Same extends 'maybe'
          ? ShapeError<ExpectedOnlyAtRunTime<Op, WholeWant, WholeGot>>
          : ShapeError<Expected<Op, WholeWant, WholeGot, want, got>>
      : never
    : ShapeError<ExpectedRank<Op, WholeWant, WholeGot>>
  : Got extends readonly []
    ? unknown
    : ShapeError<ExpectedRank<Op, WholeWant, WholeGot>>

/** S with its symbols replaced by what they are bound to; a composite symbol becomes `number`. */
export type Substitute<S, Bound> = {
  [K in keyof S]: S[K] extends string ? (S[K] extends keyof Bound ? Bound[S[K]] & Dim : number) : S[K] & Dim
}

// ---- a seq without an input takes it from the data

/** Models that can be fed: one with an input, or a seq, whose input dimensions come from the data. */
export type Feedable = AnyModel | AnySeq

/** The shape of a tensor type. */
export type ShapeOf<X> = X extends Tensor<infer S, DType> ? S : never

/** The element type of a tensor type. */
export type DTypeOf<X> = X extends Tensor<Shape, infer D> ? D : never

/** M itself, or the model that a seq is on data of type X: the batch is 'N', the rest is the data's. */
export type Closed<M, X> = M extends AnyModel
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
      : Unify<Op, In, ShapeOf<X>>
    : never

/** The parameter type of the data x of a model: X, or the sentence that refuses it. */
export type Data<Op extends string, M, X> = Feedable extends M ? X : Guard<Fed<Op, M, X>, X>

/** The parameter type of a model's weights. */
export type WeightsFor<M, X> = Feedable extends M ? unknown : WeightsOf<Closed<M, X>>

/** The shape that the model gives for data X. `never` when X was refused. */
export type OutputOf<M, X> =
  Fed<'', M, X> extends infer Bound
    ? Bound extends AnyError
      ? never
      : SubstituteIn<(Closed<M, X> & AnyModel)['out'], Bound>
    : never

type SubstituteIn<S, Bound> = Substitute<S, Bound> extends infer Out extends Shape ? Out : never

/**
 * The parameter type of the targets y: Y, or the sentence. Silent when x is refused, and when the loss is
 * (then L is all of its constraint): the mistake is reported there.
 */
export type Target<Op extends string, M, X, L, Y> = Feedable extends M
  ? Y
  : [OutputOf<M, X>] extends [never]
    ? Y
    : LossName extends L
      ? Y
      : Guard<TargetVerdict<Op, TargetOf<LossOf<L>, OutputOf<M, X>>, LossOf<L>, Y>, Y>

type TargetVerdict<Op extends string, Want, L extends Loss, Y> =
  DTypeOf<Y> extends L['~dtype']
    ? Match<`${Op}: target of ${L['kind']}`, Want, ShapeOf<Y>>
    : ShapeError<TargetDType<Op, L['kind'], L['~dtype'], DTypeOf<Y>>>

/** The parameter type of one weight per sample: [batch] of the data X, or the sentence. */
export type SampleWeight<Op extends string, X, W> = Guard<
  Match<`${Op}: sampleWeight`, BatchOf<ShapeOf<X>>, ShapeOf<W>>,
  W
>

type BatchOf<S> = S extends readonly [infer Batch extends Dim, ...Shape] ? [Batch] : []

// ---- losses: type-level functions from the output's shape to the target's type

/** What every loss has: from `this['~out']`, the shape of the targets it wants, and their dtype. */
export interface Loss {
  readonly kind: string
  readonly '~out': unknown
  readonly '~target': unknown
  readonly '~dtype': DType
}

/** The shape of the targets that L wants for a model output of shape Out. */
export type TargetOf<L extends Loss, Out> = (L & { readonly '~out': Out })['~target']

/** A loss whose targets look like the output. */
export interface SameShapeLoss extends Loss {
  readonly '~target': this['~out']
  readonly '~dtype': 'f32'
}

/** Cross-entropy between distributions: targets are one-hot or probabilities. */
export interface CategoricalCrossentropy extends SameShapeLoss {
  readonly kind: 'categoricalCrossentropy'
}

/** Cross-entropy of independent yes/no outputs. */
export interface BinaryCrossentropy extends SameShapeLoss {
  readonly kind: 'binaryCrossentropy'
}

/** Mean squared error. */
export interface MeanSquaredError extends SameShapeLoss {
  readonly kind: 'meanSquaredError'
}

/** Mean absolute error. */
export interface MeanAbsoluteError extends SameShapeLoss {
  readonly kind: 'meanAbsoluteError'
}

/** Cross-entropy with class numbers as targets: the output's shape without its last axis, i32. */
export interface SparseCategoricalCrossentropy extends Loss {
  readonly kind: 'sparseCategoricalCrossentropy'
  readonly '~target': WithoutLast<this['~out']>
  readonly '~dtype': 'i32'
}

type WithoutLast<S> = S extends readonly [...infer Front extends Shape, Dim] ? Front : []

/** The losses that can be given by name, with their defaults. */
export interface LossesByName {
  readonly categoricalCrossentropy: CategoricalCrossentropy
  readonly sparseCategoricalCrossentropy: SparseCategoricalCrossentropy
  readonly binaryCrossentropy: BinaryCrossentropy
  readonly meanSquaredError: MeanSquaredError
  readonly meanAbsoluteError: MeanAbsoluteError
}

/** The name of a loss. */
export type LossName = keyof LossesByName

/** A loss, itself or by name. */
export type LossOf<L> = L extends LossName ? LossesByName[L] : L extends Loss ? L : never
