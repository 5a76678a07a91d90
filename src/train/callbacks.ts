import {
  checkOptions,
  checkValue,
  countOrNone,
  type Domain,
  type Domains,
  finite,
  flag,
  notNegative,
  oneOf,
  share,
  text,
} from '../../dsl/domains.js'
import type { WeightVectors } from '../../dsl/trace/initial.js'
import { type Fault, FaultError, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import type { Logs } from './history.js'
import type { WeightTree } from './weights.js'

/** The weights at one moment, for `Control.restore`. */
export type Snapshot = WeightVectors

/** What a callback can read and change of the training that it watches. */
export interface Control {
  /** The optimizer's learning rate; a change takes effect with the next step. */
  learningRate: number
  /** Ends the training after this epoch; the progress and `History.stopped` give the reason. */
  stop(reason: string): void
  /** A copy of the current weights, for `restore`. */
  snapshot(): Snapshot
  /** A copy of the current weights by layer and name, as `saveWeights` and `encodeWeights` take them. */
  weights(): WeightTree
  /** Puts the weights of a snapshot back; the optimizer keeps its state, as in Keras. */
  restore(snapshot: Snapshot): void
}

/**
 * Functions that `fit` calls while it trains. Epochs are counted from 0. A returned promise is awaited. An
 * exception ends the training with a `CallbackFault`, which holds the weights learned so far. A callback may
 * be used again for another training.
 */
export interface Callback {
  readonly onTrainBegin?: (control: Control) => unknown
  readonly onEpochBegin?: (epoch: number, control: Control) => unknown
  readonly onEpochEnd?: (epoch: number, logs: Logs, control: Control) => unknown
  readonly onTrainEnd?: (control: Control) => unknown
}

/**
 * Whether a smaller ('min') or a larger ('max') number is better. 'auto' takes 'min' for losses and 'max' for
 * accuracies, with and without `val_`; it refuses other names.
 */
export type MonitorMode = 'auto' | 'min' | 'max'

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** The number to watch. Default: 'val_loss'. */
  readonly monitor?: string
  /** The smallest change that counts as an improvement. Default: 0. */
  readonly minDelta?: number
  /** Epochs without improvement before the training stops. Default: 0. */
  readonly patience?: number
  /** Whether a smaller or a larger number is better. Default: 'auto'. */
  readonly mode?: MonitorMode
  /** A number that must be beaten, too. Default: none. */
  readonly baseline?: number
  /** Whether to put the best epoch's weights back at the end, even if all epochs were trained. Default: false. */
  readonly restoreBestWeights?: boolean
  /** Epochs to wait before watching. Default: 0. */
  readonly startFromEpoch?: number
}

/** The domains of what callbacks share that watch a number. */
export const WATCH = {
  monitor: text,
  mode: oneOf<MonitorMode>({ auto: 1, min: 1, max: 1 }),
  patience: countOrNone,
  minDelta: finite,
}

const EARLY_STOPPING: Domains<EarlyStoppingOptions> = {
  ...WATCH,
  baseline: finite,
  restoreBestWeights: flag,
  startFromEpoch: countOrNone,
}

export type Better = (value: number, than: number | undefined) => boolean

/** Whether one number is better than another. Throws `unknown-direction`. */
export const betterOf = (who: string, monitor: string, mode: MonitorMode, minDelta: number): Better => {
  const name = monitor.replace(/^val_/, '')
  const direction =
    mode !== 'auto' ? mode : /(^|_)loss$/.test(name) ? 'min' : /accuracy$/i.test(name) ? 'max' : undefined
  if (direction === undefined)
    throw new FaultError(
      userFault('unknown-direction', `${who}: it is not known whether '${monitor}' should rise or fall`, {
        suggestion: "pass mode: 'min' or mode: 'max'",
      }),
    )
  const delta = Math.abs(minDelta)
  return (value, than) =>
    than === undefined || (direction === 'min' ? value + delta < than : value - delta > than)
}

/** What is wrong where a callback watches a number that is not there. */
export const notWatched = (who: string, monitor: string, logs: Logs): Fault =>
  userFault('unknown-metric', `${who} watches '${monitor}', which this training does not report`, {
    notes: [`it reports ${Object.keys(logs).join(', ')}`],
    suggestion: monitor.startsWith('val_')
      ? 'pass validationData or validationSplit to fit'
      : 'add it to the metrics',
  })

/**
 * A callback that stops the training when a number no longer improves. Keras's `EarlyStopping`: only a
 * strictly better number counts as an improvement, and epoch 0 never stops. Throws a `FaultError` if `mode`
 * is 'auto' and it is unknown whether the number should fall or rise.
 *
 * @example
 * ```ts
 * import { dense, earlyStopping, fit, input, sequential } from 'densor'
 *
 * const callbacks = [earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true })]
 * const options = { loss: 'meanSquaredError', epochs: 50, callbacks, verbose: 'silent' } as const
 * const data = { x: [[0], [1], [2], [3]], y: [[1], [3], [5], [7]] }
 * const { history } = await fit(sequential(input(1), dense(1)), data, options)
 * console.log(history.stopped ?? 'all epochs')
 * ```
 */
