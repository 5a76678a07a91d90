import type { TypedArray } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import type { Prim, PrimParams, Program, TensorType, Value } from '../ir/program.js'
import type { Expr, RegType } from '../loop/ir.js'

/** Elements with their type: what the evaluator computes with. */
export interface TensorValue {
  readonly type: TensorType
  readonly data: TypedArray
}

/** One equation as a derivative rule sees it, while it writes into `b`. */
export interface Site<P extends Prim> {
  readonly b: Builder
  readonly inputs: readonly Value[]
  readonly output: Value
  readonly params: PrimParams[P]
  /** Which inputs want a cotangent; a rule may leave the others `undefined`. */
  readonly needs: readonly boolean[]
}

/** One equation as a batching rule sees it: some operands have a new leading dimension of `size`. */
export interface BatchSite<P extends Prim> {
  readonly b: Builder
  readonly inputs: readonly Value[]
  /** Which operands have the leading dimension; at least one has. */
  readonly batched: readonly boolean[]
  readonly size: number
  readonly params: PrimParams[P]
}

/** Evaluates a sub-program, for the primitives that hold one. */
export type Run = (program: Program, inputs: readonly TensorValue[]) => readonly TensorValue[]

/** Program -> program: the derivative or the batched form of a sub-program, for the primitives that hold one. */
export type Transform<Options> = (program: Program, options: Options) => Program

/** The inputs that a derivative is taken by, by number. */
export interface ByInputs {
  readonly wrt: readonly number[]
}

/** The inputs that get a leading dimension of `size`, by number. */
export interface OverInputs {
  readonly over: readonly number[]
  readonly size: number
}

/**
 * A strided window on a buffer: element `i` of the view is at `offset + Σ i[d] * strides[d]` (in elements).
 * A stride of zero repeats an element.
 */
export interface View {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}

/** How a primitive becomes loops. The kind of row decides what the scheduler may do with it. */
export type Lowering<P extends Prim> =
  /** Element by element; `xs` are registers of one element or of four, `type` is the result's. */
  | {
      readonly kind: 'pointwise'
      readonly emit: (xs: readonly Expr[], params: PrimParams[P], type: RegType) => Expr
    }
  /** Element by element from the linear index of the element (i32, its lanes) and whole small operands. */
  | {
      readonly kind: 'generator'
      readonly emit: (index: Expr, params: PrimParams[P], type: RegType, operands: readonly Expr[]) => Expr
    }
  /** Another way to address the operand; `undefined` where strides cannot say it, and it is copied. */
  | { readonly kind: 'view'; readonly view: (of: View, params: PrimParams[P]) => View | undefined }
  /** Folds dimensions away, from an identity, by an associative step. */
  | {
      readonly kind: 'reduction'
      readonly dimensions: (params: PrimParams[P]) => readonly number[]
      readonly identity: (params: PrimParams[P], type: RegType) => Expr
      readonly step: (acc: Expr, x: Expr, params: PrimParams[P], type: RegType) => Expr
      /** True where steps add: in floats they round, and a long fold has to mind that. */
      readonly isSum: (params: PrimParams[P]) => boolean
    }
  /** A kernel shape of its own, known to the scheduler by this name. */
  | {
      readonly kind: 'kernel'
      readonly kernel: 'contraction' | 'concatenate' | 'pad' | 'argmax' | 'foldIn' | 'constant'
    }
  /** Gone before scheduling (a pass rewrites it). */
  | { readonly kind: 'rewritten'; readonly by: string }

/** Everything densor knows about one primitive, in one place. */
export interface Row<P extends Prim> {
  /** Number of operands; `any` is one or more. */
  readonly arity: number | 'any'
  readonly facts?: {
    readonly commutative?: true
    /** Cheaper to compute again than to store and load. */
    readonly cheap?: true
    /** f(0,…) = 0 is not implied; linear in these operand positions jointly. */
    readonly linearIn?: readonly number[]
    /** Its lowering gives no denormal f32 where it is given none. */
    readonly isClear?: true
    /** Operands of which a denormal number gives nearly what zero gives. */
    readonly mildIn?: readonly number[]
  }
  /** The result's type, or a `bug` fault that says which condition failed. */
  readonly type: (inputs: readonly TensorType[], params: PrimParams[P]) => TensorType
  /** The meaning: slow, obvious, in the dtype of the operands (f64 too). */
  readonly evaluate: (
    inputs: readonly TensorValue[],
    params: PrimParams[P],
    type: TensorType,
    run: Run,
  ) => TensorValue
  /** Cotangents of the inputs from the output's; `undefined` where there is none. `'zero'`: no derivative anywhere. */
  readonly vjp:
    | ((site: Site<P>, cotangent: Value, back: Transform<ByInputs>) => readonly (Value | undefined)[])
    | 'zero'
  /** The output's tangent from the inputs'; an `undefined` tangent is zero. */
  readonly jvp:
    | ((site: Site<P>, tangents: readonly (Value | undefined)[], along: Transform<ByInputs>) => Value)
    | 'zero'
  /** The results for every element of the batch, along a new leading dimension. */
  readonly batch: (site: BatchSite<P>, many: Transform<OverInputs>) => Value
  readonly lower: Lowering<P>
}

/** The table: total by type, so taking a row or a field away does not compile. */
export type Table = { readonly [P in Prim]: Row<P> }
