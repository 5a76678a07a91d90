/**
 * Data by name: what a model of several inputs and outputs takes for each of them. One mistake is said once, at the
 * tensor that is wrong; what belongs to no single tensor is said at the whole record.
 */
import type { AnyError, IsUnion, NoMembers, Shape, ShapeError } from './dims.js'
import type { AnyTensor, DType, Guard, Tensor } from './layer.js'
import type { Loss, LossName, LossOf, TargetOf } from './losses.js'
import type { DTypeOf, Match, ShapeOf, SubstituteIn, Unify } from './unify.js'
import type {
  InputOp,
  OneForEach,
  OneTensor,
  SymbolDiffersAcross,
  SymbolOnlyAtRunTime,
  TargetDType,
} from './wording.js'

/** Tensors by name. */
export type TensorsByName = Readonly<Record<string, AnyTensor>>

/** What a model is fed with, and what it is told: a tensor, or one for each name. */
export type Given = AnyTensor | TensorsByName

// ---- inputs

/** For each input what its tensor binds, or the refusal. */
type BoundsOf<Op extends string, Ins, X> = {
  readonly [K in keyof Ins & string]: K extends keyof X
    ? Unify<InputOp<Op, K>, Ins[K], ShapeOf<X[K]>>
    : AnyError
}

type SymbolsOf<Bounds> = { [K in keyof Bounds]: keyof Bounds[K] }[keyof Bounds] & string

type DimAt<Bounds, Symbol> = {
  [K in keyof Bounds]: Symbol extends keyof Bounds[K] ? Bounds[K][Symbol] : never
}[keyof Bounds]

type CarriersOf<Bounds, Symbol> = {
  [K in keyof Bounds]: Symbol extends keyof Bounds[K] ? K : never
}[keyof Bounds]

/** A refusal for each symbol that is not one size in all inputs that have it; `never` where there is none. */
type Disagreement<Op extends string, Bounds> = {
  [S in SymbolsOf<Bounds>]: IsUnion<CarriersOf<Bounds, S>> extends true
    ? number extends DimAt<Bounds, S>
      ? ShapeError<SymbolOnlyAtRunTime<Op, S>>
      : IsUnion<DimAt<Bounds, S>> extends true
        ? ShapeError<SymbolDiffersAcross<Op, S>>
        : never
    : never
}[SymbolsOf<Bounds>]

/** The symbols that X binds in all inputs, or some refusal. */
export type FedByName<Op extends string, Ins, X> =
  BoundsOf<Op, Ins, X> extends infer Bounds
    ? Extract<Bounds[keyof Bounds], AnyError> extends never
      ? Disagreement<Op, Bounds> extends infer Refusal
        ? [Refusal] extends [never]
          ? { readonly [S in SymbolsOf<Bounds>]: DimAt<Bounds, S> }
          : Refusal
        : never
      : Extract<Bounds[keyof Bounds], AnyError>
    : never

/**
 * The parameter type of the data of all inputs: X's tensors by name, each with its sentence where it is refused.
 * X stands alone in the first branch so that TypeScript can infer it.
 */
export type DataByName<Op extends string, Ins, X> = Given extends X
  ? X
  : [X] extends [AnyTensor]
    ? OneForEach<Op, 'input'>
    : BoundsOf<Op, Ins, X> extends infer Bounds
      ? Extract<Bounds[keyof Bounds], AnyError> extends never
        ? Guard<Disagreement<Op, Bounds>, never> extends infer Sentence
          ? [Sentence] extends [never]
            ? TensorsFor<Ins, Bounds, X>
            : Sentence
          : never
        : TensorsFor<Ins, Bounds, X>
      : never

type TensorsFor<Ins, Bounds, X> = {
  readonly [K in keyof Ins & string]: K extends keyof X & keyof Bounds
    ? Guard<Bounds[K], X[K]>
    : TensorOf<Ins[K]>
} & NoMembers

type TensorOf<S, D extends DType = 'f32'> = S extends infer Dims extends Shape ? Tensor<Dims, D> : never

// ---- outputs

/** A loss for all outputs, or one for each by name. */
export type LossesGiven = Loss | LossName | Readonly<Record<string, Loss | LossName>>

/** The parameter type of the losses of outputs Outs. */
export type LossesByOutput<Outs, L> = L extends Loss | LossName
  ? L
  : { readonly [K in keyof Outs & string]: K extends keyof L ? OneLoss<L[K]> : Loss | LossName } & NoMembers

/** L where it is a loss; otherwise what it should be. */
export type OneLoss<L> = L extends Loss | LossName ? L : Loss | LossName

/** The loss of one output; all of LossName where it is not known, because it is refused. */
type LossAt<L, K> = LossName extends L
  ? LossName
  : L extends Loss | LossName
    ? L
    : K extends keyof L
      ? L[K]
      : LossName

/** The shapes of the outputs, with the symbols that the data has bound. */
export type OutputsByName<Outs, Bound> = {
  readonly [K in keyof Outs & string]: SubstituteIn<Outs[K], Bound>
}

/** The tensors that a model of several outputs gives, by name. */
export type TensorsOf<Shapes> = {
  readonly [K in keyof Shapes]: TensorOf<Shapes[K]>
} & NoMembers

/** The parameter type of the targets: Y's tensors by name, each with its sentence where it is refused. */
export type TargetsByName<Op extends string, Shapes, L, Y> = Given extends Y
  ? Y
  : [Y] extends [AnyTensor]
    ? OneForEach<Op, 'target'>
    : {
        readonly [K in keyof Shapes & string]: K extends keyof Y
          ? TargetAt<Op, K, Shapes[K], LossAt<L, K>, Y[K]>
          : WantedBy<LossAt<L, K>, Shapes[K]>
      } & NoMembers

type TargetAt<Op extends string, K extends string, Out, L, Y> = [Out] extends [never]
  ? Y
  : LossName extends L
    ? Y
    : Guard<TargetVerdict<Op, ` for ${K}`, LossOf<L>, Out, Y>, Y>

type WantedBy<L, Out> = LossName extends L
  ? AnyTensor
  : TensorOf<TargetOf<LossOf<L>, Out>, LossOf<L>['~dtype']>

/** What a loss says of targets Y for an output of shape Out; `For` is `''`, or ` for <name>`. */
export type TargetVerdict<Op extends string, For extends string, L extends Loss, Out, Y> = [Y] extends [
  AnyTensor,
]
  ? DTypeOf<Y> extends L['~dtype']
    ? Match<`${Op}: target of ${L['kind']}${For}`, TargetOf<L, Out>, ShapeOf<Y>>
    : ShapeError<TargetDType<Op, `${L['kind']}${For}`, L['~dtype'], DTypeOf<Y> & DType>>
  : ShapeError<OneTensor<Op, 'target'>>

/** Something for some outputs by name. `infer` makes TypeScript print the record, not the name of its type. */
export type ForSomeOutputs<Outs, T> = { readonly [K in keyof Outs & string]?: T } extends infer Some
  ? Some
  : never
