/**
 * The layers' types, one interface each. They are interfaces so that hover text and declarations stay short.
 */
import type {
  AnyError,
  Dim,
  IfRanked,
  LastDim,
  NoMembers,
  Product,
  SameDim,
  SameShape,
  Shape,
  ShapeError,
} from './dims.js'
import type {
  AnyTensor,
  Apply,
  LayerFn,
  ParamsAt,
  Stateless,
  Tensor,
  Unnamed,
  Weightless,
  WeightsAt,
} from './layer.js'
import type { Reshape } from './reshape.js'
import type { SoundDim } from './sizes.js'
import type {
  LastDimOnlyAtRunTime,
  OnlyAtRunTime,
  RankOneOrMore,
  ResidualDiffers,
  WrongLastDim,
} from './wording.js'

// ---- dense

/** Weights by layer name, where the layers are known at run time only. */
export interface AnyWeights {
  readonly [name: string]: AnyTensor | AnyWeights
}

/** kernel [in, units] and bias [units]. */
export interface DenseParams<In extends Dim, Units extends Dim> {
  readonly kernel: Tensor<[In, Units]>
  readonly bias: Tensor<[Units]>
}

/** [..., in] -> [..., units]; the input dimension is inferred. */
export interface Dense<Units extends Dim> extends Stateless {
  readonly kind: 'dense'
  readonly units: Units
  readonly '~out': DenseOut<this['~in'], SoundDim<Units>>
  readonly '~params': DenseParams<LastDim<this['~in']>, SoundDim<Units>>
}

/** [..., In] -> [..., units]; the input dimension is stated, and checked. */
export interface DenseFrom<In extends Dim, Units extends Dim> extends Stateless {
  readonly kind: 'dense'
  readonly units: Units
  readonly '~out': DenseFromOut<this['~in'], SoundDim<In>, SoundDim<Units>>
  readonly '~params': DenseParams<SoundDim<In>, SoundDim<Units>>
}

/** The shape rule of a dense layer on S. */
export type DenseOut<S, Units extends Dim> = S extends readonly [...infer Front extends Shape, Dim]
  ? [...Front, Units]
  : IfRanked<S, ShapeError<RankOneOrMore<'dense', S>>>

/** The shape rule of a dense layer on S that states its input dimension. */
export type DenseFromOut<S, In extends Dim, Units extends Dim> = S extends readonly [
  ...infer Front extends Shape,
  infer Last,
]
  ? SameDim<Last, In> extends infer Same
    ? Same extends 'yes'
      ? [...Front, Units]
      : Same extends 'maybe'
        ? ShapeError<LastDimOnlyAtRunTime<'dense', S>>
        : ShapeError<WrongLastDim<'dense', In, Last>>
    : never
  : IfRanked<S, ShapeError<RankOneOrMore<'dense', S>>>

/** L without one of its tensors, e.g. `useBias: false` is `Without<'bias', Dense<64>>`. */
export interface Without<Key extends string, L extends LayerFn> extends Unnamed {
  readonly kind: L['kind']
  readonly '~out': Apply<L, this['~in']>
  readonly '~params': Omit<ParamsAt<L, this['~in']>, Key>
  readonly '~weights': Omit<WeightsAt<L, this['~in']>, Key>
}

/** A dense layer, then batch normalization, then the dense layer's activation: `batchNormalization: true`. */
export interface BatchNormalized<L extends LayerFn> extends Unnamed {
  readonly kind: L['kind']
  readonly '~out': Apply<L, this['~in']>
  readonly '~params': ParamsAt<L, this['~in']> & ScaleParams<LastDim<Apply<L, this['~in']>>>
  readonly '~weights': WeightsAt<L, this['~in']> & BatchNormWeights<LastDim<Apply<L, this['~in']>>>
}

/**
 * What `dense` returns for its options; without options it is `Dense<Units>` at once, also for a generic
 * width.
 */
export type DenseLayer<Units extends Dim, In extends Dim, UseBias, Normalize> = Normalize extends true
  ? BatchNormalized<DenseBiased<Units, In, UseBias>>
  : DenseBiased<Units, In, UseBias>

type DenseBiased<Units extends Dim, In extends Dim, UseBias> = UseBias extends false
  ? Without<'bias', DensePlain<Units, In>>
  : DensePlain<Units, In>

type DensePlain<Units extends Dim, In extends Dim> = [In] extends [never]
  ? Dense<Units>
  : DenseFrom<In, Units>

// ---- layers that keep the shape

/** gamma and beta, both [channels]. */
export interface ScaleParams<Channels extends Dim> {
  readonly gamma: Tensor<[Channels]>
  readonly beta: Tensor<[Channels]>
}

/** gamma and beta, then the moving averages, all [channels]: Keras's order. */
export interface BatchNormWeights<Channels extends Dim> extends ScaleParams<Channels> {
  readonly movingMean: Tensor<[Channels]>
  readonly movingVariance: Tensor<[Channels]>
}

/** Batch normalization on the last axis; its moving averages are state. */
export interface BatchNorm extends Unnamed {
  readonly kind: 'batchNorm'
  readonly '~out': SameWithLast<'batchNorm', this['~in']>
  readonly '~params': ScaleParams<LastDim<this['~in']>>
  readonly '~weights': BatchNormWeights<LastDim<this['~in']>>
}

/** Layer normalization on the last axis. */
export interface LayerNorm extends Stateless {
  readonly kind: 'layerNorm'
  readonly '~out': SameWithLast<'layerNorm', this['~in']>
  readonly '~params': ScaleParams<LastDim<this['~in']>>
}

type SameWithLast<Op extends string, S> = S extends readonly [] ? ShapeError<RankOneOrMore<Op, S>> : S

