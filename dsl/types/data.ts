/**
 * Data as types: what a caller may give where a model takes numbers, and what shape it has. Arrays have their
 * lengths at run time only, so types see their depth, and the run time checks the rest.
 */
import type { Dim, NoMembers, Shape, ShapeError } from './dims.js'
import type { AnyTensor, DType, Guard, Tensor } from './layer.js'
import type { ShapeOf, TensorLike, Unify } from './unify.js'
import type {
  ElementsAreArrays,
  ExpectedRank,
  NoArrayOfNumbers,
  NotAllNumbers,
  NotData,
  NotRunYet,
  NotUnwrapped,
} from './wording.js'

/** Any number of rows of shape Row: the type of a parameter, e.g. `Rows<[784]>` for images and `Rows<[], 'i32'>` for labels. */
export type Rows<Row extends Shape = Shape, D extends DType = 'f32'> = Tensor<[Dim, ...Row], D>

/** Numbers nested as deep as the data has dimensions. */
export type Nested = readonly number[] | readonly Nested[]

/** An array of numbers in one piece, row by row. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array

/** Data for one input or output: a tensor, nested arrays of numbers, or all numbers in one typed array. */
export type AnyData = AnyTensor | Nested | NumberArray

/**
 * Any number of rows of shape Row in any form that `fit`, `evaluate` and `predict` take: a tensor, nested arrays, or
 * all numbers in one typed array.
 */
export type RowsLike<Row extends Shape = Shape> = Rows<Row, DType> | readonly NestedAs<Row>[] | NumberArray

/** Numbers nested as deep as Row has dimensions; any depth where its rank is not known. */
export type NestedAs<Row> = Row extends readonly [unknown, ...infer Inner]
  ? readonly NestedAs<Inner>[]
  : Row extends readonly []
    ? number
    : number | Nested

/** The run-time dimensions of nested arrays: one `number` for each level; any shape where the depth is not known. */
export type NestedShape<X, Dims extends Shape = []> = Nested extends X
  ? Shape
  : X extends readonly (infer Inner)[]
    ? NestedShape<Inner, [...Dims, number]>
    : Dims

/** The shape of data X, as far as types know it. */
export type DataShape<X> = X extends TensorLike
  ? ShapeOf<X>
  : X extends Nested
    ? NestedShape<X>
    : readonly [number, ...number[]]

/** The batch of data X: its first dimension, known at run time for arrays. */
export type BatchOfData<X> = X extends TensorLike
  ? ShapeOf<X> extends readonly [infer Batch, ...unknown[]]
    ? [Batch & Dim]
    : []
  : [number]

/** Whether X is data for one port, and no record of such. */
export type IsData<X> = [X] extends [TensorLike | Nested | NumberArray] ? true : false

/**
 * The symbols that X binds in Pattern, or the refusal: of X's shape, or because X is not data at all. Arrays bind
 * nothing, so that what depends on a symbol is known at run time only.
 */
export type Meet<Op extends string, Pattern, X> = X extends TensorLike
  ? Unify<Op, Pattern, ShapeOf<X>>
  : X extends NumberArray
    ? NoMembers
    : X extends Nested
      ? SameRank<Pattern, NestedShape<X>> extends true
        ? NoMembers
        : ShapeError<ExpectedRank<Op, Pattern, NestedShape<X>>>
      : ShapeError<Stranger<Op, X>>

/** Whether Got has as many dimensions as Want; true where either is known only at run time. */
export type SameRank<Want, Got> = number extends (Want & Shape)['length'] | (Got & Shape)['length']
  ? true
  : (Want & Shape)['length'] extends (Got & Shape)['length']
    ? true
    : false

/** The sentence for what is no data: a result in its wrapping, mostly. */
export type Stranger<Op extends string, X> = X extends { readonly _tag: 'Left' | 'Right' }
  ? NotUnwrapped<Op>
  : X extends PromiseLike<unknown> | (() => PromiseLike<unknown>)
    ? NotRunYet<Op>
    : NotData<Op>

/** X, or the first sentence that refuses some of it. */
export type GuardData<Result, X> = [Extract<Result, ShapeError<string>>] extends [never]
  ? X
  : Guard<Extract<Result, ShapeError<string>>, never>

interface NumbersBy<X> {
  readonly good: X & ArrayLike<number>
  readonly bad: X extends ArrayLike<infer E>
    ? Extract<E, readonly unknown[]> extends never
      ? NotAllNumbers
      : ElementsAreArrays
    : NoArrayOfNumbers
}

type NumbersVerdict<X> = X extends ArrayLike<number> ? 'good' : 'bad'

/**
 * A list of numbers as it is; any other becomes the sentence that refuses it, once for all of its elements. Picked as
 * PositiveSize is, so that functions generic over such lists compile.
 */
export type NumbersIn<X> = [X] extends [never] ? X : NumbersBy<X>[NumbersVerdict<X>]
