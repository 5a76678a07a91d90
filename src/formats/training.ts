import { unwrap } from '../errors.js'
import { type Task, taskOf } from '../task.js'
import type { TrainingState } from '../train/resume.js'
import { readBytes, writeFileAtomic } from './files.js'
import { encodeTraining, trainingIn } from './training-codec.js'

/**
 * Writes the state of a training to a safetensors file, whole or not at all; `loadTraining` reads it. Fails
 * with a user fault `unwritable-file` if the file cannot be written.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveTraining, sequential } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const data = { x: [[0], [1]], y: [[1], [3]] }
 * const { training } = await fit(model, data, { loss: 'meanSquaredError', verbose: 'silent' })
 * await saveTraining('training.safetensors', training)
 * ```
 */
export const saveTraining = (path: string, training: TrainingState): Task<void> =>
  taskOf('saveTraining', async () => writeFileAtomic(path, unwrap(encodeTraining(training))))

/**
 * Reads the state of a training from a file, for `fit(…, { resume })`. Fails with a user fault
 * `unreadable-file` or `malformed-file` if the file cannot be read, or holds weights only.
 *
 * @example
 * ```ts
 * import { loadTraining } from 'densor'
 *
 * const { epochs, optimizer } = await loadTraining('training.safetensors')
 * console.log(epochs, optimizer)
 * ```
 */
export const loadTraining = (path: string): Task<TrainingState> =>
  taskOf('loadTraining', async () => trainingIn(await readBytes(path), path))
