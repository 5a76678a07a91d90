/** Batch normalization and layer normalization on the last axis. */
import { add, mul, neg, rsqrt, square, sub } from '../graph/elementwise.js'
import type { LayerContext, Node } from '../graph/node.js'
import { mean } from '../graph/reduce.js'
import type { BatchNormOptions, LayerNormOptions } from '../types/options.js'
import * as rules from '../types/rules.js'
import type { BatchNormFn, LayerNormFn } from '../types/signatures.js'
import { BATCH_NORM, checkLayerOptions, LAYER_NORM } from './domains.js'
import { lastDim, layerOf } from './layer.js'

type BatchOptions = BatchNormOptions<boolean, boolean>

/**
 * Batch normalization on the last axis: Keras's `BatchNormalization` (Ioffe and Szegedy 2015). While
 * training, it subtracts the batch's mean and divides by the root of its variance, and moves averages of
 * both; otherwise it takes those averages. The shape stays. Its weights are `gamma`, `beta`, `movingMean`
 * and `movingVariance`, each [channels].
 *
 * Defaults: momentum 0.99 (the fraction of the old average that is kept), epsilon 1e-3, center true, scale
 * true.
 *
 * @example
 * ```ts
 * import { batchNorm, conv2d, input, sequential } from 'densor'
 *
 * const model = sequential(input([28, 28, 1]), conv2d(8, 3, { useBias: false }), batchNorm({ momentum: 0.9 }))
 * ```
 */
export const batchNorm: BatchNormFn = (options = {}) => {
  checkLayerOptions('batchNorm', BATCH_NORM, options)
  return layerOf(
    {
      kind: 'batchNorm',
      shape: input => rules.sameWithLast('batchNorm', input),
      expand: (x, context) => normalizeBatch(x, context, options),
      made: { by: 'batchNorm', given: { options } },
    },
    { options },
  )
}

/** x normalized over all axes but the last one; gamma, beta and the moving averages are the context's. */
export const normalizeBatch = (x: Node, context: LayerContext, options: BatchOptions): Node => {
  const { momentum = 0.99, epsilon = 1e-3, center = true, scale = true } = options
  const shape = [lastDim('batchNorm', x.shape)]
  const gamma = scale ? gammaOf(context, shape, options) : undefined
  const beta = center ? betaOf(context, shape, options) : undefined
  const state = (name: string, initializer: NonNullable<BatchOptions['movingMeanInitializer']>) =>
    context.weight(name, { shape, initializer, trainable: false })
  const movingMean = state('movingMean', options.movingMeanInitializer ?? 'zeros')
  const movingVariance = state('movingVariance', options.movingVarianceInitializer ?? 'ones')
  if (!context.training) return normalized(x, movingMean, movingVariance, epsilon, gamma, beta)
  const axes = x.shape.slice(0, -1).map((_, axis) => axis)
  const batchMean = mean(x, axes)
  const batchVariance = mean(square(sub(x, batchMean)), axes)
  const moved = (old: Node, now: Node) => add(mul(old, momentum), mul(now, 1 - momentum))
  context.update('movingMean', moved(movingMean, batchMean))
  context.update('movingVariance', moved(movingVariance, batchVariance))
  return normalized(x, batchMean, batchVariance, epsilon, gamma, beta)
}

/** x inv + (beta - mean inv) with inv = gamma / √(variance + ε), Keras's order of operations. */
const normalized = (
  x: Node,
  center: Node,
  variance: Node,
  epsilon: number,
  gamma: Node | undefined,
  beta: Node | undefined,
): Node => {
  const unit = rsqrt(add(variance, epsilon))
  const inv = gamma === undefined ? unit : mul(unit, gamma)
  const shift = mul(neg(center), inv)
  return add(mul(x, inv), beta === undefined ? shift : add(shift, beta))
}

const gammaOf = (context: LayerContext, shape: readonly number[], options: BatchOptions): Node =>
  context.weight('gamma', {
    shape,
    initializer: options.gammaInitializer ?? 'ones',
    regularizer: options.gammaRegularizer,
    constraint: options.gammaConstraint,
  })

const betaOf = (context: LayerContext, shape: readonly number[], options: BatchOptions): Node =>
  context.weight('beta', {
    shape,
    initializer: options.betaInitializer ?? 'zeros',
    regularizer: options.betaRegularizer,
    constraint: options.betaConstraint,
  })

/**
 * Layer normalization on the last axis, each sample by its own mean and variance: Keras's
 * `LayerNormalization` (Ba et al. 2016). The same while training and after. The shape stays; its weights are
 * `gamma` and `beta`, each of the last axis's size.
 *
 * Defaults: epsilon 1e-3, center true, scale true.
 *
 * @example
 * ```ts
 * import { dense, input, layerNorm, sequential } from 'densor'
 *
 * const model = sequential(input(16), layerNorm(), dense(4))
 * ```
 */
export const layerNorm: LayerNormFn = (options = {}) => {
  checkLayerOptions('layerNorm', LAYER_NORM, options)
  return layerOf(
    {
      kind: 'layerNorm',
      shape: input => rules.sameWithLast('layerNorm', input),
      expand: (x, context) => normalizeLayer(x, context, options),
      made: { by: 'layerNorm', given: { options } },
    },
    { options },
  )
}

const normalizeLayer = (
  x: Node,
  context: LayerContext,
  options: LayerNormOptions<boolean, boolean>,
): Node => {
  const { epsilon = 1e-3, center = true, scale = true } = options
  const shape = [lastDim('layerNorm', x.shape)]
  const gamma = scale ? gammaOf(context, shape, options) : undefined
  const beta = center ? betaOf(context, shape, options) : undefined
  const middle = mean(x, -1, { keepdims: true })
  const spread = mean(square(sub(x, middle)), -1, { keepdims: true })
  return normalized(x, middle, spread, epsilon, gamma, beta)
}
