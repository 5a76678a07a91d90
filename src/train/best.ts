import { checkOptions, type Domains } from '../../dsl/domains.js'
import { ownOf } from '../../runtime/own.js'
import { betterOf, type Callback, type MonitorMode, notWatched, WATCH } from './callbacks.js'
import type { WeightTree } from './weights.js'

/** Which number decides what is best; options of `onBest` and `saveBest`. */
export interface BestOptions {
  /** The number to watch. Default: 'val_loss'. */
  readonly monitor?: string
  /** Whether a smaller or a larger number is better. Default: 'auto'. */
  readonly mode?: MonitorMode
}

const BEST: Domains<BestOptions> = { monitor: WATCH.monitor, mode: WATCH.mode }

/** An epoch whose number is better than those of all epochs before it. */
export interface BestEpoch {
  /** Counted from 0. */
  readonly epoch: number
  /** The number that was watched. */
  readonly value: number
  /** A copy of the weights after that epoch. */
  readonly weights: WeightTree
}

/**
 * A callback that calls `act` after each epoch whose number is better than those of all epochs before it, and
 * waits for it: Keras's `ModelCheckpoint` with `save_best_only`, for anything that takes weights. Throws a
 * `FaultError` if `mode` is 'auto' and it is unknown whether the number should fall or rise.
 *
 * @example
 * ```ts
 * import { dense, encodeWeights, fit, input, onBest, sequential, unwrap } from 'densor'
 *
 * const kept: Uint8Array[] = []
 * const keep = onBest({ monitor: 'loss' }, ({ weights }) => void kept.push(unwrap(encodeWeights(weights))))
 * const options = { loss: 'meanSquaredError', epochs: 3, callbacks: [keep], verbose: 'silent' } as const
 * await fit(sequential(input(1), dense(1)), { x: [[0], [1]], y: [[1], [3]] }, options)
 * console.log(kept.length)
 * ```
 */
export const onBest = (options: BestOptions, act: (best: BestEpoch) => unknown, who = 'onBest'): Callback => {
  checkOptions(who, BEST, options)
  const { monitor = 'val_loss', mode = 'auto' } = options
  const better = betterOf(who, monitor, mode, 0)
  let best: number | undefined
  return {
    onTrainBegin: () => {
      best = undefined
    },
    onEpochEnd: async (epoch, logs, control) => {
      const value = ownOf(logs, monitor)
      if (value === undefined) throw notWatched(who, monitor, logs)
      if (!better(value, best)) return
      best = value
      await act({ epoch, value, weights: control.weights() })
    },
  }
}
