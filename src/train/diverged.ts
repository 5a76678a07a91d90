import { evaluate } from '../../compiler/ir/eval.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { Fault } from '../../runtime/fault.js'
import { takeRows } from '../data/rows.js'
import type { History } from './history.js'
import type { Dataset, Machine, Step } from './machine.js'
import { allFinite, hasFiniteWeights, Saved } from './saved.js'
import type { WeightTree } from './weights.js'

/**
 * The fault of a training whose loss or weights became NaN or infinite. It holds what was learned before that
 * step, and its message names the layer in which the first such number arose.
 *
 * @example
 * ```ts
 * import { DivergedFault, dense, fit, input, sequential, sgd } from 'densor'
 *
 * const options = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 1e30 }), epochs: 9 } as const
 * const data = { x: [[0], [1]], y: [[1], [3]] }
 * const ended = await fit(sequential(input(1), dense(1)), data, options)()
 * if (ended._tag === 'Left' && ended.left instanceof DivergedFault) console.log(ended.left.epoch)
 * ```
 */
export class DivergedFault extends Fault {
  /** Counted from 1, as the progress shows it. */
  readonly epoch: number
  /** Counted from 1 within the epoch. */
  readonly step: number
  /** The weights before the step that went wrong, as `saveWeights` and `predict` take them. */
  readonly weights: WeightTree
  /** The epochs before it. */
  readonly history: History

  constructor(
    where: { epoch: number; step: number; what: string; origin: Origin | undefined },
    weights: WeightTree,
    history: History,
  ) {
    const { epoch, step, what, origin } = where
    super('user', 'non-finite-loss', `fit: ${what} became NaN or infinite in epoch ${epoch}, step ${step}`, {
      notes: [
        origin === undefined
          ? 'the evaluator, which rounds otherwise, finds only finite numbers in that step'
          : `the first such number is ${origin.value}, in ${origin.layer} (${origin.prim})`,
        'the weights before that step are in the fault’s `weights`',
      ],
      suggestion: 'lower the learning rate, clip the gradients, or scale the data to about 1',
    })
    this.epoch = epoch
    this.step = step
    this.weights = weights
    this.history = history
  }
}

/** Where the first number that is not finite arises. */
export interface Origin {
  readonly layer: string
  readonly prim: string
  readonly value: number
}

/** A slice of steps that ended badly, and the machine's state before it. */
export interface BadSlice {
  readonly machine: Machine
  readonly step: Step
  readonly data: Dataset
  /** The same samples, for the evaluator. */
  readonly streams: Readonly<Record<string, AnyTensor>>
  readonly first: number
  readonly count: number
  readonly before: Saved
}

/**
 * Runs the slice again, step by step, and leaves the machine as it was before the bad step, whose number it
 * gives.
 */
const replay = ({
  machine,
  step,
  data,
  first,
  count,
  before,
}: BadSlice): { readonly index: number; readonly what: string } => {
  before.restore()
  const saved = new Saved(machine)
  for (let index = 0; index < count; index++) {
    saved.save()
    const finiteLoss = step.run(data, first + index * step.batch, 1) === 1
    if (finiteLoss && hasFiniteWeights(machine)) continue
    const what = !finiteLoss
      ? 'the loss'
      : allFinite(machine.shared('params'))
        ? 'a moving average'
        : 'a weight'
    saved.restore()
    return { index, what }
  }
  before.restore()
  return { index: 0, what: 'the loss' }
}

/**
 * Evaluates one step on the machine's numbers and finds the first equation that gives a number that is not
 * finite.
 */
const originOf = (slice: BadSlice, index: number): Origin | undefined => {
  const { machine, step, data, streams, first } = slice
  const { program } = step.program
  const rows = data.order().slice(first + index * step.batch, first + (index + 1) * step.batch)
  const inputs = program.inputs.map(({ name }) => {
    const stream = streams[name]
    return stream !== undefined ? takeRows(stream, rows).data : machine.shared(name).slice()
  })
  let origin: Origin | undefined
  evaluate(program, inputs, {
    observe: ({ prim, source }, { data: values }) => {
      // A constant may be infinite on purpose: the identity of a maximum is.
      if (origin !== undefined || prim === 'constant' || allFinite(values)) return
      const value = values.find(x => !Number.isFinite(x)) ?? Number.NaN
      origin = { layer: source === '' ? 'the loss or the optimizer' : source, prim, value }
    },
  })
  return origin
}

/** Names the step of a bad slice and the layer where it began; the machine is left as before that step. */
export const locate = (
  slice: BadSlice,
): { readonly index: number; readonly what: string; readonly origin: Origin | undefined } => {
  const { index, what } = replay(slice)
  return { index, what, origin: originOf(slice, index) }
}
