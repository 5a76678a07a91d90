/** The call signatures of the graph operations: nodes in, a node out. */
import type { AnyError, NormalShape, Shape } from './dims.js'
import type { Einsum } from './einsum.js'
import type { AnyTensor, Guard, Sym } from './layer.js'
import type { ReshapeLayer } from './layers.js'
import type { Argument } from './model.js'
import type { Reshape } from './reshape.js'
import type { Axes, Broadcast, CheckConcat, ConcatAll, Matmul, Permute, Reduce } from './shape-rules.js'
import type { ShapeOf } from './unify.js'

/** A tensor, or a number, as a node of a graph. */
export type AsNodeFn = <X extends AnyTensor | number>(
  x: X,
) => Sym<X extends AnyTensor ? ShapeOf<X> : [], never>

/** One argument: the layer that reshapes all but the batch. Two: a node under another shape. */
export interface ReshapeFn {
  <const To extends Shape>(to: To): ReshapeLayer<NormalShape<To>>
  // The guard sits on the node: a const type parameter under a conditional type would lose its tuple.
  <S, P, const To extends Shape>(
    x: GuardNode<S, Reshape<S, NormalShape<To>>, Sym<S, P>>,
    to: To,
  ): Sym<Through<S, Reshape<S, NormalShape<To>>>, P>
}

/** A shape that failed before passes through silently; otherwise the Result. */
type Through<S, Result> = S extends AnyError ? S : Result
type Through2<A, B, Result> = A extends AnyError ? A : B extends AnyError ? B : Result

/** The parameter type of a node of shape S in an operation that gives Result. */
type GuardNode<S, Result, T> = S extends AnyError ? T : Guard<Result, T>
type GuardSecond<A, B, Result, T> = A extends AnyError ? T : B extends AnyError ? T : Guard<Result, T>

/** What elementwise operations take: a node, or a number for a scalar. */
export type OperandOf<S, P> = Sym<S, P> | number

type ShapeOfOperand<X> = X extends Sym<infer S, unknown> ? S : []
type EntriesOfOperand<X> = X extends Sym<unknown, infer P> ? P : never

/** A node, or a number. */
export type Operand = OperandOf<unknown, unknown>

/**
 * An elementwise operation on two nodes, or on a node and a number; shapes broadcast. In a function generic over a
 * shape, nothing is known of it, and the run time checks.
 */
export type BinaryFn<Op extends string> = <X extends Operand, Y extends Operand>(
  a: X,
  b: SecondOperand<Op, X, Y>,
) => Sym<ShapeOfBoth<Op, X, Y>, EntriesOfOperand<X> | EntriesOfOperand<Y>>

type BroadcastOf<Op extends string, X, Y> = Broadcast<Op, ShapeOfOperand<X>, ShapeOfOperand<Y>>

// A number has a shape that suits any other: it is not compared, so that the other's may be a type parameter.
type SecondOperand<Op extends string, X, Y> = Y extends number
  ? Y
  : X extends number
    ? Y
    : Picked<Y, BroadcastOf<Op, X, Y>, Together<ShapeOfOperand<X>, ShapeOfOperand<Y>, BroadcastOf<Op, X, Y>>>

type ShapeOfBoth<Op extends string, X, Y> = Y extends number
  ? ShapeOfOperand<X>
  : X extends number
    ? ShapeOfOperand<Y>
    : Joined<ShapeOfOperand<X>, ShapeOfOperand<Y>, BroadcastOf<Op, X, Y>>

/** Result, of an operation on shapes A and B; any shape where one of them is of any rank; what failed before passes. */
type Joined<A, B, Result> = A extends Shape
  ? number extends A['length']
    ? Shape
    : B extends Shape
      ? number extends B['length']
        ? Shape
        : Result
      : B
  : A

/**
 * T when the verdict is 'good', otherwise the sentence of Result. An indexed access, as for sizes (sizes.ts): an open
 * verdict is compared through its constraint, in which a shape that is a type parameter is a shape of any rank.
 */
type Picked<T, Result, Verdict extends 'good' | 'bad'> = {
  readonly good: T
  readonly bad: Guard<Result, T>
}[Verdict]

