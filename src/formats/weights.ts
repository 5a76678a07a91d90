import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { Fault } from '../../runtime/fault.js'
import { tensorOf } from '../data/tensor.js'
import { attemptAsync } from '../errors.js'
import { leavesOf, type WeightTree } from '../train/weights.js'
import { readBytes, writeFileAtomic } from './files.js'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'

/**
 * Writes weights as a safetensors file, whole or not at all; a tensor's name is its path, `layer0/kernel`.
 * Left: `unwritable-file`.
 */
export const saveWeights = (path: string, weights: object): TE.TaskEither<Fault, void> =>
  attemptAsync(() => {
    // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
    const tensors = leavesOf(weights as WeightTree).map(([name, { dtype, dims, data }]) => ({
      name,
      dtype,
      shape: dims,
      data,
    }))
    return writeFileAtomic(path, encodeSafetensors({ tensors, metadata: { format: 'densor' } }))
  })

/** The tensors of a safetensors file by name. Throws `unreadable-file`, `malformed-file`. */
export const readTensors = async (
  path: string,
): Promise<readonly (readonly [name: string, tensor: AnyTensor])[]> => {
  const { tensors } = decodeSafetensors(await readBytes(path), path)
  return tensors.map(({ name, dtype, shape, data }) => [name, tensorOf(shape, dtype, data)])
}
