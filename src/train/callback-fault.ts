import { Fault } from '../../runtime/fault.js'
import type { History } from './history.js'
import type { WeightTree } from './weights.js'

/**
 * The fault of a training in which a callback threw an exception. It holds what was learned until then.
 *
 * @example
 * ```ts
 * import { CallbackFault, dense, fit, input, sequential } from 'densor'
 *
 * const onEpochEnd = () => { throw new Error('the disk is full') }
 * const options = { loss: 'meanSquaredError', callbacks: [{ onEpochEnd }], verbose: 'silent' } as const
 * const ended = await fit(sequential(input(1), dense(1)), { x: [[0], [1]], y: [[1], [3]] }, options)()
 * if (ended._tag === 'Left' && ended.left instanceof CallbackFault) console.log(ended.left.weights)
 * ```
 */
export class CallbackFault extends Fault {
  /** The weights when the callback threw, as `saveWeights` and `predict` take them. */
  readonly weights: WeightTree
  /** The epochs that were finished. */
  readonly history: History

  constructor({ kind, code, message, notes, suggestion }: Fault, weights: WeightTree, history: History) {
    super(kind, code, message, {
      notes: [...notes, 'the weights learned so far are in the fault’s `weights`'],
      ...(suggestion === undefined ? {} : { suggestion }),
    })
    this.weights = weights
    this.history = history
  }
}
