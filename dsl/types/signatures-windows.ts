/** The call signatures of convolution and pooling, and what they take: Keras's names and defaults. */
import type {
  Activation,
  ActivationName,
  Constraint,
  ConstraintName,
  Initializer,
  InitializerName,
  Regularizer,
  RegularizerName,
} from './options.js'
import type { PositiveSize } from './sizes.js'
import type {
  AveragePool2dLayer,
  Conv2dLayer,
  DepthwiseConv2dLayer,
  GlobalAveragePool2d,
  MaxPool2dLayer,
  Padding,
  Pair,
} from './windows.js'

/** What every convolution takes. */
interface ConvolutionOptions<
  Op extends string,
  Strides,
  P extends Padding,
  Dilation,
  UseBias extends boolean,
> {
  /** Pixels from one position of the kernel to the next. Default: 1. */
  readonly strides?: PositiveSize<Op, Strides>
  /** The padding. Default: 'valid'. */
  readonly padding?: P
  /** Distance of the pixels under the kernel. Default: 1. */
  readonly dilationRate?: PositiveSize<Op, Dilation>
  readonly activation?: ActivationName | Activation
  readonly useBias?: UseBias
  readonly biasInitializer?: InitializerName | Initializer
  readonly biasRegularizer?: RegularizerName | Regularizer
  readonly activityRegularizer?: RegularizerName | Regularizer
  readonly biasConstraint?: ConstraintName | Constraint
}

/** What `conv2d` takes beside its filters and their size: Keras's Conv2D. */
export interface Conv2dOptions<Strides, P extends Padding, Dilation, Groups, UseBias extends boolean>
  extends ConvolutionOptions<'conv2d', Strides, P, Dilation, UseBias> {
  /** The channels fall into so many groups, each seen by its own part of the filters. Default: 1. */
  readonly groups?: PositiveSize<'conv2d', Groups>
  readonly kernelInitializer?: InitializerName | Initializer
  readonly kernelRegularizer?: RegularizerName | Regularizer
  readonly kernelConstraint?: ConstraintName | Constraint
}

/** What `depthwiseConv2d` takes beside the size of its kernels: Keras's DepthwiseConv2D. */
export interface DepthwiseConv2dOptions<
  Multiplier,
  Strides,
  P extends Padding,
  Dilation,
  UseBias extends boolean,
> extends ConvolutionOptions<'depthwiseConv2d', Strides, P, Dilation, UseBias> {
  /** Filters for each channel. Default: 1. */
  readonly depthMultiplier?: PositiveSize<'depthwiseConv2d', Multiplier>
  readonly depthwiseInitializer?: InitializerName | Initializer
  readonly depthwiseRegularizer?: RegularizerName | Regularizer
  readonly depthwiseConstraint?: ConstraintName | Constraint
}

/** What pooling takes beside the size of its windows. */
export interface PoolOptions<Op extends string, Strides, P extends Padding> {
  /** Pixels from one window to the next. Default: the size of the window. */
  readonly strides?: PositiveSize<Op, Strides>
  /** The padding. Default: 'valid'. */
  readonly padding?: P
}

/** Filters moved over images: activation(x * kernel + bias) at each position. */
export type Conv2dFn = <
  const Filters extends number,
  const Kernel extends Pair,
  const Strides extends Pair = 1,
  const P extends Padding = 'valid',
  const Dilation extends Pair = 1,
  const Groups extends number = 1,
  const UseBias extends boolean = true,
>(
  filters: PositiveSize<'conv2d', Filters>,
  kernelSize: PositiveSize<'conv2d', Kernel>,
  options?: ActivationName | Conv2dOptions<Strides, P, Dilation, Groups, UseBias>,
) => Conv2dLayer<Filters, Kernel, Strides, P, Dilation, Groups, UseBias>

/** Filters of each channel by itself. */
export type DepthwiseConv2dFn = <
  const Kernel extends Pair,
  const Multiplier extends number = 1,
  const Strides extends Pair = 1,
  const P extends Padding = 'valid',
  const Dilation extends Pair = 1,
  const UseBias extends boolean = true,
>(
  kernelSize: PositiveSize<'depthwiseConv2d', Kernel>,
  options?: ActivationName | DepthwiseConv2dOptions<Multiplier, Strides, P, Dilation, UseBias>,
) => DepthwiseConv2dLayer<Kernel, Multiplier, Strides, P, Dilation, UseBias>

/** The largest element of each channel in each window. Default: 2 x 2. */
export type MaxPool2dFn = <
  const Size extends Pair = 2,
  const Strides extends Pair = never,
  const P extends Padding = 'valid',
>(
  poolSize?: PositiveSize<'maxPool2d', Size>,
  options?: PoolOptions<'maxPool2d', Strides, P>,
) => MaxPool2dLayer<Size, Strides, P>

/** The mean of each channel in each window, padding not counted. Default: 2 x 2. */
export type AveragePool2dFn = <
  const Size extends Pair = 2,
  const Strides extends Pair = never,
  const P extends Padding = 'valid',
>(
  poolSize?: PositiveSize<'averagePool2d', Size>,
  options?: PoolOptions<'averagePool2d', Strides, P>,
) => AveragePool2dLayer<Size, Strides, P>

/** The mean of each channel over the whole image; `keepdims` leaves a 1 for height and width. */
export type GlobalAveragePool2dFn = <const KeepDims extends boolean = false>(options?: {
  readonly keepdims?: KeepDims
}) => GlobalAveragePool2d<KeepDims>
