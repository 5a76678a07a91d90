import type { Optimizer } from '../../dsl/optimizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { DType, TypedArray } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import { flawOf } from '../data/checks.js'
import { isTensor } from '../data/elements.js'
import { tensorOf } from '../data/tensor.js'
import type { Machine } from './machine.js'

/**
 * The state of a training: its weights, the optimizer's state and learning rate, the step, and the place in
 * the shuffle. `fit` with `resume` continues from there as if the training had never ended.
 */
export interface TrainingState {
  /** Epochs that are finished. */
  readonly epochs: number
  /** Seed of the training. */
  readonly seed: number
  /** The optimizer's kind, e.g. `adam`. */
  readonly optimizer: string
  /** The numbers that steps change, by densor's own names. */
  readonly numbers: Readonly<Record<string, AnyTensor>>
}

/** What a machine holds for a training, its running sums aside. */
const KEPT = /^(params|state|slot\d+|iterations|rate|key)$/

const dtypeOf = (data: TypedArray): DType =>
  data instanceof Int32Array ? 'i32' : data instanceof Uint32Array ? 'u32' : 'f32'

/** Where a machine stands after a training. */
export const stateOf = (
  machine: Machine,
  { kind }: Optimizer,
  where: Pick<TrainingState, 'epochs' | 'seed'>,
): TrainingState => ({
  ...where,
  optimizer: kind,
  numbers: Object.fromEntries(
    machine
      .names()
      .filter(name => KEPT.test(name))
      .map(name => {
        const data = machine.shared(name).slice()
        return [name, tensorOf([data.length], dtypeOf(data), data)]
      }),
  ),
})

/** Puts a machine where a training stood. Throws `wrong-training` where that was of another model or optimizer. */
export const goOnFrom = (machine: Machine, optimizer: Optimizer, state: TrainingState): void => {
  const names = machine.names().filter(name => KEPT.test(name))
  const mistakes = [
    ...(state.optimizer === optimizer.kind
      ? []
      : [`its optimizer is ${state.optimizer}, this one is ${optimizer.kind}`]),
    ...names.flatMap(name => {
      const found = ownOf(state.numbers, name)
      const want = machine.shared(name)
      if (!isTensor(found)) return [`${name} is missing`]
      const flaw = flawOf(found)
      if (flaw !== undefined) return [`${name}: ${flaw}`]
      return found.data.length === want.length && found.dtype === dtypeOf(want)
        ? []
        : [`${name} has ${found.data.length} numbers, this training has ${want.length}`]
    }),
  ]
  if (mistakes.length > 0)
    throw userFault('wrong-training', 'fit: resume is not a state of this training', {
      notes: mistakes,
      suggestion: 'use the model and the optimizer that the training had',
    })
  for (const name of names) machine.shared(name).set(ownOf(state.numbers, name)?.data ?? [])
}

/** Refuses what is not the state of a training. */
export const checkResume = (resume: unknown, initialWeights: unknown): void => {
  const { epochs, seed, numbers } = (typeof resume === 'object' && resume !== null ? resume : {}) as Partial<
    Record<keyof TrainingState, unknown>
  >
  if (!Number.isSafeInteger(epochs) || !Number.isSafeInteger(seed) || typeof numbers !== 'object')
    throw userFault('bad-option', 'fit: resume is not the state of a training', {
      suggestion: 'pass the .training that fit gives, or what loadTraining reads',
    })
  if (initialWeights !== undefined)
    throw userFault('bad-option', 'fit: resume and initialWeights exclude each other', {
      suggestion: 'leave initialWeights out: the state of a training has its weights',
    })
}
