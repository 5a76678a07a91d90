/**
 * Layers that look through windows: convolution and pooling over images [..., height, width, channels].
 * Their run-time twins are in window-rules.ts.
 */
import type {
  AddDigits,
  CompareDigits,
  DivideDigits,
  MultiplyDigits,
  SubtractDigits,
  ToNumber,
} from './digits.js'
import type { Absorbing, AnyError, Dim, IfRanked, LastDim, MultiplyDims, Shape, ShapeError } from './dims.js'
import type { Stateless, Tensor, Weightless } from './layer.js'
import type { Without } from './layers.js'
import type { SoundDim } from './sizes.js'
import type { KernelTooLarge, MustBeImages, NoChannels, NotIntoGroups } from './wording.js'

/** One number for height and width, or one for each. */
export type Pair = number | readonly [number, number]

/** `valid` has no padding; `same` pads so that a stride of 1 keeps the size, with zeros, more of them at the end. */
export type Padding = 'valid' | 'same'

type High<P> = P extends readonly [infer H, unknown] ? H : P
type Wide<P> = P extends readonly [unknown, infer W] ? W : P

// ---- one dimension

/** Elements from the first to the last under a kernel: dilation * (size - 1) + 1. */
export type Extent<Size, Dilation> = Dilation extends 1
  ? Size
  : number extends Size | Dilation
    ? Absorbing<Size | Dilation>
    : ToNumber<
        AddDigits<MultiplyDigits<`${Dilation & number}`, SubtractDigits<`${Size & number}`, '1'>>, '1'>
      >

/** Places of a kernel without padding; of a symbol they are a symbol again, 'valid(H,k3,s1)'. */
export type ValidPlaces<Op extends string, In, Kernel, Stride> = number extends In | Kernel | Stride
  ? Absorbing<In | Kernel | Stride>
  : In extends number
    ? CompareDigits<`${Kernel & number}`, `${In}`> extends 'greater'
      ? ShapeError<KernelTooLarge<Op, Kernel, In>>
      : ToNumber<
          AddDigits<DivideDigits<SubtractDigits<`${In}`, `${Kernel & number}`>, `${Stride & number}`>[0], '1'>
        >
    : [Kernel, Stride] extends [1, 1]
      ? In
      : `valid(${In & string},k${Kernel & number},s${Stride & number})`

/** Places with padding: as many as elements, divided by the stride and rounded up. */
export type SamePlaces<In, Stride> = Stride extends 1
  ? In
  : number extends In | Stride
    ? Absorbing<In | Stride>
    : In extends number
      ? ToNumber<
          DivideDigits<AddDigits<`${In}`, SubtractDigits<`${Stride & number}`, '1'>>, `${Stride & number}`>[0]
        >
      : `same(${In & string},s${Stride & number})`

type Places<Op extends string, In, Kernel, Stride, P extends Padding> = P extends 'same'
  ? SamePlaces<In, Stride>
  : ValidPlaces<Op, In, Kernel, Stride>

// ---- an image

/** The shape of images after windows of `Kernel` on images S, with these channels. */
export type WindowsOut<
  Op extends string,
  S,
  Kernel extends Pair,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
  Channels,
> = S extends readonly [
  infer Batch extends Dim,
  ...infer Front extends Shape,
  infer H extends Dim,
  infer W extends Dim,
  Dim,
]
  ? ImageOf<
      [Batch, ...Front],
      Places<Op, H, Extent<High<Kernel>, High<Dilation>>, High<Strides>, P>,
      Places<Op, W, Extent<Wide<Kernel>, Wide<Dilation>>, Wide<Strides>, P>,
      Channels
    >
  : IfRanked<S, ShapeError<NoImages<Op, S>>>

/** The sentence for what is no batch of images: a batch is no height, so [N, 28, 28] lacks channels. */
type NoImages<Op extends string, S> = S extends readonly [string, infer H, infer W]
  ? NoChannels<Op, S, H, W>
  : MustBeImages<Op, S>

type ImageOf<Front extends Shape, H, W, Channels> = H extends AnyError
  ? H
  : W extends AnyError
    ? W
    : [...Front, H & Dim, W & Dim, Channels & Dim]

