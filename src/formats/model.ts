import type { AnyModel, AnyMultiModel } from '../../dsl/types/model.js'
import type { WeightsFor } from '../../dsl/types/training.js'
import { type Task, taskOf } from '../task.js'
import { readBytes, writeFileAtomic } from './files.js'
import type { StoredModel, StoreOptions } from './model-codec.js'

/** The format: loaded when a file is read or written. */
const codec = () => import('./model-codec.js')

/**
 * Writes a model and its weights to one safetensors file, whole or not at all; with `training`, the
 * optimizer's state, too. Fails with a user fault `cannot-store` if the model is more than densor's own
 * layers one after the other, `not-weights` or `wrong-weights` if the weights are not weights of the model,
 * and `unwritable-file` if the file cannot be written.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveModel, sequential } from 'densor'
 *
 * const model = sequential(input(1), dense(8, 'relu'), dense(1))
 * const data = { x: [[0], [1]], y: [[1], [3]] }
 * const { weights, training } = await fit(model, data, { loss: 'meanSquaredError', verbose: 'silent' })
 * await saveModel('model.safetensors', model, weights, { training })
 * ```
 */
export const saveModel = <M extends AnyModel | AnyMultiModel>(
  path: string,
  model: M,
  weights: WeightsFor<M, unknown>,
  options: StoreOptions = {},
): Task<void> =>
  taskOf('saveModel', async () => {
    const { bytesOfModel } = await codec()
    return writeFileAtomic(path, bytesOfModel('saveModel', model, weights, options))
  })

/**
 * Reads the model and the weights that `saveModel` wrote. The types do not know which model a file holds,
 * unless `like` is a model with the same layers. Fails with a user fault `unreadable-file` or
 * `malformed-file` if the file cannot be read, `wrong-weights` if the weights do not fit, and `wrong-model`
 * if the model differs from `like`.
 *
 * @example
 * ```ts
 * import { loadModel, predict, tensor, unwrap } from 'densor'
 *
 * const { model, weights } = await loadModel('model.safetensors')
 * console.log((await predict(model, weights, unwrap(tensor([1, 1], [5])))).data)
 * ```
 */
export const loadModel = <M extends AnyModel | AnyMultiModel = AnyModel>(
  path: string,
  like?: M,
): Task<StoredModel<M>> =>
  taskOf('loadModel', async () => {
    const { modelIn } = await codec()
    return modelIn('loadModel', await readBytes(path), path, like)
  })
