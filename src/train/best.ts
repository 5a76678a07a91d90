import { checkOptions, type Domains } from '../../dsl/domains.js'
import { ownOf } from '../../runtime/own.js'
import { betterOf, type Callback, type MonitorMode, notWatched, WATCH } from './callbacks.js'
import type { WeightTree } from './weights.js'

/** Which number decides what is best. */
export interface BestOptions {
  /** The number to watch; default `val_loss`. */
  readonly monitor?: string
  readonly mode?: MonitorMode
}

const BEST: Domains<BestOptions> = { monitor: WATCH.monitor, mode: WATCH.mode }

/** An epoch whose number is better than all before it. */
export interface BestEpoch {
  readonly epoch: number
  readonly value: number
  /** The weights after that epoch, copied. */
  readonly weights: WeightTree
}

/**
 * Calls `act` after each epoch whose number is better than all before it, and waits for it: Keras's ModelCheckpoint with
 * `save_best_only`, for any place that takes weights. Throws where it is not known whether the number should rise.
 *
 * @example
 * ```ts
 * import { dense, encodeWeights, fit, input, onBest, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const [x, y] = [unwrap(tensor([2, 1], [0, 1])), unwrap(tensor([2, 1], [1, 3]))]
 * const kept: Uint8Array[] = []
 * const keep = onBest({ monitor: 'loss' }, ({ weights }) => void kept.push(unwrap(encodeWeights(weights))))
 * await fit(model, { x, y }, { loss: 'meanSquaredError', epochs: 3, callbacks: [keep], verbose: 'silent' })
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