/** The sentence that refuses to cut Count in Groups, or never. */
type Uncut<Op extends string, Count, What extends string, Groups> = Groups extends 1
  ? never
  : number extends Count | Groups
    ? never
    : Count extends number
      ? DivideDigits<`${Count}`, `${Groups & number}`>[1] extends '0'
        ? never
        : ShapeError<NotIntoGroups<Op, Count, What, Groups>>
      : never

type Cut<Count, Groups> = Groups extends 1
  ? Count
  : number extends Count | Groups
    ? number
    : ToNumber<DivideDigits<`${Count & number}`, `${Groups & number}`>[0]>

/** The shape rule of conv2d on S. */
export type Conv2dOut<
  S,
  Filters extends Dim,
  Kernel extends Pair,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair = 1,
  Groups extends number = 1,
> =
  WindowsOut<'conv2d', S, Kernel, Strides, P, Dilation, Filters> extends infer Out
    ? Out extends AnyError
      ? Out
      : [
            Uncut<'conv2d', LastDim<S>, 'channels', Groups> | Uncut<'conv2d', Filters, 'filters', Groups>,
          ] extends [never]
        ? Out
        : FirstOf<
            Uncut<'conv2d', LastDim<S>, 'channels', Groups>,
            Uncut<'conv2d', Filters, 'filters', Groups>
          >
    : never

type FirstOf<A, B> = [A] extends [never] ? B : A

// ---- convolution

/** kernel [height, width, channels of a group, filters] and bias [filters]. */
export interface ConvParams<Kernel extends Pair, Channels, Filters extends Dim> {
  readonly kernel: Tensor<[High<Kernel> & Dim, Wide<Kernel> & Dim, Channels & Dim, Filters]>
  readonly bias: Tensor<[Filters]>
}

/** [..., height, width, channels] -> [..., height', width', filters]. */
export interface Conv2d<Filters extends Dim, Kernel extends Pair, Strides extends Pair, P extends Padding>
  extends Stateless {
  readonly kind: 'conv2d'
  readonly filters: Filters
  readonly '~out': Conv2dOut<this['~in'], Filters, Kernel, Strides, P>
  readonly '~params': ConvParams<Kernel, LastDim<this['~in']>, Filters>
}

/** A Conv2d whose kernel is dilated, or whose channels fall into groups. */
export interface Conv2dInGroups<
  Filters extends Dim,
  Kernel extends Pair,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
  Groups extends number,
> extends Stateless {
  readonly kind: 'conv2d'
  readonly filters: Filters
  readonly '~out': Conv2dOut<this['~in'], Filters, Kernel, Strides, P, Dilation, Groups>
  readonly '~params': ConvParams<Kernel, Cut<LastDim<this['~in']>, Groups>, Filters>
}

/** What `conv2d` returns for its options. */
export type Conv2dLayer<
  Filters extends Dim,
  Kernel extends Pair,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
  Groups extends number,
  UseBias,
> = UseBias extends false
  ? Without<'bias', Conv2dBiased<Filters, Kernel, Strides, P, Dilation, Groups>>
  : Conv2dBiased<Filters, Kernel, Strides, P, Dilation, Groups>

type Conv2dBiased<
  Filters extends Dim,
  Kernel extends Pair,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
  Groups extends number,
> = [Dilation, Groups] extends [1, 1]
  ? Conv2d<SoundDim<Filters>, NormalPair<Kernel>, NormalPair<Strides>, P>
  : Conv2dInGroups<
      SoundDim<Filters>,
      NormalPair<Kernel>,
      NormalPair<Strides>,
      P,
      NormalPair<Dilation>,
      SoundDim<Groups> & number
    >

/** A literal pair without `readonly`; what is no literal counts as known at run time. */
export type NormalPair<P extends Pair> = P extends readonly [infer H extends number, infer W extends number]
  ? [SoundDim<H> & number, SoundDim<W> & number]
  : SoundDim<P> & number

/** [..., height, width, channels] -> [..., height', width', channels * multiplier]: each channel by itself. */
export interface DepthwiseConv2d<
  Kernel extends Pair,
  Multiplier extends number,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
> extends Stateless {
  readonly kind: 'depthwiseConv2d'
  readonly '~out': WindowsOut<
    'depthwiseConv2d',
    this['~in'],
    Kernel,
    Strides,
    P,
    Dilation,
    MultiplyDims<Multiplier, LastDim<this['~in']>>
  >
  readonly '~params': DepthwiseParams<Kernel, LastDim<this['~in']>, Multiplier>
}

