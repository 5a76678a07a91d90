import type { Target } from '../../compiler/compile.js'
import { aboveZero, checkedElsewhere, checkOptions, count, type Domains, text } from '../../dsl/domains.js'
import { findOptimizer, type Optimizer, type OptimizerName } from '../../dsl/optimizers.js'
import { tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { Loss, LossName } from '../../dsl/types/training.js'
import { TARGETS } from '../targets.js'
import { type Task, taskOf } from '../task.js'
import * as domains from '../train/domains.js'
import { measure, type Profile } from './measure.js'

/** Options of `profile`. */
export interface ProfileOptions {
  /** Samples in a batch. Default: 32. */
  readonly batchSize?: number
  /** Sizes of the symbols in the model's input, except the batch, by name. */
  readonly sizes?: Readonly<Record<string, number>>
  /** The loss of the training step. Default: none; the prediction step is profiled. */
  readonly loss?: LossName | Loss
  /** The optimizer of the training step. Default: 'rmsprop'. */
  readonly optimizer?: OptimizerName | Optimizer
  /** What the model is compiled to. Default: 'wasm'. */
  readonly target?: Target
  /** About how many seconds the kernels are timed. Default: 1.5. */
  readonly seconds?: number
  /** The model's title in the profile. Default: 'model'. */
  readonly title?: string
}

const PROFILE: Domains<ProfileOptions> = {
  batchSize: count,
  sizes: domains.sizes,
  loss: checkedElsewhere,
  optimizer: domains.optimizer,
  target: TARGETS,
  seconds: aboveZero,
  title: text,
}

/**
 * Where the time of one training step, or of one prediction, goes on this machine, on one thread: for each
 * kernel its time, its speed, how near that is to the peak of the machine, and the layers it works for. Fails
 * with a user fault if the model and the options do not fit together.
 *
 * @example
 * ```ts
 * import { dense, formatProfile, input, profile, sequential } from 'densor'
 *
 * const model = sequential(input(784), dense(128, 'relu'), dense(10, 'softmax'))
 * const measured = await profile(model, { loss: 'categoricalCrossentropy', seconds: 0.2 })
 * console.log(formatProfile(measured))
 * ```
 */
export const profile = (model: object, options: ProfileOptions = {}): Task<Profile> =>
  taskOf('profile', async () => {
    checkOptions('profile', PROFILE, options)
    const { batchSize: batch = 32, loss, sizes, target = 'wasm', seconds = 1.5, title = 'model' } = options
    const trace = { model, batch, ...(sizes === undefined ? {} : { sizes }) }
    const step =
      loss === undefined
        ? tracePredict(trace)
        : traceTrainStep(trace, { loss, optimizer: findOptimizer(options.optimizer ?? 'rmsprop') })
    const which = loss === undefined ? 'prediction' : 'training'
    return measure(step, { model: title, step: which, batch, target, seconds })
  })
