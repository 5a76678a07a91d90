/** Pooling over images: the largest or the mean of windows, or of whole images. */
import type { Node } from '../graph/node.js'
import { mean } from '../graph/reduce.js'
import { averagePool, maxPool } from '../graph/window.js'
import type { Shape } from '../types/dims.js'
import type { LayerFn } from '../types/layer.js'
import type {
  AveragePool2dFn,
  GlobalAveragePool2dFn,
  MaxPool2dFn,
  PoolOptions,
} from '../types/signatures-windows.js'
import * as rules from '../types/window-rules.js'
import type { Padding } from '../types/windows.js'
import { checkLayerOptions, checkWindow, GLOBAL_POOL, POOL } from './domains.js'
import { layerOf } from './layer.js'

type Options = PoolOptions<string, unknown, Padding>

const poolOf = <L extends LayerFn>(
  kind: 'maxPool2d' | 'averagePool2d',
  poolSize: unknown,
  options: Options,
  pool: (x: Node, over: rules.Windowing, shape: Shape) => Node,
): L => {
  if (poolSize !== undefined) checkWindow(kind, 'the pool size', poolSize)
  checkLayerOptions(kind, POOL, options)
  const size = rules.pairOr(poolSize, 2)
  const over: rules.Windowing = {
    size,
    strides: rules.pairOr(options.strides, size),
    padding: options.padding ?? 'valid',
    dilation: 1,
  }
  const shape = (input: Shape): Shape => rules.windows(kind, input, over)
  const made = { by: kind, given: { poolSize: poolSize ?? 2, options } }
  return layerOf<L>(
    { kind, shape, expand: x => pool(x, over, shape(x.shape)), made },
    { poolSize: size, options },
  )
}

/**
 * The largest element of each channel in each window of an image [height, width, channels]: Keras's
 * `MaxPooling2D`. `poolSize` is one number, or [height, width]. Defaults: poolSize 2, strides as poolSize,
 * padding 'valid'.
 *
 * @example
 * ```ts
 * import { input, maxPool2d, sequential } from 'densor'
 *
 * const model = sequential(input([28, 28, 8]), maxPool2d(2))
 * console.log(model.out) // ['N', 14, 14, 8]
 * ```
 */
export const maxPool2d: MaxPool2dFn = (poolSize, options) =>
  poolOf('maxPool2d', poolSize, options ?? {}, maxPool)

/**
 * The mean of each channel in each window of an image [height, width, channels]: Keras's `AveragePooling2D`.
 * Padding is not counted. Defaults: poolSize 2, strides as poolSize, padding 'valid'.
 *
 * @example
 * ```ts
 * import { averagePool2d, input, sequential } from 'densor'
 *
 * const model = sequential(input([28, 28, 8]), averagePool2d(4, { strides: 2 }))
 * console.log(model.out) // ['N', 13, 13, 8]
 * ```
 */
export const averagePool2d: AveragePool2dFn = (poolSize, options) =>
  poolOf('averagePool2d', poolSize, options ?? {}, averagePool)

/**
 * The mean of each channel over the whole image: Keras's `GlobalAveragePooling2D`. [height, width, channels]
 * becomes [channels], or [1, 1, channels] with `keepdims: true`. Default: false.
 *
 * @example
 * ```ts
 * import { dense, globalAveragePool2d, input, sequential } from 'densor'
 *
 * const model = sequential(input([7, 7, 64]), globalAveragePool2d(), dense(10))
 * console.log(model.out) // ['N', 10]
 * ```
 */
export const globalAveragePool2d: GlobalAveragePool2dFn = options => {
  checkLayerOptions('globalAveragePool2d', GLOBAL_POOL, options)
  return layerOf({
    kind: 'globalAveragePool2d',
    shape: input => rules.globalPool('globalAveragePool2d', input, options?.keepdims === true),
    expand: x => mean(x, [-3, -2], { keepdims: options?.keepdims }),
    made: { by: 'globalAveragePool2d', given: { options } },
  })
}
