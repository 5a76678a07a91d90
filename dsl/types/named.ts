/**
 * Data by name: what a model of several inputs and outputs takes for each of them. One mistake is said once, at the
 * tensor that is wrong; what belongs to no single tensor is said at the whole record.
 */

import type { AnyData, GuardData, IsData, Meet } from './data.js'
import type { AnyError, IsUnion, NoMembers, Shape, ShapeError } from './dims.js'
import type { DType, Tensor } from './layer.js'
import type { Loss, LossName, LossOf, TargetOf } from './losses.js'
import type { TargetVerdict } from './targets.js'
import type { SubstituteIn } from './unify.js'
import type { InputOp, OneForEach, SymbolDiffersAcross, SymbolOnlyAtRunTime } from './wording.js'

/** Data by name. */
export type DataRecord = Readonly<Record<string, AnyData>>

/** What a model is fed with, and what it is told: data, or some for each name. */
export type Given = AnyData | DataRecord

// ---- inputs

/** For each input what its tensor binds, or the refusal. */
type BoundsOf<Op extends string, Ins, X> = {
  readonly [K in keyof Ins & string]: K extends keyof X ? Meet<InputOp<Op, K>, Ins[K], X[K]> : AnyError
}

type SymbolsOf<Bounds> = { [K in keyof Bounds]: keyof Bounds[K] }[keyof Bounds] & string

type DimAt<Bounds, Symbol> = {
  [K in keyof Bounds]: Symbol extends keyof Bounds[K] ? Bounds[K][Symbol] : never
}[keyof Bounds]

type CarriersOf<Bounds, Symbol> = {
  [K in keyof Bounds]: Symbol extends keyof Bounds[K] ? K : never
}[keyof Bounds]

/** The same, each size in a box: unions of boxes can be counted where sizes are type parameters. */
type BoxesAt<Bounds, Symbol> = {
  [K in keyof Bounds]: Symbol extends keyof Bounds[K] ? Box<Bounds[K][Symbol]> : never
}[keyof Bounds]

interface Box<out Size> {
  readonly size: Size
}

/**
 * A refusal for each symbol that is not one size in all inputs that have it; `never` where there is none. Rows ('N')
 * that are counted at run time fit any.
 */
type Disagreement<Op extends string, Bounds> = {
  [S in SymbolsOf<Bounds>]: IsUnion<CarriersOf<Bounds, S>> extends true
    ? S extends 'N'
      ? IsUnion<BoxesAt<Bounds, S>> extends true
        ? number extends DimAt<Bounds, S>
          ? never
          : ShapeError<SymbolDiffersAcross<Op, S>>
        : never
      : number extends DimAt<Bounds, S>
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
export type DataByName<Op extends string, Ins, X> = unknown extends X
  ? X
  : IsData<X> extends true
    ? OneForEach<Op, 'input'>
    : BoundsOf<Op, Ins, X> extends infer Bounds
      ? Extract<Bounds[keyof Bounds], AnyError> extends never
        ? GuardData<Disagreement<Op, Bounds>, never> extends infer Sentence
          ? [Sentence] extends [never]
            ? TensorsFor<Ins, Bounds, X>
            : Sentence
          : never
        : TensorsFor<Ins, Bounds, X>
      : never

type TensorsFor<Ins, Bounds, X> = {
  readonly [K in keyof Ins & string]: K extends keyof X & keyof Bounds
    ? GuardData<Bounds[K], X[K]>
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
export type TargetsByName<Op extends string, Shapes, L, Y> = unknown extends Y
  ? Y
  : IsData<Y> extends true
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
    : GuardData<TargetVerdict<Op, ` for ${K}`, LossOf<L>, Out, Y>, Y>

type WantedBy<L, Out> = LossName extends L ? AnyData : TensorOf<TargetOf<LossOf<L>, Out>, LossOf<L>['~dtype']>

/** Something for some outputs by name. `infer` makes TypeScript print the record, not the name of its type. */
export type ForSomeOutputs<Outs, T> = { readonly [K in keyof Outs & string]?: T } extends infer Some
  ? Some
  : never
