import type { Either } from 'fp-ts/lib/Either.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import { tensorOf } from '../data/tensor.js'
import { attempt } from '../errors.js'
import { checkResume, type TrainingState } from '../train/resume.js'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'

const FORMAT = 'densor training'

/**
 * The state of a training, which `fit` gives as `training`, as the bytes of a safetensors file. Fails with a
 * user fault `bad-option` if given something else.
 *
 * @example
 * ```ts
 * import { decodeTraining, dense, encodeTraining, fit, input, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const data = { x: [[0], [1]], y: [[1], [3]] }
 * const options = { loss: 'meanSquaredError', optimizer: 'adam', epochs: 5, verbose: 'silent' } as const
 * const { training } = await fit(model, data, options)
 * const resume = unwrap(decodeTraining(unwrap(encodeTraining(training))))
 * console.log((await fit(model, data, { ...options, resume })).history.epoch) // [5, 6, 7, 8, 9]
 * ```
 */
export const encodeTraining = (training: TrainingState): Either<Fault, Uint8Array<ArrayBuffer>> =>
  attempt(() => {
    checkResume(training, undefined)
    const tensors = Object.entries(training.numbers).map(([name, { dtype, dims, data }]) => ({
      name,
      dtype,
      shape: dims,
      data,
    }))
    const { epochs, seed, optimizer } = training
    const metadata = { format: FORMAT, epochs: `${epochs}`, seed: `${seed}`, optimizer }
    return encodeSafetensors({ tensors, metadata })
  })

/**
 * The state of a training from the bytes that `encodeTraining` made, for `fit(…, { resume })`. Fails with a
 * user fault `malformed-file` if the bytes are not such a file, or hold weights only.
 *
 * @example
 * ```ts
 * import { decodeTraining } from 'densor'
 *
 * const read = decodeTraining(new Uint8Array([1, 2, 3]))
 * console.log(read._tag === 'Left' ? read.left.message : read.right.epochs)
 * ```
 */
export const decodeTraining = (bytes: Uint8Array): Either<Fault, TrainingState> =>
  attempt(() => trainingIn(bytes, 'decodeTraining: the bytes'))

/** The state of a training in the bytes of a file. Throws `malformed-file`. */
export const trainingIn = (bytes: Uint8Array, file: string): TrainingState => {
  const { tensors, metadata } = decodeSafetensors(bytes, file)
  const [epochs, seed] = [Number(ownOf(metadata, 'epochs')), Number(ownOf(metadata, 'seed'))]
  if (ownOf(metadata, 'format') !== FORMAT || !Number.isSafeInteger(epochs) || !Number.isSafeInteger(seed))
    throw userFault('malformed-file', `${file} holds tensors, but not the state of a training`, {
      suggestion: 'read weights with loadWeights or decodeWeights',
    })
  return {
    epochs,
    seed,
    optimizer: ownOf(metadata, 'optimizer') ?? '',
    numbers: Object.fromEntries(
      tensors.map(({ name, dtype, shape, data }) => [name, tensorOf(shape, dtype, data)]),
    ),
  }
}
