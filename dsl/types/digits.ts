/**
 * Exact arithmetic on natural numbers written as decimal digit strings, at the type level.
 * The method is the one of school: one digit at a time, by table, with a carry. The cost grows with the
 * number of digits (squared for products), never with the size of the number.
 */
import type { AddTable, DivideTable, MultiplyTable, SubtractTable } from './digit-tables.js'

/** The digits in reverse order: '123' becomes '321'. */
export type Reverse<S extends string, Out extends string = ''> = S extends `${infer Head}${infer Tail}`
  ? Reverse<Tail, `${Head}${Out}`>
  : Out

/** Without leading zeros; zero itself stays '0'. */
export type StripZeros<S extends string> = S extends '0'
  ? S
  : S extends `0${infer Tail}`
    ? Tail extends ''
      ? '0'
      : StripZeros<Tail>
    : S

/** The number literal that a digit string spells. */
export type ToNumber<S extends string> = S extends `${infer N extends number}` ? N : never

type Cell<Table, X, Y, Z> = X extends keyof Table
  ? Y extends keyof Table[X]
    ? Z extends keyof Table[X][Y]
      ? Table[X][Y][Z]
      : never
    : never
  : never

// Addition. The operands come least significant digit first, the sum is built most significant digit first.
type AddReversed<
  A extends string,
  B extends string,
  Carry extends string,
  Sum extends string,
> = A extends `${infer a}${infer RestA}`
  ? B extends `${infer b}${infer RestB}`
    ? Cell<AddTable, Carry, a, b> extends `${infer NextCarry}${infer Digit}`
      ? AddReversed<RestA, RestB, NextCarry, `${Digit}${Sum}`>
      : never
    : Carry extends '0'
      ? `${Reverse<A>}${Sum}`
      : AddReversed<A, '0', Carry, Sum>
  : B extends ''
    ? Carry extends '0'
      ? Sum
      : `1${Sum}`
    : Carry extends '0'
      ? `${Reverse<B>}${Sum}`
      : AddReversed<'0', B, Carry, Sum>

/** A + B. */
export type AddDigits<A extends string, B extends string> = AddReversed<Reverse<A>, Reverse<B>, '0', ''>

type SubtractReversed<
  A extends string,
  B extends string,
  Borrow extends string,
  Out extends string,
> = A extends `${infer a}${infer RestA}`
  ? B extends `${infer b}${infer RestB}`
    ? Cell<SubtractTable, Borrow, a, b> extends `${infer NextBorrow}${infer Digit}`
      ? SubtractReversed<RestA, RestB, NextBorrow, `${Digit}${Out}`>
      : never
    : Borrow extends '0'
      ? `${Reverse<A>}${Out}`
      : SubtractReversed<A, '0', Borrow, Out>
  : Out

/** A - B, for A >= B. */
export type SubtractDigits<A extends string, B extends string> = StripZeros<
  SubtractReversed<Reverse<A>, Reverse<B>, '0', ''>
>

type CompareLengths<A extends string, B extends string> = A extends `${string}${infer RestA}`
  ? B extends `${string}${infer RestB}`
    ? CompareLengths<RestA, RestB>
    : 'greater'
  : B extends ''
    ? 'equal'
    : 'less'

type CompareSameLength<A extends string, B extends string> = A extends `${infer a}${infer RestA}`
  ? B extends `${infer b}${infer RestB}`
    ? a extends b
      ? CompareSameLength<RestA, RestB>
      : '0123456789' extends `${string}${a}${string}${b}${string}`
        ? 'less'
        : 'greater'
    : 'equal'
  : 'equal'

/** How A stands to B: 'less' | 'equal' | 'greater'. Neither may have leading zeros. */
export type CompareDigits<A extends string, B extends string> = A extends B
  ? 'equal'
  : CompareLengths<A, B> extends 'equal'
    ? CompareSameLength<A, B>
    : CompareLengths<A, B>

type MultiplyByDigit<
  A extends string,
  b extends string,
  Carry extends string,
  Out extends string,
> = A extends `${infer a}${infer RestA}`
  ? Cell<MultiplyTable, a, b, Carry> extends `${infer NextCarry}${infer Digit}`
    ? MultiplyByDigit<RestA, b, NextCarry, `${Digit}${Out}`>
    : never
  : Carry extends '0'
    ? Out
    : `${Carry}${Out}`

// Horner's scheme over the digits of B: out = 10 * out + A * digit. A comes reversed.
type MultiplyHorner<
  A extends string,
  B extends string,
  Out extends string,
> = B extends `${infer b}${infer RestB}`
  ? MultiplyHorner<A, RestB, b extends '0' ? `${Out}0` : AddDigits<`${Out}0`, MultiplyByDigit<A, b, '0', ''>>>
  : Out

/** A * B. */
export type MultiplyDigits<A extends string, B extends string> = A extends '0'
  ? '0'
  : B extends '0'
    ? '0'
    : A extends '1'
      ? B
      : B extends '1'
        ? A
        : StripZeros<MultiplyHorner<Reverse<A>, B, '0'>>

type DivideByDigit<
  A extends string,
  B extends string,
  Rest extends string,
  Quotient extends string,
> = A extends `${infer a}${infer RestA}`
  ? Cell<DivideTable, B, Rest, a> extends `${infer q}${infer NextRest}`
    ? DivideByDigit<RestA, B, NextRest, `${Quotient}${q}`>
    : never
  : [StripZeros<Quotient>, Rest]

interface NextDigit {
  '0': '1'
  '1': '2'
  '2': '3'
  '3': '4'
  '4': '5'
  '5': '6'
  '6': '7'
  '7': '8'
  '8': '9'
}

// One digit of a long division: how often B goes into Rest, by subtraction (at most nine times).
type DivideStep<Rest extends string, B extends string, q extends string> =
  CompareDigits<Rest, B> extends 'less'
    ? [q, Rest]
    : DivideStep<SubtractDigits<Rest, B>, B, NextDigit[q & keyof NextDigit]>

type DivideLong<
  A extends string,
  B extends string,
  Rest extends string,
  Quotient extends string,
> = A extends `${infer a}${infer RestA}`
  ? DivideStep<StripZeros<`${Rest}${a}`>, B, '0'> extends [infer q extends string, infer r extends string]
    ? DivideLong<RestA, B, r, `${Quotient}${q}`>
    : never
  : [StripZeros<Quotient>, Rest]

/** [quotient, rest] of A / B, for B > 0. */
export type DivideDigits<A extends string, B extends string> = B extends '1'
  ? [A, '0']
  : B extends `${string}${infer Tail}`
    ? Tail extends ''
      ? DivideByDigit<A, B, '0', ''>
      : DivideLong<A, B, '0', ''>
    : never
