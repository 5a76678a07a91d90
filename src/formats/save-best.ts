import { type BestOptions, onBest } from '../train/best.js'
import type { Callback } from '../train/callbacks.js'
import { saveWeights } from './weights.js'

/**
 * Writes the weights to a file after each epoch whose number is better than all before it. Throws where it is not known
 * whether the number should rise; a file that cannot be written ends the training.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveBest, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const [x, y] = [unwrap(tensor([2, 1], [0, 1])), unwrap(tensor([2, 1], [1, 3]))]
 * const callbacks = [saveBest('best.safetensors', { monitor: 'loss' })]
 * await fit(model, { x, y }, { loss: 'meanSquaredError', epochs: 3, callbacks, verbose: 'silent' })
 * ```
 */
export const saveBest = (path: string, options: BestOptions = {}): Callback =>
  // Every node of a WeightTree is a record of tensors, which saveWeights checks.
  onBest(options, ({ weights }) => saveWeights<object>(path, weights), 'saveBest')
