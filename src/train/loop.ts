import { breathe } from '#platform'
import { inOwnCodeAwaited } from '../../dsl/graph/place.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { withoutDenormals } from '../../runtime/denormals.js'
import { Fault } from '../../runtime/fault.js'
import { type Key, permutation } from '../../runtime/random.js'
import { derive } from '../data/keys.js'
import { CallbackFault } from './callback-fault.js'
import type { Callback, Control, Snapshot } from './callbacks.js'
import { DivergedFault, locate } from './diverged.js'
import { type History, type Logs, Recorder } from './history.js'
import type { StopSignal } from './interrupt.js'
import type { Dataset, Machine } from './machine.js'
import { Pace } from './pace.js'
import type { Part } from './parts.js'
import type { WeightLayout } from './programs.js'
import type { Progress } from './progress.js'
import { hasFiniteWeights, Saved } from './saved.js'
import { clearTotals, logsIn } from './totals.js'
import { treeOf, type WeightTree } from './weights.js'

/** A training that is ready to start. */
export interface Training {
  readonly machine: Machine
  readonly data: Dataset
  readonly streams: Readonly<Record<string, AnyTensor>>
  readonly parts: readonly Part[]
  /** Epochs that an earlier training has done: the number of the first one. */
  readonly from?: number
  readonly epochs: number
  /** The key of the orders of all epochs; without it the rows stay in theirs. */
  readonly shuffleKey?: Key
  readonly metrics: readonly string[]
  /** Loss and metrics on held-out samples, by their own names. */
  readonly validate?: (signal: StopSignal | undefined) => Promise<Logs | undefined>
  readonly callbacks: readonly Callback[]
  readonly progress: Progress
  readonly signal?: StopSignal
}

const ORDER = 1

/** The weights of a machine, copied. */
export const snapshotOf = (machine: Machine): Snapshot => {
  const copy = (name: string): Float32Array =>
    Float32Array.from(machine.names().includes(name) ? machine.shared(name) : [])
  return { params: copy('params'), state: copy('state') }
}

/** The weights of a machine in their place, to write: valid until it loads a step or samples. */
export const weightsIn = (machine: Machine): Snapshot => {
  const find = (name: string): Float32Array => {
    const found = machine.names().includes(name) ? machine.shared(name) : undefined
    return found instanceof Float32Array ? found : new Float32Array(0)
  }
  return { params: find('params'), state: find('state') }
}

/** Puts weights into a machine. */
export const restoreTo = (machine: Machine, { params, state }: Snapshot): void => {
  const has = machine.names()
  if (has.includes('params')) machine.shared('params').set(withoutDenormals(params))
  if (has.includes('state')) machine.shared('state').set(withoutDenormals(state))
}

/** What `Control` is for callbacks: it writes into the machine; a reason to stop is kept. */
class TrainingControl implements Control {
  readonly #machine: Machine
  stopped: string | undefined

  readonly #layout: WeightLayout | undefined

  constructor(machine: Machine, layout: WeightLayout | undefined) {
    this.#machine = machine
    this.#layout = layout
  }

  get learningRate(): number {
    return this.#machine.shared('rate')[0] ?? 0
  }

  set learningRate(rate: number) {
    this.#machine.shared('rate')[0] = rate
  }

  stop(reason: string): void {
    this.stopped ??= reason
  }

