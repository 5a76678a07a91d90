/**
 * Reshape as a type: the same elements under another shape, with at most one -1 to be filled in.
 * Symbols on both sides are cancelled first, so ['N', 28, 28] views as ['N', 784] and as ['N', -1].
 */
import type { DivideDigits, ToNumber } from './digits.js'
import type { Absorbing, Dim, MultiplyDims, Product, SameDim, Shape, ShapeError } from './dims.js'
import type { FirstBadSize } from './sizes.js'
import type {
  CannotFill,
  CannotView,
  NotAPositiveInteger,
  NotDivisible,
  OnlyOneFill,
  SizeOnlyAtRunTime,
} from './wording.js'

/** S viewed as To. Where the rank of S is known only at run time, the run time checks that it fits. */
export type Reshape<S, To extends Shape> = number extends (S & Shape)['length']
  ? Fill<To, number>
  : ReshapeRanked<S, To>

type ReshapeRanked<S, To extends Shape> = [FirstBadSize<WithoutFill<To>>] extends [never]
  ? CountFills<To> extends infer Fills
    ? Fills extends 0
      ? ReshapeExactly<S, To>
      : Fills extends 1
        ? ReshapeFilling<S, To>
        : ShapeError<OnlyOneFill<To>>
    : never
  : ShapeError<NotAPositiveInteger<'reshape', FirstBadSize<WithoutFill<To>>>>

type ReshapeExactly<S, To extends Shape> =
  Cancel<S, To> extends [infer From, infer Into]
    ? SameDim<Product<From>, Product<Into>> extends infer Same
      ? Same extends 'yes'
        ? To
        : Same extends 'maybe'
          ? ShapeError<SizeOnlyAtRunTime<S>>
          : ShapeError<CannotView<S, To, Product<S>, Product<To>>>
      : never
    : never

type ReshapeFilling<S, To extends Shape> =
  Cancel<S, WithoutFill<To>> extends [infer From, infer Into]
    ? FillWith<S, To, Product<From>, Product<Into>>
    : never

type FillWith<S, To, Have, Taken> = number extends Have | Taken
  ? Fill<To, Absorbing<Have | Taken>>
  : Taken extends 1
    ? Fill<To, Have>
    : Taken extends number
      ? Factors<Have> extends [infer Factor extends string, infer Symbols]
        ? DivideDigits<Factor, `${Taken}`> extends [infer Quotient extends string, infer Rest]
          ? Rest extends '0'
            ? Fill<To, Symbols extends '' ? ToNumber<Quotient> : MultiplyDims<ToNumber<Quotient>, Symbols>>
            : ShapeError<NotDivisible<S, To, Product<S>, Taken>>
          : never
        : never
      : ShapeError<CannotFill<S, To>>

/** '12*N' as ['12', 'N']; 12 as ['12', '']. */
type Factors<D> = D extends number
  ? [`${D}`, '']
  : D extends `${infer Factor extends number}*${infer Symbols}`
    ? [`${Factor}`, Symbols]
    : ['1', D]

type CountFills<To, Count extends 0[] = []> = To extends readonly [infer Head, ...infer Tail]
  ? CountFills<Tail, Head extends -1 ? [...Count, 0] : Count>
  : Count['length']

type Fill<To, With> = { [K in keyof To]: To[K] extends -1 ? With : To[K] }

type WithoutFill<To, Out extends Shape = []> = To extends readonly [infer Head extends Dim, ...infer Tail]
  ? WithoutFill<Tail, Head extends -1 ? Out : [...Out, Head]>
  : Out

/** [S, To] without the symbols that both of them have. */
type Cancel<S, To, Kept extends Shape = []> = To extends readonly [infer Head extends Dim, ...infer Tail]
  ? Head extends string
    ? Remove<S, Head> extends infer Shorter
      ? Shorter extends Shape
        ? Cancel<Shorter, Tail, Kept>
        : Cancel<S, Tail, [...Kept, Head]>
      : never
    : Cancel<S, Tail, [...Kept, Head]>
  : [S, Kept]

type Remove<S, D, Before extends Shape = []> = S extends readonly [
  infer Head extends Dim,
  ...infer Tail extends Shape,
]
  ? [Head, D] extends [D, Head]
    ? [...Before, ...Tail]
    : Remove<Tail, D, [...Before, Head]>
  : 'absent'