/** 'bad' when Result, of an operation on shapes A and B, is a refusal; nothing is known of a shape of any rank. */
type Together<A, B, Result> = A extends Shape
  ? number extends A['length']
    ? 'good'
    : Alone<B, Result>
  : 'good'

/** The same for three shapes. */
type AllTogether<C, A, B, Result> = C extends Shape
  ? number extends C['length']
    ? 'good'
    : Together<A, B, Result>
  : 'good'

/** The same for an operation on one shape. */
type Alone<S, Result> = S extends Shape
  ? number extends S['length']
    ? 'good'
    : Result extends AnyError
      ? 'bad'
      : 'good'
  : 'good'

/** A choice between two nodes or numbers under a condition; all three broadcast. */
export type WhereFn = <C, R, X extends Operand, Y extends Operand>(
  condition: Sym<C, R>,
  yes: X,
  no: Y extends number
    ? Y
    : Picked<Y, ChoiceOf<C, X, Y>, AllTogether<C, ShapeOfOperand<X>, ShapeOfOperand<Y>, ChoiceOf<C, X, Y>>>,
) => Sym<
  Joined<C, ShapeOfBoth<'where', X, Y>, ChoiceOf<C, X, Y>>,
  R | EntriesOfOperand<X> | EntriesOfOperand<Y>
>

type ChoiceOf<C, X, Y> =
  ShapeOfBoth<'where', X, Y> extends infer Both
    ? Both extends AnyError
      ? Both
      : Broadcast<'where', C, Both>
    : never

/** An elementwise operation on one node. */
export type UnaryFn = <S, P>(x: Sym<S, P>) => Sym<S, P>

/** The matrix product over the last two axes; the others broadcast. */
export type MatmulFn = <A, P, B, Q>(
  a: Sym<A, P>,
  b: GuardSecond<A, B, Matmul<A, B>, Sym<B, Q>>,
) => Sym<Through2<A, B, Matmul<A, B>>, P | Q>

/** Nodes joined along an axis; one that does not fit is reported at its own argument. */
export type ConcatFn = <const Axis extends number, A, P, Rest extends readonly Sym<unknown, unknown>[]>(
  axis: Axis,
  first: Sym<A, P>,
  ...rest: { [K in keyof Rest]: Argument<CheckConcat<A, ShapesOfNodes<Rest>, Axis>, Rest[K], K> }
) => Sym<ConcatAll<A, ShapesOfNodes<Rest>, Axis>, P | EntriesOfNodes<Rest>>

/** A sum of products over named indices, e.g. einsum('bij,bjk->bik', a, b). */
export type EinsumFn = <const Eq extends string, const Xs extends readonly Sym<unknown, unknown>[]>(
  equation: number extends Xs['length'] ? Eq : Guard<Einsum<Eq, ShapesOfNodes<Xs>>, Eq>,
  ...operands: Xs
) => Sym<number extends Xs['length'] ? Shape : Einsum<Eq, ShapesOfNodes<Xs>>, EntriesOfNodes<Xs>>

type ShapesOfNodes<Xs extends readonly unknown[]> = {
  [K in keyof Xs]: Xs[K] extends Sym<infer S, unknown> ? S : never
}
type EntriesOfNodes<Xs> = Xs extends readonly Sym<unknown, infer P>[] ? P : never

/** The axes in another order. */
export type PermuteFn = <S extends Shape, P, const Order extends readonly number[]>(
  x: Guard<Permute<S, Mutable<Order>>, Sym<S, P>>,
  axes: Order,
) => Sym<Permute<S, Mutable<Order>>, P>

type Mutable<X> = { -readonly [K in keyof X]: X[K] }

/** A reduction over some axes, or over all of them; `keepdims` leaves a 1 in their place. */
export type ReduceFn<Op extends string> = <
  S extends Shape,
  P,
  const Which extends Axes = undefined,
  const KeepDims extends boolean = false,
>(
  // the branch that is never taken is where S and P are inferred from
  x: [S, 0] extends [never, 1]
    ? Sym<S, P>
    : Picked<Sym<S, P>, Reduce<Op, S, Which, KeepDims>, Alone<S, Reduce<Op, S, Which, KeepDims>>>,
  axes?: Which,
  options?: { readonly keepdims?: KeepDims },
) => Sym<Reduce<Op, S, Which, KeepDims>, P>