/** kernel [height, width, channels, multiplier] and bias [channels * multiplier]. */
export interface DepthwiseParams<Kernel extends Pair, Channels extends Dim, Multiplier extends number> {
  readonly kernel: Tensor<[High<Kernel> & Dim, Wide<Kernel> & Dim, Channels, Multiplier]>
  readonly bias: Tensor<[MultiplyDims<Multiplier, Channels> & Dim]>
}

/** What `depthwiseConv2d` returns for its options. */
export type DepthwiseConv2dLayer<
  Kernel extends Pair,
  Multiplier extends number,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
  UseBias,
> = UseBias extends false
  ? Without<
      'bias',
      DepthwiseConv2d<
        NormalPair<Kernel>,
        NormalNumber<Multiplier>,
        NormalPair<Strides>,
        P,
        NormalPair<Dilation>
      >
    >
  : DepthwiseConv2d<
      NormalPair<Kernel>,
      NormalNumber<Multiplier>,
      NormalPair<Strides>,
      P,
      NormalPair<Dilation>
    >

type NormalNumber<N extends number> = SoundDim<N> & number

// ---- pooling

/** The shape rule of pooling: the channels stay. */
export type PoolOut<
  Op extends string,
  S,
  Size extends Pair,
  Strides extends Pair,
  P extends Padding,
> = WindowsOut<Op, S, Size, Strides, P, 1, LastDim<S>>

/** The largest of each tile of an image. */
export interface MaxPool2d<Size extends Pair> extends Weightless {
  readonly kind: 'maxPool2d'
  readonly '~out': PoolOut<'maxPool2d', this['~in'], Size, Size, 'valid'>
}

/** The largest in windows with strides or padding of their own. */
export interface MaxPool2dOver<Size extends Pair, Strides extends Pair, P extends Padding>
  extends Weightless {
  readonly kind: 'maxPool2d'
  readonly '~out': PoolOut<'maxPool2d', this['~in'], Size, Strides, P>
}

/** The mean of each tile of an image. */
export interface AveragePool2d<Size extends Pair> extends Weightless {
  readonly kind: 'averagePool2d'
  readonly '~out': PoolOut<'averagePool2d', this['~in'], Size, Size, 'valid'>
}

/** The mean in windows with strides or padding of their own. */
export interface AveragePool2dOver<Size extends Pair, Strides extends Pair, P extends Padding>
  extends Weightless {
  readonly kind: 'averagePool2d'
  readonly '~out': PoolOut<'averagePool2d', this['~in'], Size, Strides, P>
}

/** What `maxPool2d` returns for its options. */
export type MaxPool2dLayer<Size extends Pair, Strides extends Pair, P extends Padding> =
  IsTiled<Strides, P> extends true
    ? MaxPool2d<NormalPair<Size>>
    : MaxPool2dOver<NormalPair<Size>, StridesOr<Strides, Size>, P>

/** What `averagePool2d` returns for its options. */
export type AveragePool2dLayer<Size extends Pair, Strides extends Pair, P extends Padding> =
  IsTiled<Strides, P> extends true
    ? AveragePool2d<NormalPair<Size>>
    : AveragePool2dOver<NormalPair<Size>, StridesOr<Strides, Size>, P>

/** Whether windows lie side by side, each in the image: neither strides nor padding are given. */
type IsTiled<Strides, P> = [Strides, P] extends [never, 'valid'] ? true : false

/** Strides that are not given are the size. */
type StridesOr<Strides extends Pair, Size extends Pair> = NormalPair<
  [Strides] extends [never] ? Size : Strides
>

/** The mean of each channel: [..., height, width, channels] -> [..., channels]. */
export interface GlobalAveragePool2d<KeepDims> extends Weightless {
  readonly kind: 'globalAveragePool2d'
  readonly '~out': GlobalPoolOut<'globalAveragePool2d', this['~in'], KeepDims>
}

/** The shape rule of global pooling: height and width go, or stay as 1. */
export type GlobalPoolOut<Op extends string, S, KeepDims> = S extends readonly [
  infer Batch extends Dim,
  ...infer Front extends Shape,
  Dim,
  Dim,
  infer Channels extends Dim,
]
  ? KeepDims extends true
    ? [Batch, ...Front, 1, 1, Channels]
    : [Batch, ...Front, Channels]
  : IfRanked<S, ShapeError<NoImages<Op, S>>>
