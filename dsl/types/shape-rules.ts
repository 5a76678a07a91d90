/**
 * The shape rules of the graph operations, as types: shapes in, a shape or a ShapeError out. All are total.
 * Their run-time twins are in rules.ts; reshape and einsum have files of their own.
 */
import type { CompareDigits, SubtractDigits } from './digits.js'
import type { AddDims, AnyError, Dim, IfRanked, SameDim, Shape, ShapeError } from './dims.js'
import type {
  AxesRepeat,
  AxisOnlyAtRunTime,
  AxisOutOfRange,
  DifferOnAxis,
  DoesNotPermute,
  DoNotBroadcast,
  InnerDiffer,
  InnerOnlyAtRunTime,
  OnlyAtRunTime,
  OperandRankTwo,
  RanksDiffer,
} from './wording.js'

// ---- broadcasting, NumPy's: aligned at the right, a 1 stretches

/** The shape of an elementwise operation on A and B. Equal shapes, and scalars, take the short way. */
export type Broadcast<Op extends string, A, B> = [A, B] extends [B, A]
  ? number extends (A & Shape)[number]
    ? IfRanked<A, BroadcastFromRight<Op, A, B, A, B>>
    : A
  : B extends []
    ? A
    : IfRanked<A | B, BroadcastFromRight<Op, A, B, A, B>>

type BroadcastFromRight<
  Op extends string,
  A,
  B,
  WholeA,
  WholeB,
  Out extends Shape = [],
> = A extends readonly [...infer FrontA extends Shape, infer a extends Dim]
  ? B extends readonly [...infer FrontB extends Shape, infer b extends Dim]
    ? BroadcastDim<a, b> extends infer Result
      ? Result extends [infer D extends Dim]
        ? BroadcastFromRight<Op, FrontA, FrontB, WholeA, WholeB, [D, ...Out]>
        : Result extends 'maybe'
          ? ShapeError<OnlyAtRunTime<Op, WholeA, WholeB>>
          : ShapeError<DoNotBroadcast<Op, WholeA, WholeB, a, b>>
      : never
    : JoinShapes<A, Out>
  : JoinShapes<B, Out>

type JoinShapes<Front, Back extends Shape> = Front extends Shape ? [...Front, ...Back] : never

type BroadcastDim<A, B> = [A] extends [1]
  ? [B]
  : [B] extends [1]
    ? [A]
    : SameDim<A, B> extends infer Same
      ? Same extends 'yes'
        ? [A]
        : Same
      : never

// ---- matmul: [...batch, m, k] x [...batch, k, n] = [...batch, m, n]

/** The shape of the matrix product of A and B; the batch dimensions broadcast. */
export type Matmul<A, B> = IfRanked<A | B, MatmulRanked<A, B>>

type MatmulRanked<A, B> = A extends readonly [...infer BatchA, infer m extends Dim, infer k]
  ? B extends readonly [...infer BatchB, infer k2, infer n extends Dim]
    ? SameDim<k, k2> extends infer Same
      ? Same extends 'yes'
        ? Broadcast<'matmul', BatchA, BatchB> extends infer Batch
          ? Batch extends Shape
            ? [...Batch, m, n]
            : Batch
          : never
        : Same extends 'maybe'
          ? ShapeError<InnerOnlyAtRunTime<A, B>>
          : ShapeError<InnerDiffer<A, B, k, k2>>
      : never
    : ShapeError<OperandRankTwo<'right', B>>
  : ShapeError<OperandRankTwo<'left', A>>

// ---- axes: counted from the front (0, 1, ...) or from the back (-1, -2, ...)

/** The index that Axis means in S, as a string ('0', '1', ...); a ShapeError when there is none. */
export type AxisOf<Op extends string, S extends Shape, Axis extends number> = number extends Axis
  ? ShapeError<AxisOnlyAtRunTime<Op>>
  : `${Axis}` extends `-${infer FromBack}`
    ? CompareDigits<FromBack, `${S['length']}`> extends 'greater'
      ? ShapeError<AxisOutOfRange<Op, S, Axis>>
      : SubtractDigits<`${S['length']}`, FromBack>
    : `${Axis}` extends keyof S
      ? `${Axis}`
      : ShapeError<AxisOutOfRange<Op, S, Axis>>

/** Whether a tuple holds the same member twice. */
export type HasRepeats<Xs, Seen = never> = Xs extends readonly [infer Head, ...infer Tail]
  ? [Head] extends [Seen]
    ? true
    : HasRepeats<Tail, Seen | Head>
  : false

// ---- permute

/** S with its axes in the order that Axes names, e.g. [0, 2, 1]. */
export type Permute<S extends Shape, Axes extends readonly number[]> = IfRanked<S, PermuteRanked<S, Axes>>

type PermuteRanked<S extends Shape, Axes extends readonly number[]> =
  HasRepeats<Axes> extends true
    ? ShapeError<AxesRepeat<'permute', Axes>>
    : [Axes['length'], `${Axes[number]}`] extends [S['length'], keyof S]
      ? { [K in keyof Axes]: S[Axes[K] & keyof S] & Dim }
      : ShapeError<DoesNotPermute<S, Axes>>

