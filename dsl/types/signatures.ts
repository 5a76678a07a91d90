/**
 * The call signatures of everything a user calls. The run time is written against these: `export const add:
 * BinaryFn<'add'> = ...`.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../runtime/fault.js'
import type { NumbersIn } from './data.js'
import type { Dim, NormalShape, Shape } from './dims.js'
import type { AnyTensor, DType, Guard, LayerFn, Sym, Tensor } from './layer.js'
import type {
  ActivationLayer,
  BatchNorm,
  Checkpoint,
  DenseLayer,
  Dropout,
  Flatten,
  Fold,
  LayerNorm,
  Residual,
  Scaled,
  Seq,
} from './layers.js'
import type {
  Argument,
  Check,
  CheckEntries,
  CheckNames,
  EntriesOfSyms,
  Graph,
  Input,
  Model,
  MultiModel,
  ShapesOfInputs,
  ShapesOfSyms,
  SymsOf,
} from './model.js'
import type {
  Activation,
  ActivationName,
  BatchNormOptions,
  DenseOptions,
  DropoutOptions,
  LayerNormOptions,
} from './options.js'
import type { CheckedSize, PositiveSize, SoundDim, SoundShape } from './sizes.js'
import type { DTypeOf } from './training.js'
import type { NoArray, NoInputFirst } from './wording.js'

export type * from './signatures-ops.js'
export type * from './signatures-training.js'

// ---- tensors

/** A tensor of literal or run-time dimensions from its elements, row by row. */
export type TensorFn = <const S extends readonly number[], D extends DType = 'f32', X = ArrayLike<number>>(
  dims: S,
  data: NumbersIn<X>,
  dtype?: D,
) => Either<Fault, Tensor<NormalShape<S>, NoInfer<D>>>

/** Narrows a tensor's run-time dimensions to a shape; a symbol stands for any one size. */
export type AsShapeFn = <X extends AnyTensor, const S extends Shape>(
  x: X,
  shape: S,
) => Either<Fault, Tensor<NormalShape<S>, DTypeOf<X>>>

/** Narrows several tensors at once: a symbol is the same size in all of them. */
export type AsShapesFn = <
  const Xs extends Readonly<Record<string, AnyTensor>>,
  const Ss extends { readonly [K in keyof Xs]: Shape },
>(
  tensors: Xs,
  shapes: Ss,
) => Either<Fault, { readonly [K in keyof Xs]: Tensor<NormalShape<Ss[K]>, DTypeOf<Xs[K]>> }>

// ---- layers

/** A fully connected layer: activation(x * kernel + bias) on the last axis. */
export type DenseFn = <
  const Units extends number,
  const In extends Dim = never,
  const UseBias extends boolean = true,
  const Normalize extends boolean = false,
>(
  units: PositiveSize<'dense', Units>,
  options?: ActivationName | DenseOptions<In, UseBias, Normalize>,
) => DenseLayer<Units, In, UseBias, Normalize>

/** Batch normalization on the last axis, with moving averages as state. */
export type BatchNormFn = <const Center extends boolean = true, const Scale extends boolean = true>(
  options?: BatchNormOptions<Center, Scale>,
) => Scaled<BatchNorm, Center, Scale>

/** Layer normalization on the last axis. */
export type LayerNormFn = <const Center extends boolean = true, const Scale extends boolean = true>(
  options?: LayerNormOptions<Center, Scale>,
) => Scaled<LayerNorm, Center, Scale>

/** Zeroes a fraction `rate` (0 to 1) of its input while training, and scales up the rest. */
export type DropoutFn = (rate: number, options?: DropoutOptions) => Dropout

/** An activation as a layer of its own. */
export type ActivationFn = (activation: ActivationName | Activation) => ActivationLayer

/** Everything but the batch in one dimension. */
export type FlattenFn = () => Flatten

/** Layers one after the other, as one layer. */
export type SeqFn = <Layers extends readonly unknown[]>(
  ...layers: { [K in keyof Layers]: Argument<CheckNames<'seq', Layers>, Layers[K], K> }
) => Seq<Layers>

/** A block whose input is added to its output. */
export type ResidualFn = <Block extends LayerFn>(block: Block) => Residual<Block>

/** A block, or a function of nodes, whose inside is computed again by the backward pass instead of being kept. */
export interface CheckpointFn {
  <Block extends LayerFn>(block: Block): Checkpoint<Block>
  <Args extends readonly Sym<unknown, unknown>[], S, P>(
    f: (...args: Args) => Sym<S, P>,
  ): (...args: Args) => Sym<S, P>
}

// ---- models

/**
 * The input of a model without the batch: one dimension D, or a shape S.
 * There are two type parameters, S staying `never` for a single dimension, because a conditional type on
 * the one argument would stay open in functions generic over it. `readonly [...S]` is where S is inferred
 * from.
 */
export type InputFn = <const D extends Dim, const S extends Shape = never>(
  shape: [S] extends [never]
    ? PositiveSize<'input', D>
    : [D] extends [never]
      ? readonly [...S]
      : CheckedSize<'input', readonly [...S]>,
) => Input<InputShape<D, S>>

// Through `infer`, so that S is not inferred from the type that the input is expected to have.
type InputShape<D, S> = [S] extends [never]
  ? ['N', SoundDim<D>]
  : S extends infer Dims extends Shape
    ? ['N', ...SoundShape<Dims>]
    : never

/** Through `infer`, so that nothing is inferred from the type that a model is expected to have. */
type Known<Layers> = Layers extends infer L extends readonly unknown[] ? L : never

/** A model: layers one after the other. A layer that does not fit is reported at its own argument. */
export type SequentialFn = <First, Layers extends readonly unknown[]>(
  input: FirstInput<'sequential', First>,
  // A homomorphic mapped rest parameter is the one validated form from which TypeScript still infers the
  // layers.
  ...layers: { [K in keyof Layers]: Argument<Check<'sequential', Layers, ShapeOfInput<First>>, Layers[K], K> }
) => Model<ShapeOfInput<First>, Fold<Layers, ShapeOfInput<First>>, Seq<Known<Layers>>>

/** The parameter type of a model's input: First, or the sentence that says how a model begins. */
type FirstInput<Op extends string, First> =
  First extends Input<Shape> ? First : First extends readonly unknown[] ? NoArray<Op> : NoInputFirst<Op>

/** The shape of an input; any shape of what is none, so that what follows is not refused again. */
type ShapeOfInput<First> = First extends Input<infer S> ? S : Shape

/** A model from a function on nodes: skips, joins, shared layers. */
export type GraphFn = <In extends Shape, Out, Entries>(
  input: Input<In>,
  body: (x: Sym<In, never>) => Guard<CheckEntries<Entries>, Sym<Out, Entries>>,
) => Model<In, Out, Graph<Entries>>

/** A model of several named inputs and outputs. */
export type GraphsFn = <
  const Inputs extends Readonly<Record<string, Input<Shape>>>,
  Outputs extends Readonly<Record<string, Sym<unknown, unknown>>>,
>(
  inputs: Inputs,
  body: (inputs: SymsOf<Inputs>) => Guard<CheckEntries<EntriesOfSyms<Outputs>>, Outputs>,
) => MultiModel<ShapesOfInputs<Inputs>, ShapesOfSyms<Outputs>, Graph<EntriesOfSyms<Outputs>>>