  snapshot(): Snapshot {
    return snapshotOf(this.#machine)
  }

  weights(): WeightTree {
    return this.#layout === undefined ? {} : treeOf(this.#layout, snapshotOf(this.#machine))
  }

  restore(snapshot: Snapshot): void {
    restoreTo(this.#machine, snapshot)
  }
}

/** Runs all epochs. The machine holds what was learned; throws `DivergedFault`, and what callbacks throw. */
export const runTraining = async (training: Training): Promise<History> => {
  const { machine, callbacks, progress, from = 0, epochs } = training
  const control = new TrainingControl(machine, training.parts[0]?.step.program.layout)
  const pace = new Pace()
  const recorder = new Recorder()
  const tell = async (call: (callback: Callback) => unknown): Promise<void> => {
    try {
      for (const callback of callbacks) await inOwnCodeAwaited('a callback', () => call(callback))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      throw new CallbackFault(error, control.weights(), recorder.history())
    }
  }
  await tell(callback => callback.onTrainBegin?.(control))
  try {
    for (let epoch = from; epoch < from + epochs && control.stopped === undefined; epoch++) {
      await tell(callback => callback.onEpochBegin?.(epoch, control))
      const started = performance.now()
      const logs = await runEpoch(training, epoch, pace, recorder)
      if (logs === undefined) {
        control.stop('interrupted')
        break
      }
      const held = await heldOut(training)
      if (held === undefined) {
        control.stop('interrupted')
        break
      }
      const all = { ...logs, ...held }
      const seconds = (performance.now() - started) / 1000
      recorder.epoch(epoch, all, seconds)
      progress.epoch(epoch, seconds, all)
      await tell(callback => callback.onEpochEnd?.(epoch, all, control))
      if (training.signal?.aborted === true) control.stop('interrupted')
    }
  } finally {
    progress.close()
  }
  await tell(callback => callback.onTrainEnd?.(control))
  const history = recorder.history()
  if (control.stopped === undefined || history.epoch.length === epochs) return history
  progress.note(`stopped after ${history.epoch.length} of ${epochs} epochs: ${control.stopped}`)
  return { ...history, stopped: control.stopped }
}

/** The numbers of the held-out samples; `undefined` when their pass was interrupted. */
const heldOut = async ({ validate, signal }: Training): Promise<Logs | undefined> => {
  if (validate === undefined) return {}
  const logs = await validate(signal)
  return logs && Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]))
}

/** One epoch in slices; `undefined` when it was interrupted. */
const runEpoch = async (
  training: Training,
  epoch: number,
  pace: Pace,
  recorder: Recorder,
): Promise<Logs | undefined> => {
  const { machine, data, parts, shuffleKey, metrics, progress, signal } = training
  if (shuffleKey !== undefined) data.setOrder(permutation(derive(shuffleKey, ORDER, epoch), data.rows))
  clearTotals(machine)
  const steps = parts.reduce((n, part) => n + part.count, 0)
  const started = performance.now()
  const before = new Saved(machine)
  let ran = 0
  for (const { step, first, count } of parts) {
    for (let done = 0; done < count; ) {
      if (signal?.aborted === true) return undefined
      const from = performance.now()
      before.save()
      const saved = performance.now()
      const slice = {
        machine,
        step,
        data,
        streams: training.streams,
        before,
        first: first + done * step.batch,
        count: pace.next(count - done),
      }
      const finite = step.run(data, slice.first, slice.count) === slice.count
      if (!finite || !hasFiniteWeights(machine)) {
        const { index, ...where } = locate(slice)
        throw new DivergedFault(
          { epoch: epoch + 1, step: ran + index + 1, ...where },
          treeOf(step.program.layout, snapshotOf(machine)),
          recorder.history(),
        )
      }
      const now = performance.now()
      pace.observe(slice.count, now - saved, saved - from)
      done += slice.count
      ran += slice.count
      progress.step(epoch, ran, steps, (now - started) / 1000, logsIn(machine, metrics))
      await breathe()
    }
  }
  return logsIn(machine, metrics)
}

/** One pass over a data set, whose numbers are in the totals then; false when it was interrupted. The weights stay. */
const passOver = async (
  machine: Machine,
  data: Dataset,
  parts: readonly Part[],
  signal: StopSignal | undefined,
): Promise<boolean> => {
  const pace = new Pace()
  clearTotals(machine)
  for (const { step } of parts) step.prepare()
  for (const { step, first, count } of parts) {
    for (let done = 0; done < count; ) {
      if (signal?.aborted === true) return false
      const n = pace.next(count - done)
      const from = performance.now()
      step.run(data, first + done * step.batch, n)
      pace.observe(n, performance.now() - from, 0)
      done += n
      await breathe()
    }
  }
  return true
}

/** Loss and metrics of one pass over a data set; `undefined` when it was interrupted. */
export const runValidation = async (
  machine: Machine,
  data: Dataset,
  parts: readonly Part[],
  metrics: readonly string[],
  signal: StopSignal | undefined,
): Promise<Logs | undefined> =>
  (await passOver(machine, data, parts, signal)) ? logsIn(machine, metrics) : undefined

/** Loss and metrics of one pass over a data set; the weights stay as they are. */
export const runEvaluation = async (
  machine: Machine,
  data: Dataset,
  parts: readonly Part[],
  metrics: readonly string[],
): Promise<Logs> => {
  await passOver(machine, data, parts, undefined)
  return logsIn(machine, metrics)
}