export const earlyStopping = (options: EarlyStoppingOptions = {}): Callback => {
  checkOptions('earlyStopping', EARLY_STOPPING, options)
  const { monitor = 'val_loss', patience = 0, mode = 'auto', baseline, startFromEpoch = 0 } = options
  const { minDelta = 0, restoreBestWeights = false } = options
  const better = betterOf('earlyStopping', monitor, mode, minDelta)
  let wait = 0
  let best: number | undefined
  let bestWeights: Snapshot | undefined
  return {
    onTrainBegin: () => {
      wait = 0
      best = undefined
      bestWeights = undefined
    },
    onEpochEnd: (epoch, logs, control) => {
      const current = ownOf(logs, monitor)
      if (current === undefined) throw notWatched('earlyStopping', monitor, logs)
      if (epoch < startFromEpoch) return
      if (restoreBestWeights && bestWeights === undefined) bestWeights = control.snapshot()
      wait += 1
      if (better(current, best)) {
        best = current
        if (restoreBestWeights) bestWeights = control.snapshot()
        if (baseline === undefined || better(current, baseline)) wait = 0
        return
      }
      if (wait >= patience && epoch > 0) control.stop(`${monitor} did not improve for ${wait} epochs`)
    },
    onTrainEnd: control => {
      if (bestWeights !== undefined) control.restore(bestWeights)
    },
  }
}

/**
 * A callback that sets the learning rate at the start of each epoch to `schedule(epoch, rate)`, where `rate`
 * is the current one and epochs are counted from 0. Keras's `LearningRateScheduler`. The training fails with
 * a user fault if `schedule` returns a negative number, NaN or an infinity.
 *
 * @example
 * ```ts
 * import { dense, fit, input, learningRateSchedule, sequential } from 'densor'
 *
 * const callbacks = [learningRateSchedule((epoch, rate) => (epoch < 5 ? rate : rate * 0.9))]
 * const options = { loss: 'meanSquaredError', epochs: 10, callbacks, verbose: 'silent' } as const
 * await fit(sequential(input(1), dense(1)), { x: [[0], [1]], y: [[1], [3]] }, options)
 * ```
 */
export const learningRateSchedule = (schedule: (epoch: number, rate: number) => number): Callback => {
  checkValue('learningRateSchedule', 'the schedule', aSchedule, schedule)
  return {
    onEpochBegin: (epoch, control) => {
      const rate = schedule(epoch, control.learningRate)
      checkValue('learningRateSchedule', `the rate for epoch ${epoch}`, notNegative, rate)
      control.learningRate = rate
    },
  }
}

const aSchedule: Domain = x => (typeof x === 'function' ? undefined : 'a function of the epoch and the rate')

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** The number to watch. Default: 'val_loss'. */
  readonly monitor?: string
  /** What the learning rate is multiplied by, between 0 and 1. Default: 0.1. */
  readonly factor?: number
  /** Epochs without improvement before the rate is lowered. Default: 10. */
  readonly patience?: number
  /** Whether a smaller or a larger number is better. Default: 'auto'. */
  readonly mode?: MonitorMode
  /** The smallest change that counts as an improvement. Default: 1e-4. */
  readonly minDelta?: number
  /** Epochs to wait after a reduction before watching again. Default: 0. */
  readonly cooldown?: number
  /** The lowest learning rate. Default: 0. */
  readonly minRate?: number
}

const REDUCE_ON_PLATEAU: Domains<ReduceOnPlateauOptions> = {
  ...WATCH,
  factor: share,
  cooldown: countOrNone,
  minRate: notNegative,
}

/**
 * A callback that lowers the learning rate when a number no longer improves. Keras's `ReduceLROnPlateau`,
 * with its defaults. Throws a `FaultError` if `factor` is not between 0 and 1, or if `mode` is 'auto' and it
 * is unknown whether the number should fall or rise.
 *
 * @example
 * ```ts
 * import { dense, fit, input, reduceOnPlateau, sequential } from 'densor'
 *
 * const callbacks = [reduceOnPlateau({ monitor: 'loss', factor: 0.5, patience: 3 })]
 * const options = { loss: 'meanSquaredError', epochs: 20, callbacks, verbose: 'silent' } as const
 * await fit(sequential(input(1), dense(1)), { x: [[0], [1]], y: [[1], [3]] }, options)
 * ```
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions = {}): Callback => {
  checkOptions('reduceOnPlateau', REDUCE_ON_PLATEAU, options)
  const { monitor = 'val_loss', factor = 0.1, patience = 10, mode = 'auto' } = options
  const { minDelta = 1e-4, cooldown = 0, minRate = 0 } = options
  const better = betterOf('reduceOnPlateau', monitor, mode, minDelta)
  let best: number | undefined
  let wait = 0
  let cooling = 0
  return {
    onTrainBegin: () => {
      best = undefined
      wait = 0
      cooling = 0
    },
    onEpochEnd: (_epoch, logs, control) => {
      const current = ownOf(logs, monitor)
      if (current === undefined) throw notWatched('reduceOnPlateau', monitor, logs)
      if (cooling > 0) {
        cooling -= 1
        wait = 0
      }
      if (better(current, best)) {
        best = current
        wait = 0
      } else if (cooling === 0) {
        wait += 1
        if (wait >= patience && control.learningRate > minRate) {
          control.learningRate = Math.max(control.learningRate * factor, minRate)
          cooling = cooldown
          wait = 0
        }
      }
    },
  }
}
