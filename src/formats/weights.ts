import type { AnyTensor } from '../../dsl/types/layer.js'
import type { LoadWeightsFn } from '../../dsl/types/signatures.js'
import { tensorOf } from '../data/tensor.js'
import { type Task, taskOf } from '../task.js'
import { layoutFor } from '../train/layout.js'
import { flatOf, leavesOf, treeOf, type WeightTree } from '../train/weights.js'
import { readBytes, writeFileAtomic } from './files.js'

/** The format, with its codecs: loaded when a file is read or written. */
const safetensors = () => import('./safetensors.js')

/**
 * Writes weights as a safetensors file, whole or not at all; a tensor's name is its path, `layer0/kernel`.
 * Left: `unwritable-file`.
 */
export const saveWeights = (path: string, weights: object): Task<void> =>
  taskOf('saveWeights', async () => {
    const { encodeSafetensors } = await safetensors()
    // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
    const tensors = leavesOf(weights as WeightTree).map(([name, { dtype, dims, data }]) => ({
      name,
      dtype,
      shape: dims,
      data,
    }))
    return writeFileAtomic(path, encodeSafetensors({ tensors, metadata: { format: 'densor' } }))
  })

/**
 * Reads weights for a model from a safetensors file.
 * Left: `unreadable-file`, `malformed-file`, or `wrong-weights` with every tensor that does not fit.
 */
export const loadWeights: LoadWeightsFn<string> = (model, path, options = {}) =>
  taskOf('loadWeights', async () => {
    const layout = layoutFor(model, undefined, options.sizes)
    // The typed edge: the layout has the layers and weights that WeightsOf computes.
    return treeOf(layout, flatOf(layout, await readTensors(path), path)) as never
  })

/** The tensors of a safetensors file by name. Throws `unreadable-file`, `malformed-file`. */
export const readTensors = async (
  path: string,
): Promise<readonly (readonly [name: string, tensor: AnyTensor])[]> => {
  const { decodeSafetensors } = await safetensors()
  const { tensors } = decodeSafetensors(await readBytes(path), path)
  return tensors.map(({ name, dtype, shape, data }) => [name, tensorOf(shape, dtype, data)])
}
