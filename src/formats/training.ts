import { unwrap } from '../errors.js'
import { type Task, taskOf } from '../task.js'
import type { TrainingState } from '../train/resume.js'
import { readBytes, writeFileAtomic } from './files.js'
import { encodeTraining, trainingIn } from './training-codec.js'

/**
 * Writes where a training stands to a file, whole or not at all. Left: `bad-option`, `bad-path`, `unwritable-file`.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveTraining, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const data = { x: unwrap(tensor([2, 1], [0, 1])), y: unwrap(tensor([2, 1], [1, 3])) }
 * const { training } = await fit(model, data, { loss: 'meanSquaredError', verbose: 'silent' })
 * await saveTraining('training.safetensors', training)
 * ```
 */
export const saveTraining = (path: string, training: TrainingState): Task<void> =>
  taskOf('saveTraining', async () => writeFileAtomic(path, unwrap(encodeTraining(training))))

/**
 * Reads where a training stood, for `fit(…, { resume })`. Left: `bad-path`, `unreadable-file`, `malformed-file`.
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
