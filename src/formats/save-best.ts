import { type BestOptions, onBest } from '../train/best.js'
import type { Callback } from '../train/callbacks.js'
import { saveWeights } from './weights.js'

/**
 * A callback that writes the weights to a file after each epoch whose number is better than those of all
 * epochs before it: Keras's `ModelCheckpoint` with `save_best_only` and `save_weights_only`. Throws a
 * `FaultError` if `mode` is 'auto' and it is unknown whether the number should fall or rise. A file that
 * cannot be written ends the training with a `CallbackFault`.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveBest, sequential } from 'densor'
 *
 * const callbacks = [saveBest('best.safetensors', { monitor: 'loss' })]
 * const options = { loss: 'meanSquaredError', epochs: 3, callbacks, verbose: 'silent' } as const
 * await fit(sequential(input(1), dense(1)), { x: [[0], [1]], y: [[1], [3]] }, options)
 * ```
 */
export const saveBest = (path: string, options: BestOptions = {}): Callback =>
  // Every node of a WeightTree is a record of tensors, which saveWeights checks.
  onBest(options, ({ weights }) => saveWeights<object>(path, weights), 'saveBest')
