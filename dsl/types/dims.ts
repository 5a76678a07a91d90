/** Dimensions and shapes as types: what they are, when two are the same, and how they add and multiply. */
import type { AddDigits, MultiplyDigits, ToNumber } from './digits.js'

/**
 * A dimension: a number literal is static, a string literal is a symbol ('N'), `number` is known at run
 * time.
 */
export type Dim = number | string

/** The dimensions of a tensor, outermost first. */
export type Shape = readonly Dim[]

declare const shapeError: unique symbol

/** What a shape rule returns for shapes that do not fit: a sentence. Never a value, only ever a type. */
export interface ShapeError<Sentence extends string> {
  readonly [shapeError]: Sentence
}

/** Any refusal of any shape rule. */
export type AnyError = ShapeError<string>

/** A record without members: a layer without weights, an empty binding. */
// biome-ignore lint/complexity/noBannedTypes: it is what {} means, and `T & {}` makes TypeScript print T's members
export type NoMembers = {}

// ---- how they read

/** A dimension in a sentence; `?` is one known only at run time. */
export type ShowDim<D> = D extends Dim ? (number extends D ? '?' : `${D}`) : '?'

/** A shape in a sentence: `[N, 28, 28]`; an unknown rank reads `[...]`. */
export type Show<S, Text extends string = ''> = S extends readonly [infer Head, ...infer Tail]
  ? Show<Tail, Text extends '' ? ShowDim<Head> : `${Text}, ${ShowDim<Head>}`>
  : S extends readonly []
    ? `[${Text}]`
    : `[${Text}${Text extends '' ? '' : ', '}...]`

/**
 * Then, unless the rank of some of Shapes (a union) is known only at run time: then any shape may come out,
 * and the run time checks. Such nodes occur in the bodies of layers of one's own.
 */
export type IfRanked<Shapes, Then> = [Shapes] extends [Shape]
  ? number extends Shapes['length']
    ? Shape
    : Then
  : Then

// ---- a size that was refused

/** The size of a layer whose size was refused: it fits everywhere, so that one mistake gives one diagnostic. */
export type Refused = number | '~refused'

/** Whether a refused size is among Dims; a `Dim` of any kind is none. */
type HasRefused<Dims> = '~refused' extends Dims ? (string extends Dims ? false : true) : false

/** What arithmetic gives where a dimension is known at run time only. */
export type Absorbing<Dims> = HasRefused<Dims> extends true ? Refused : number

type Unsure<Dims> = HasRefused<Dims> extends true ? 'yes' : 'maybe'

// ---- when they are the same

/** 'yes' | 'no' | 'maybe': a dimension known only at run time may be equal to anything. */
export type SameDim<A, B> = number extends A
  ? Unsure<A | B>
  : number extends B
    ? Unsure<A | B>
    : [A] extends [B]
      ? [B] extends [A]
        ? 'yes'
        : 'no'
      : 'no'

/** 'yes' | 'no' | 'maybe' for whole shapes: one 'no' decides, then one 'maybe'. */
export type SameShape<A, B, Verdict = 'yes'> = A extends readonly [infer a, ...infer RestA]
  ? B extends readonly [infer b, ...infer RestB]
    ? SameDim<a, b> extends infer Same
      ? Same extends 'no'
        ? 'no'
        : SameShape<RestA, RestB, Same extends 'maybe' ? 'maybe' : Verdict>
      : never
    : 'no'
  : B extends readonly []
    ? Verdict
    : 'no'

// ---- one normal form for what the caller wrote

/** Whether T is a union of several types. */
export type IsUnion<T, Whole = T> = [T] extends [never]
  ? false
  : T extends unknown
    ? [Whole] extends [T]
      ? false
      : true
    : never

/** A literal stays; a union, `string` and `any` have lost their literal and count as known at run time. */
export type NormalDim<D> = string extends D ? number : IsUnion<D> extends true ? number : D & Dim

/** A mutable tuple of normal dimensions, so that `readonly [784]` and `[784]` are one type. */
export type NormalShape<S extends Shape> = { -readonly [K in keyof S]: NormalDim<S[K]> }

/** The last dimension, that a dense layer contracts; `number` where there is none. */
export type LastDim<S> = S extends readonly [...unknown[], infer Last extends Dim] ? Last : number

// ---- arithmetic: exact on literals, symbolic on symbols; `number` absorbs

/** A + B; symbols are kept as 'A+B'. */
export type AddDims<A, B> = number extends A | B
  ? Absorbing<A | B>
  : A extends number
    ? B extends number
      ? ToNumber<AddDigits<`${A}`, `${B}`>>
      : A extends 0
        ? B
        : `${A}+${B & string}`
    : B extends 0
      ? A
      : `${A & string}+${B & Dim}`

/** A * B; symbols are kept as '<coefficient>*<symbols>'. */
export type MultiplyDims<A, B> = number extends A | B
  ? Absorbing<A | B>
  : A extends number
    ? B extends number
      ? ToNumber<MultiplyDigits<`${A}`, `${B}`>>
      : Scale<`${A}`, B & string>
    : B extends number
      ? Scale<`${B}`, A & string>
      : MultiplySymbols<A & string, B & string>

type Scale<Factor extends string, Symbols extends string> = Factor extends '1'
  ? Symbols
  : Factor extends '0'
    ? 0
    : Symbols extends `${infer Own extends number}*${infer Rest}`
      ? `${MultiplyDigits<Factor, `${Own}`>}*${Atom<Rest>}`
      : `${Factor}*${Atom<Symbols>}`

type MultiplySymbols<
  A extends string,
  B extends string,
> = A extends `${infer a extends number}*${infer RestA}`
  ? B extends `${infer b extends number}*${infer RestB}`
    ? Scale<MultiplyDigits<`${a}`, `${b}`>, `${Atom<RestA>}*${Atom<RestB>}`>
    : `${a}*${Atom<RestA>}*${Atom<B>}`
  : B extends `${infer b extends number}*${infer RestB}`
    ? `${b}*${Atom<A>}*${Atom<RestB>}`
    : `${Atom<A>}*${Atom<B>}`

type Atom<S extends string> = S extends `${string}+${string}` ? `(${S})` : S

/** The product of all dimensions: the number of elements. `number` where the rank is unknown. */
export type Product<S, Out = 1> = S extends readonly [infer Head, ...infer Tail]
  ? Product<Tail, MultiplyDims<Out, Head>>
  : S extends readonly []
    ? Out
    : number
