/** Convolution over images, with everything that Keras's Conv2D and DepthwiseConv2D take. */
import { activate, isActivation } from '../activations.js'
import { reshape } from '../graph/arrange.js'
import { add, div } from '../graph/elementwise.js'
import type { LayerContext, Node } from '../graph/node.js'
import { countOf } from '../graph/reduce.js'
import { convolve } from '../graph/window.js'
import { penaltyOf } from '../regularizers.js'
import type { Dim } from '../types/dims.js'
import type {
  Conv2dFn,
  Conv2dOptions,
  DepthwiseConv2dFn,
  DepthwiseConv2dOptions,
} from '../types/signatures-windows.js'
import * as rules from '../types/window-rules.js'
import type { Padding } from '../types/windows.js'
import { CONV2D, checkLayerOptions, checkUnits, checkWindow, DEPTHWISE } from './domains.js'
import { lastDim, layerOf } from './layer.js'

/** Options with their numbers as they were given; the types have checked literals, the rules check the rest. */
interface Given {
  readonly strides?: unknown
  readonly dilationRate?: unknown
  readonly padding?: Padding
}

const numberOr = (x: unknown, otherwise: number): number => (typeof x === 'number' ? x : otherwise)

const windowingOf = (size: unknown, options: Given): rules.Windowing => ({
  size: rules.pairOr(size, 1),
  strides: rules.pairOr(options.strides, 1),
  padding: options.padding ?? 'valid',
  dilation: rules.pairOr(options.dilationRate, 1),
})

type ConvOptions = Conv2dOptions<unknown, Padding, unknown, unknown, boolean>
type DepthwiseOptions = DepthwiseConv2dOptions<unknown, unknown, Padding, unknown, boolean>

/**
 * A 2D convolution over images [height, width, channels]: Keras's `Conv2D`. Its output is [height, width,
 * filters], its weights are `kernel` [height, width, channels / groups, filters] and `bias` [filters].
 * `kernelSize` is one number, or [height, width].
 *
 * Defaults: strides 1, padding 'valid', dilationRate 1, groups 1, useBias true, no activation,
 * kernelInitializer 'glorotUniform', biasInitializer 'zeros'. In place of the options, the name of an
 * activation. Fails with a fault if the input has no channels (write `input([28, 28, 1])`) or the kernel is
 * larger than the image.
 *
 * @example
 * ```ts
 * import { conv2d, dense, flatten, input, maxPool2d, sequential } from 'densor'
 *
 * const model = sequential(
 *   input([28, 28, 1]),
 *   conv2d(16, 3, { padding: 'same', activation: 'relu' }),
 *   maxPool2d(),
 *   flatten(),
 *   dense(10, 'softmax'),
 * )
 * console.log(model.out) // ['N', 10]
 * ```
 */
export const conv2d: Conv2dFn = (filters, kernelSize, given) => {
  const options: ConvOptions = isActivation(given) ? { activation: given } : (given ?? {})
  checkUnits('conv2d', 'filters', filters)
  checkWindow('conv2d', 'the kernel size', kernelSize)
  checkLayerOptions('conv2d', CONV2D, options)
  const over = windowingOf(kernelSize, options)
  const groups = numberOr(options.groups, 1)
  const size: Dim = typeof filters === 'number' || typeof filters === 'string' ? filters : 0
  const apply = (x: Node, context: LayerContext): Node => {
    const width = Number(size) // The shape rule has refused what is no number.
    const kernel = context.weight('kernel', {
      shape: [...rules.pairOf(over.size), lastDim('conv2d', x.shape) / groups, width],
      initializer: options.kernelInitializer ?? 'glorotUniform',
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    })
    return finished(
      convolve(x, kernel, over, groups, rules.conv2d(x.shape, size, over, groups)),
      context,
      width,
      options,
    )
  }
  return layerOf(
    {
      kind: 'conv2d',
      shape: input => rules.conv2d(input, size, over, groups),
      expand: apply,
      made: { by: 'conv2d', given: { filters, kernelSize, options } },
    },
    { filters, options },
  )
}

/**
 * A 2D convolution of each channel by itself: Keras's `DepthwiseConv2D`. Its output is [height, width,
 * channels * depthMultiplier], its weights are `kernel` [height, width, channels, depthMultiplier] and
 * `bias`.
 *
 * Defaults: depthMultiplier 1, strides 1, padding 'valid', dilationRate 1, useBias true, no activation,
 * depthwiseInitializer 'glorotUniform', biasInitializer 'zeros'. In place of the options, the name of an
 * activation.
 *
 * @example
 * ```ts
 * import { conv2d, depthwiseConv2d, input, sequential } from 'densor'
 *
 * // a separable convolution: each channel by itself, then all channels of each pixel
 * const model = sequential(input([32, 32, 8]), depthwiseConv2d(3, { padding: 'same' }), conv2d(16, 1, 'relu'))
 * console.log(model.out) // ['N', 32, 32, 16]
 * ```
 */
export const depthwiseConv2d: DepthwiseConv2dFn = (kernelSize, given) => {
  const options: DepthwiseOptions = isActivation(given) ? { activation: given } : (given ?? {})
  checkWindow('depthwiseConv2d', 'the kernel size', kernelSize)
  checkLayerOptions('depthwiseConv2d', DEPTHWISE, options)
  const over = windowingOf(kernelSize, options)
  const multiplier = numberOr(options.depthMultiplier, 1)
  const apply = (x: Node, context: LayerContext): Node => {
    const channels = lastDim('depthwiseConv2d', x.shape)
    const size = rules.pairOf(over.size)
    const kernel = context.weight('kernel', {
      shape: [...size, channels, multiplier],
      initializer: options.depthwiseInitializer ?? 'glorotUniform',
      regularizer: options.depthwiseRegularizer,
      constraint: options.depthwiseConstraint,
    })
    const shape = rules.depthwiseConv2d(x.shape, multiplier, over)
    const grouped = reshape(kernel, [...size, 1, channels * multiplier])
    return finished(convolve(x, grouped, over, channels, shape), context, channels * multiplier, options)
  }
  return layerOf(
    {
      kind: 'depthwiseConv2d',
      shape: input => rules.depthwiseConv2d(input, multiplier, over),
      expand: apply,
      made: { by: 'depthwiseConv2d', given: { kernelSize, options } },
    },
    { options },
  )
}

/** With the bias and the activation, and the penalty for activity. */
const finished = (
  linear: Node,
  context: LayerContext,
  width: number,
  options: ConvOptions | DepthwiseOptions,
): Node => {
  const { activation, activityRegularizer } = options
  const biased = options.useBias === false ? linear : add(linear, biasOf(context, width, options))
  const y = activation === undefined ? biased : activate(activation, biased)
  if (activityRegularizer !== undefined) {
    // Keras divides what it adds for activities by the size of the batch.
    context.penalty(div(penaltyOf(activityRegularizer, y), countOf(y, 0)))
  }
  return y
}

const biasOf = (context: LayerContext, width: number, options: ConvOptions | DepthwiseOptions): Node =>
  context.weight('bias', {
    shape: [width],
    initializer: options.biasInitializer ?? 'zeros',
    regularizer: options.biasRegularizer,
    constraint: options.biasConstraint,
  })
