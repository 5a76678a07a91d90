import type { Either } from 'fp-ts/lib/Either.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import { tensorOf } from '../data/tensor.js'
import { attempt } from '../errors.js'
import { checkResume, type TrainingState } from '../train/resume.js'
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from './safetensors.js'

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
    const { tensors, metadata } = partsOf(training)
    return encodeSafetensors({ tensors, metadata: { format: FORMAT, ...metadata } })
  })

/** The state of a training as a file holds it. Throws `bad-option` for what is not one. */
export const partsOf = (training: TrainingState): SafetensorsFile => {
  checkResume(training, undefined)
  const { epochs, seed, optimizer, numbers } = training
  return {
    tensors: Object.entries(numbers).map(([name, { dtype, dims, data }]) => ({
      name,
      dtype,
      shape: dims,
      data,
    })),
    metadata: { epochs: `${epochs}`, seed: `${seed}`, optimizer },
  }
}

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
  attempt(() => trainingIn(bytes, 'decodeTraining: the source'))

/** The state of a training in the bytes of a file. Throws `malformed-file`. */
export const trainingIn = (bytes: Uint8Array, file: string): TrainingState => {
  const held = decodeSafetensors(bytes, file)
  const training = ownOf(held.metadata, 'format') === FORMAT ? trainingOf(held) : undefined
  if (training !== undefined) return training
  throw userFault('malformed-file', `${file} holds tensors, but not the state of a training`, {
    suggestion: 'read weights with loadWeights or decodeWeights',
  })
}

/** The state of a training in what a file holds, if it is there. */
export const trainingOf = ({ tensors, metadata }: SafetensorsFile): TrainingState | undefined => {
  const [epochs, seed] = [Number(ownOf(metadata, 'epochs')), Number(ownOf(metadata, 'seed'))]
  if (!Number.isSafeInteger(epochs) || !Number.isSafeInteger(seed)) return undefined
  return {
    epochs,
    seed,
    optimizer: ownOf(metadata, 'optimizer') ?? '',
    numbers: Object.fromEntries(
      tensors.map(({ name, dtype, shape, data }) => [name, tensorOf(shape, dtype, data)]),
    ),
  }
}
