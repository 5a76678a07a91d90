import { Fault } from '../../runtime/fault.js'
import type { History } from './history.js'
import type { WeightTree } from './weights.js'

/** What a callback threw in a training. It carries what was learned until then. */
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
