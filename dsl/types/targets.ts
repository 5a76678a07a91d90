/** Targets and weights of samples meet what a loss wants of them, as types. */
import type { DataShape, Nested, NestedShape, NumberArray, SameRank, Stranger } from './data.js'
import type { AnyError, SameShape, Shape, ShapeError } from './dims.js'
import type { Loss, TargetOf } from './losses.js'
import type { Match, ShapeOf, TensorLike } from './unify.js'
import type { Advised, ClassNumbers, ExpectedRank, OneATarget, OneHotRows } from './wording.js'

/** What a loss says of targets Y for an output of shape Out; `For` is `''`, or ` for <name>`. */
export type TargetVerdict<Op extends string, For extends string, L extends Loss, Out, Y> =
  MatchData<`${Op}: target of ${L['kind']}${For}`, TargetOf<L, Out>, Y> extends infer Verdict
    ? Verdict extends ShapeError<infer Sentence>
      ? Advise<Sentence, AdviceFor<L['kind'], Out, Y>>
      : Verdict
    : never

type Advise<Sentence extends string, Advice> = [Advice] extends [string]
  ? ShapeError<Advised<Sentence, Advice>>
  : ShapeError<Sentence>

/** What to do where the targets are those of another loss, or `undefined`; the run time's is in src/train/targets.ts. */
type AdviceFor<Kind extends string, Out, Y> = Y extends TensorLike | Nested
  ? Kind extends 'sparseCategoricalCrossentropy'
    ? If<SameShape<DataShape<Y>, Out>, OneHotRows>
    : Out extends readonly [...infer Front, infer Last]
      ? If<
          SameShape<DataShape<Y>, Front>,
          Kind extends 'categoricalCrossentropy' ? ClassNumbers : OneATarget<Last>
        >
      : undefined
  : undefined

type If<Same, Advice> = Same extends 'no' ? undefined : Advice

/** Data X against the shape Want: `unknown`, or a refusal. A last axis of one may be there or not, as in Keras. */
export type MatchData<Op extends string, Want, X> = X extends TensorLike
  ? MatchColumn<Op, Want, ShapeOf<X>>
  : X extends NumberArray
    ? unknown
    : X extends Nested
      ? HasRank<Want, NestedShape<X>> extends true
        ? unknown
        : ShapeError<ExpectedRank<Op, Want, NestedShape<X>>>
      : ShapeError<Stranger<Op, X>>

type MatchColumn<Op extends string, Want, Got> =
  Match<Op, Want, Got> extends infer Verdict
    ? Verdict extends AnyError
      ? MatchWithoutOne<Op, Want, Got> extends AnyError
        ? Verdict
        : unknown
      : unknown
    : never

/** The same when the one of both that has a last axis of one more than the other is taken without it. */
type MatchWithoutOne<Op extends string, Want, Got> = Want extends readonly [...infer Front extends Shape, 1]
  ? Match<Op, Front, Got>
  : Got extends readonly [...infer Front extends Shape, 1]
    ? Match<Op, Want, Front>
    : AnyError

/** Whether nested arrays may have the shape Want: lengths are known at run time only. */
type HasRank<Want, Got> =
  SameRank<Want, Got> extends true
    ? true
    : Want extends readonly [...infer Front extends Shape, 1]
      ? SameRank<Front, Got>
      : Got extends readonly [...infer Front extends Shape, unknown]
        ? SameRank<Want, Front>
        : false
