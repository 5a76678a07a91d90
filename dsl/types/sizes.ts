/** Sizes that a caller states: literals must be positive integers; symbols and run-time numbers pass. */
import type { NormalDim, Refused, Shape } from './dims.js'
import type { NotAPositiveInteger } from './wording.js'

/** 'bad' for a number literal that is no positive integer. Every other dimension is 'good', `number` too. */
export type SizeVerdict<D> = D extends number
  ? number extends D
    ? 'good'
    : `${D}` extends '0' | `-${string}` | `${string}.${string}` | `${string}e${string}`
      ? 'bad'
      : 'good'
  : 'good'

/** The verdict on a dimension, or on all dimensions of a shape. */
type Verdict<S> = S extends readonly [infer Head, ...infer Tail]
  ? Worse<SizeVerdict<Head>, Verdict<Tail>>
  : S extends Shape
    ? 'good'
    : SizeVerdict<S>

type Worse<First, Rest> = First extends 'bad' ? 'bad' : Rest

/** The first dimension of S that is bad; a dimension stands for itself. */
export type FirstBadSize<S> = S extends readonly [infer Head, ...infer Tail]
  ? SizeVerdict<Head> extends 'bad'
    ? Head
    : FirstBadSize<Tail>
  : S extends Shape
    ? never
    : S

interface ParameterBy<Op extends string, S> {
  readonly good: S
  readonly bad: NotAPositiveInteger<Op, FirstBadSize<S>>
}

/**
 * S itself when it is good, otherwise the sentence that refuses it.
 *
 * A plain conditional type would stay open in a function generic over S, and refuse every argument there.
 * An indexed access is compared through the constraint of its key instead, and the verdict on `number` is
 * 'good'.
 */
export type CheckedSize<Op extends string, S> = ParameterBy<Op, S>[Verdict<S>]

/**
 * CheckedSize as a parameter type. The conditional is there because TypeScript infers S through its
 * branches.
 */
export type PositiveSize<Op extends string, S> = [S] extends [never] ? S : CheckedSize<Op, S>

/** D in its normal form; where it is no size, one that fits everywhere. */
export type SoundDim<D> = 'bad' extends SizeVerdict<D> ? Refused : NormalDim<D>

/** The same of each dimension of a shape. */
export type SoundShape<S extends Shape> = { -readonly [K in keyof S]: SoundDim<S[K]> }
