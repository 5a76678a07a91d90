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

/** The weights at one moment, to go back to. */
export type Snapshot = WeightVectors

/** What a callback may do to the training it watches. */
export interface Control {
  /** The optimizer's learning rate; a change holds from the next step on. */
  learningRate: number
  /** Ends the training after this epoch; `reason` is said in the progress. */
  stop(reason: string): void
  /** A copy of the weights as they are now. */
  snapshot(): Snapshot
  /** The weights as they are now, copied, by layer and name, as `saveWeights` and `encodeWeights` take them. */
  weights(): WeightTree
  /** Puts the weights of a snapshot back; the optimizer keeps its moments, as in Keras. */
  restore(snapshot: Snapshot): void
}

/**
 * Something that watches a training. Epochs are counted from 0; a callback may be used again for another
 * training. What returns a promise is awaited. What throws ends the training with a `CallbackFault`, which holds the
 * weights learned so far.
 */
export interface Callback {
  readonly onTrainBegin?: (control: Control) => unknown
  readonly onEpochBegin?: (epoch: number, control: Control) => unknown
  readonly onEpochEnd?: (epoch: number, logs: Logs, control: Control) => unknown
  readonly onTrainEnd?: (control: Control) => unknown
}

/** Which way of a number is better; `auto` knows losses and accuracies, also of one output, with or without `val_`. */
export type MonitorMode = 'auto' | 'min' | 'max'

export interface EarlyStoppingOptions {
  /** The number to watch; `val_loss` unless given. */
  readonly monitor?: string
  /** The least change that counts; 0 unless given. */
  readonly minDelta?: number
  /** Epochs without improvement before the training stops; 0 unless given. */
  readonly patience?: number
  readonly mode?: MonitorMode
  /** The number must beat this too. */
  readonly baseline?: number
  /** Whether the best epoch's weights are put back at the end, also after a training that ran its course. */
  readonly restoreBestWeights?: boolean
  /** Epochs to let pass before watching; 0 unless given. */
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
 * Stops when a number no longer improves. Keras's EarlyStopping, step for step: improvement is strict, the
 * wait is counted before the check, and epoch 0 never stops.
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
 * Sets the learning rate at the start of each epoch: `schedule(epoch, rate so far)`. Keras's
 * LearningRateScheduler.
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

export interface ReduceOnPlateauOptions {
  readonly monitor?: string
  /** The rate is multiplied by this; 0.1 unless given. */
  readonly factor?: number
  readonly patience?: number
  readonly mode?: MonitorMode
  readonly minDelta?: number
  /** Epochs to wait after a reduction before watching again. */
  readonly cooldown?: number
  readonly minRate?: number
}

const REDUCE_ON_PLATEAU: Domains<ReduceOnPlateauOptions> = {
  ...WATCH,
  factor: share,
  cooldown: countOrNone,
  minRate: notNegative,
}

/**
 * Lowers the learning rate when a number no longer improves. Keras's ReduceLROnPlateau, with its defaults.
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
