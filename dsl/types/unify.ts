/** Shapes with symbols meet shapes of data: symbols are bound, what is left is compared. */
import type { Dim, NoMembers, SameDim, Shape, ShapeError } from './dims.js'
import type { Tensor } from './layer.js'
import type { Expected, ExpectedOnlyAtRunTime, ExpectedRank, SymbolDiffers } from './wording.js'

/**
 * What only tensors have. `X extends AnyTensor` would stay open where the shape has type parameters, as in functions
 * generic over the number of rows; this does not.
 */
export interface TensorLike {
  readonly '~shape': unknown
  readonly dtype: unknown
  readonly data: unknown
}

/** The shape of a tensor type. */
export type ShapeOf<X> = X extends TensorLike ? X['~shape'] : never

/** The element type of a tensor type. */
export type DTypeOf<X> = X extends Tensor<Shape, infer D> ? D : never

// ---- a model's symbols hold for every size: bind them to the data's dimensions

/**
 * SameDim, where a dimension that the model itself knows only at run time takes any: nothing could narrow it, and the
 * run time compares.
 */
type FitsDim<Want, Got> = number extends Want ? 'yes' : SameDim<Want, Got>

/**
 * The record symbol -> dimension that makes Pattern equal to Got, or a ShapeError. A model that knows the rank of its
 * input only at run time leaves the shape to the run time; data that does must be narrowed.
 */
export type Unify<Op extends string, Pattern, Got> = number extends (Pattern & Shape)['length']
  ? BatchBinding<Pattern, Got>
  : number extends (Got & Shape)['length']
    ? ShapeError<ExpectedOnlyAtRunTime<Op, Pattern, Got>>
    : UnifyFromLeft<Op, Pattern, Got, NoMembers, Pattern, Got>

type BatchBinding<Pattern, Got> = Pattern extends readonly [infer Batch extends string, ...unknown[]]
  ? Got extends readonly [infer Rows, ...unknown[]]
    ? { readonly [N in Batch]: Rows }
    : NoMembers
  : NoMembers

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
        : FitsDim<want, got> extends infer Same
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

/**
 * Want against Got without binding anything: 'N' only equals 'N'. `unknown`, or a ShapeError. The first dimension is
 * the data's: a number of rows that is known only at run time fits any, and the run time compares. The others are the
 * model's. A rank that the model knows only at run time takes any shape.
 */
export type Match<Op extends string, Want, Got> = number extends (Want & Shape)['length']
  ? unknown
  : number extends (Got & Shape)['length']
    ? ShapeError<ExpectedOnlyAtRunTime<Op, Want, Got>>
    : MatchFromLeft<Op, Want, Got, Want, Got>

/**
 * SameDim, where rows that either side counts at run time fit. Equal ones come first, in a box of their own: a tuple of
 * type parameters would be left open.
 */
type SameRows<Want, Got> =
  Both<Want, Got> extends Both<Got, Want>
    ? 'yes'
    : string extends Want | Got
      ? 'yes'
      : SameDim<Want, Got> extends 'no'
        ? 'no'
        : 'yes'

interface Both<out A, out B> {
  readonly a: A
  readonly b: B
}

type MatchFromLeft<Op extends string, Want, Got, WholeWant, WholeGot> = Want extends readonly [
  infer want,
  ...infer MoreWanted,
]
  ? Got extends readonly [infer got, ...infer MoreGot]
    ? (Want extends WholeWant ? SameRows<want, got> : FitsDim<want, got>) extends infer Same
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

/** The same for the shape of a model's output: any shape where it is not known, `never` for what is no shape. */
export type SubstituteIn<S, Bound> = unknown extends S
  ? Shape
  : Substitute<S, Bound> extends infer Out extends Shape
    ? Out
    : never