// ---- concat

/** A and B joined along Axis: all other dimensions are the same, that one adds up. */
export type Concat<A, B, Axis extends number> = IfRanked<A | B, ConcatRanked<A, B, Axis>>

type ConcatRanked<A, B, Axis extends number> = A extends Shape
  ? AxisOf<'concat', A, Axis> extends infer Along
    ? Along extends string
      ? ConcatFromLeft<A, B, Along, A, B>
      : Along
    : never
  : never

type ConcatFromLeft<A, B, Along extends string, WholeA, WholeB, Out extends Shape = []> = A extends readonly [
  infer a extends Dim,
  ...infer RestA,
]
  ? B extends readonly [infer b extends Dim, ...infer RestB]
    ? `${Out['length']}` extends Along
      ? ConcatFromLeft<RestA, RestB, Along, WholeA, WholeB, [...Out, AddDims<a, b>]>
      : SameDim<a, b> extends infer Same
        ? Same extends 'yes'
          ? ConcatFromLeft<RestA, RestB, Along, WholeA, WholeB, [...Out, a]>
          : Same extends 'maybe'
            ? ShapeError<OnlyAtRunTime<'concat', WholeA, WholeB>>
            : ShapeError<DifferOnAxis<WholeA, WholeB, Out['length'], a, b, Along>>
        : never
    : ShapeError<RanksDiffer<WholeA, WholeB>>
  : B extends readonly []
    ? Out
    : ShapeError<RanksDiffer<WholeA, WholeB>>

/** First and then all of Rest joined along Axis; what failed before passes through. */
export type ConcatAll<
  First,
  Rest extends readonly unknown[],
  Axis extends number,
  Index extends 0[] = [],
> = Index['length'] extends Rest['length']
  ? First
  : First extends AnyError
    ? First
    : Rest[Index['length']] extends infer Next
      ? ConcatAll<Next extends AnyError ? Next : Concat<First, Next, Axis>, Rest, Axis, [...Index, 0]>
      : never

/** [index in Rest, sentence] of the first shape that does not join, or 'fits'. */
export type CheckConcat<
  First,
  Rest extends readonly unknown[],
  Axis extends number,
  Index extends 0[] = [],
> = Index['length'] extends Rest['length']
  ? 'fits'
  : [First, Rest[Index['length']]] extends [Shape, Shape]
    ? Concat<First, Rest[Index['length']], Axis> extends infer Joined
      ? Joined extends ShapeError<infer Sentence>
        ? [`${Index['length']}`, Sentence]
        : CheckConcat<Joined, Rest, Axis, [...Index, 0]>
      : never
    : 'fits'

// ---- reductions (mean, sum, ...)

/** One axis or several; `undefined` means all of them. */
export type Axes = number | readonly number[] | undefined

/** S without the reduced axes, or with a 1 in their place where KeepDims is true. */
export type Reduce<Op extends string, S extends Shape, Which extends Axes, KeepDims> = S extends unknown
  ? number extends S['length']
    ? Shape
    : ReduceRanked<Op, S, Which, KeepDims>
  : never

type ReduceRanked<Op extends string, S extends Shape, Which extends Axes, KeepDims> = [Which] extends [
  undefined,
] // first: without strictNullChecks undefined extends every type
  ? ReduceIndices<S, AllIndices<S>, KeepDims, Op, []>
  : Which extends readonly number[]
    ? ReduceIndices<S, IndicesOf<Op, S, Which>, KeepDims, Op, Which>
    : Which extends number
      ? ReduceIndices<S, IndicesOf<Op, S, [Which]>, KeepDims, Op, [Which]>
      : never

type ReduceIndices<S, Indices, KeepDims, Op extends string, Which> = Indices extends readonly string[]
  ? HasRepeats<Indices> extends true
    ? ShapeError<AxesRepeat<Op, Which>>
    : ReduceFromLeft<S, Indices[number], KeepDims>
  : Indices

type AllIndices<S> = { [K in keyof S]: K }

type IndicesOf<
  Op extends string,
  S extends Shape,
  Which,
  Out extends string[] = [],
> = Which extends readonly [infer Axis extends number, ...infer Rest]
  ? AxisOf<Op, S, Axis> extends infer Index
    ? Index extends string
      ? IndicesOf<Op, S, Rest, [...Out, Index]>
      : Index
    : never
  : Which extends readonly []
    ? Out
    : ShapeError<AxisOnlyAtRunTime<Op>>

type ReduceFromLeft<
  S,
  Reduced,
  KeepDims,
  Position extends 0[] = [],
  Out extends Shape = [],
> = S extends readonly [infer Head extends Dim, ...infer Tail]
  ? ReduceFromLeft<
      Tail,
      Reduced,
      KeepDims,
      [...Position, 0],
      `${Position['length']}` extends Reduced ? (KeepDims extends true ? [...Out, 1] : Out) : [...Out, Head]
    >
  : Out
