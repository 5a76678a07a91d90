import type { AnyTensor } from '../../dsl/types/layer.js'
import type { LoadWeightsFn } from '../../dsl/types/signatures.js'
import { type Task, taskOf } from '../task.js'
import { readBytes, writeFileAtomic } from './files.js'
import type { Savable } from './weights-codec.js'

/** The format: loaded when a file is read or written. */
const codec = () => import('./weights-codec.js')

/**
 * Writes weights to a safetensors file, which any safetensors reader opens. A tensor's name is its path, such
 * as `layer0/kernel`. The file is written whole or not at all. Fails with a user fault `not-weights` if given
 * something else, such as a task or all of what `fit` gives, and `unwritable-file` if it cannot be written.
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
 * Reads the weights of a model from a safetensors file. Fails with a user fault `unreadable-file` or
 * `malformed-file` if the file cannot be read, and `wrong-weights`, which lists every tensor that is missing,
 * unknown, or of another shape, if the weights do not fit the model.
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
    const read = (await codec()).weightsReader(model, options.sizes)
    // The typed edge: the layout has the layers and weights that WeightsOf computes.
    return read(await readBytes(path), path) as never
  })

/** The tensors of a safetensors file by name. Throws `unreadable-file`, `malformed-file`. */
export const readTensors = async (
  path: string,
): Promise<readonly (readonly [name: string, tensor: AnyTensor])[]> => {
  const { tensorsIn } = await codec()
  return tensorsIn(await readBytes(path), path)
}