/** L without gamma or beta: `scale: false`, `center: false`. */
export type Scaled<L extends LayerFn, Center, Scale> = Center extends false
  ? Scale extends false
    ? Without<'gamma' | 'beta', L>
    : Without<'beta', L>
  : Scale extends false
    ? Without<'gamma', L>
    : L

/** Zeroes a share of its input while training. */
export interface Dropout extends Weightless {
  readonly kind: 'dropout'
  readonly '~out': this['~in']
}

/** An activation on its own. */
export interface ActivationLayer extends Weightless {
  readonly kind: 'activation'
  readonly '~out': this['~in']
}

// ---- layers that change the shape only

/** [batch, ...rest] -> [batch, product of rest]. */
export interface Flatten extends Weightless {
  readonly kind: 'flatten'
  readonly '~out': FlattenOut<this['~in']>
}

/** The shape rule of flatten. */
export type FlattenOut<S> = S extends readonly [infer Batch extends Dim, ...infer Rest]
  ? [Batch, Product<Rest> & Dim]
  : IfRanked<S, ShapeError<RankOneOrMore<'flatten', S>>>

/** [batch, ...rest] -> [batch, ...To], with at most one -1 in To. */
export interface ReshapeLayer<To extends Shape> extends Weightless {
  readonly kind: 'reshape'
  readonly to: To
  readonly '~out': ReshapeLayerOut<this['~in'], To>
}

/** The shape rule of the reshape layer: the batch dimension stays as it is. */
export type ReshapeLayerOut<S, To extends Shape> = S extends readonly [infer Batch extends Dim, ...infer Rest]
  ? Reshape<Rest, To> extends infer Out
    ? Out extends Shape
      ? [Batch, ...Out]
      : Out
    : never
  : IfRanked<S, ShapeError<RankOneOrMore<'reshape', S>>>

// ---- composition

/** A block and its input, added: the block must keep the shape. */
export interface Residual<Block extends LayerFn> extends Unnamed {
  readonly kind: 'residual'
  readonly block: Block
  readonly '~out': ResidualOut<this['~in'], Apply<Block, this['~in']>>
  readonly '~params': ParamsAt<Block, this['~in']>
  readonly '~weights': WeightsAt<Block, this['~in']>
}

/** The shape rule of residual: Out, when it is the shape S that went in. */
export type ResidualOut<S, Out> = Out extends AnyError
  ? Out
  : SameShape<S, Out> extends infer Same
    ? Same extends 'yes'
      ? Out
      : Same extends 'maybe'
        ? ShapeError<OnlyAtRunTime<'residual', S, Out>>
        : IfRanked<S | Out, ShapeError<ResidualDiffers<S, Out>>>
    : never

/** A block whose activations are computed again for its gradient. */
export interface Checkpoint<Block extends LayerFn> extends Unnamed {
  readonly kind: 'checkpoint'
  readonly block: Block
  readonly '~out': Apply<Block, this['~in']>
  readonly '~params': ParamsAt<Block, this['~in']>
  readonly '~weights': WeightsAt<Block, this['~in']>
}

/** Any seq. It is what constraints ask for: data only, without the call signature of a layer. */
export interface AnySeq extends LayerFn {
  readonly kind: 'seq'
  readonly layers: readonly unknown[]
}

/**
 * Layers one after the other, as one layer; fed with typed data it is a model whose input is the data's
 * shape.
 */
export interface Seq<Layers extends readonly unknown[]> extends Unnamed {
  readonly kind: 'seq'
  readonly layers: Layers
  readonly '~out': Fold<Layers, this['~in']>
  readonly '~params': RecordsOf<'~params', Layers, this['~in']>
  readonly '~weights': RecordsOf<'~weights', Layers, this['~in']>
}

/** The shape after all Layers, starting from S; any shape when their number is known only at run time. */
export type Fold<Layers extends readonly unknown[], S> = number extends Layers['length']
  ? Shape
  : FoldFrom<Layers, S, []>

// Tuples of layers are walked by a counter: taking off the head instead would copy the rest at every step.
type FoldFrom<
  Layers extends readonly unknown[],
  S,
  Index extends 0[],
> = Index['length'] extends Layers['length']
  ? S
  : Layers[Index['length']] extends infer L extends LayerFn
    ? FoldFrom<Layers, Apply<L, S>, [...Index, 0]>
    : S

/**
 * The layers' tensors keyed by name, `layer<i>` for those without one. Layers without tensors have no key. Any record
 * of tensors when the number of layers is known only at run time.
 */
export type RecordsOf<
  Which extends '~params' | '~weights',
  Layers extends readonly unknown[],
  S,
> = number extends Layers['length'] ? AnyWeights : Flat<KeyedRecords<Which, Layers, S>>

type Flat<T> = { [K in keyof T]: T[K] } & NoMembers

type KeyedRecords<
  Which extends '~params' | '~weights',
  Layers extends readonly unknown[],
  S,
  Index extends 0[] = [],
  Out = NoMembers,
> = Index['length'] extends Layers['length']
  ? Out
  : Layers[Index['length']] extends infer L extends LayerFn
    ? KeyedRecords<
        Which,
        Layers,
        Apply<L, S>,
        [...Index, 0],
        WithRecord<Out, KeyOf<L, Index['length']>, (L & { readonly '~in': S })[Which]>
      >
    : Out

type KeyOf<L extends LayerFn, Index extends number> = L['~name'] extends '' ? `layer${Index}` : L['~name']

type WithRecord<Out, Key extends string, Tensors> = NoMembers extends Tensors
  ? Out
  : Out & { readonly [k in Key]: Tensors }
