import type { AnyTensor } from '../../dsl/types/layer.js'
import type { LoadWeightsFn } from '../../dsl/types/signatures.js'
import { type Task, taskOf } from '../task.js'
import { readBytes, writeFileAtomic } from './files.js'
import type { Savable } from './weights-codec.js'

/** The format: loaded when a file is read or written. */
const codec = () => import('./weights-codec.js')

/**
 * Writes weights as a safetensors file, whole or not at all; a tensor's name is its path, `layer0/kernel`.
 * Left: `not-weights`, `wrong-weights`, `bad-path`, `unwritable-file`.
 *
 * @example
 * ```ts
 * import { dense, init, input, saveWeights, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(3))
 * await saveWeights('model.safetensors', unwrap(init(model)))
 * ```
 */
export const saveWeights = <W>(path: string, weights: Savable<W>): Task<void> =>
  taskOf('saveWeights', async () => {
    const { bytesOfWeights } = await codec()
    return writeFileAtomic(path, bytesOfWeights('saveWeights', weights))
  })

/**
 * Reads weights for a model from a safetensors file.
 * Left: `bad-path`, `unreadable-file`, `malformed-file`, or `wrong-weights` with every tensor that does not fit.
 *
 * @example
 * ```ts
 * import { dense, input, loadWeights, sequential } from 'densor'
 *
 * const model = sequential(input(2), dense(3))
 * const weights = await loadWeights(model, 'model.safetensors')
 * console.log(weights.layer0.kernel.dims)
 * ```
 */
export const loadWeights: LoadWeightsFn<string> = (model, path, options = {}) =>
  taskOf('loadWeights', async () => {
    const { weightsIn } = await codec()
    // The typed edge: the layout has the layers and weights that WeightsOf computes.
    return weightsIn(model, await readBytes(path), path, options.sizes) as never
  })

/** The tensors of a safetensors file by name. Throws `unreadable-file`, `malformed-file`. */
export const readTensors = async (
  path: string,
): Promise<readonly (readonly [name: string, tensor: AnyTensor])[]> => {
  const { tensorsIn } = await codec()
  return tensorsIn(await readBytes(path), path)
}
