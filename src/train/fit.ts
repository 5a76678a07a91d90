import { findOptimizer, type Optimizer } from '../../dsl/optimizers.js'
import type { Objective } from '../../dsl/trace/forward.js'
import { initialWeights } from '../../dsl/trace/initial.js'
import { traceEvaluateStep } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { FitFn } from '../../dsl/types/signatures.js'
import type { Loss, LossName } from '../../dsl/types/training.js'
import { userFault } from '../../runtime/fault.js'
import { keyOf } from '../../runtime/random.js'
import { derive } from '../data/keys.js'
import { takeRows } from '../data/rows.js'
import { attemptAsync } from '../errors.js'
import type { Snapshot } from './callbacks.js'
import { closed } from './closed.js'
import type { History, Logs } from './history.js'
import { restoreTo, runEvaluation, runTraining, snapshotOf } from './loop.js'
import type { Machine } from './machine.js'
import { checkFitOptions, type FitOptions, machineFor } from './options.js'
import { partsOf } from './parts.js'
import type { StepProgram } from './programs.js'
import { Progress } from './progress.js'
import {
  type FedModel,
  feed,
  type GivenSamples,
  namesOf,
  streamsOf,
  traceOf,
  weightsByClass,
} from './samples.js'
import { flatOf, leavesOf, treeOf, type WeightTree } from './weights.js'

const SHUFFLE = 2
const RANDOM_LAYERS = 3

/** fit's options as the loop sees them, without the types of the model. */
export interface UntypedFitOptions extends FitOptions {
  readonly loss: LossName | Loss
  readonly validationData?: GivenSamples | undefined
  readonly initialWeights?: object | undefined
}

/** The streams of a training: those to learn from, and those held out. */
interface Streams {
  readonly fed: FedModel
  readonly train: Readonly<Record<string, AnyTensor>>
  readonly heldOut: Readonly<Record<string, AnyTensor>> | undefined
  readonly heldFed: FedModel
}

/** The last rows are held out, before any shuffle: floor(rows · (1 - share)) remain, as in Keras. */
const splitRows = (
  streams: Readonly<Record<string, AnyTensor>>,
  rows: number,
  share: number,
): readonly [train: Readonly<Record<string, AnyTensor>>, heldOut: Readonly<Record<string, AnyTensor>>] => {
  const kept = Math.floor(rows * (1 - share))
  if (kept === 0 || kept === rows)
    throw userFault('bad-split', `fit: a validationSplit of ${share} leaves no row of ${rows} on one side`, {
      suggestion: 'use another share, or more data',
    })
  const part = (from: number, to: number) => {
    const order = Array.from({ length: to - from }, (_, i) => from + i)
    return Object.fromEntries(Object.entries(streams).map(([name, x]) => [name, takeRows(x, order)]))
  }
  return [part(0, kept), part(kept, rows)]
}

/** Class weights are for learning only; the held-out rows keep their own weights. */
const withClassWeights = (
  streams: Readonly<Record<string, AnyTensor>>,
  { classWeight }: FitOptions,
): Readonly<Record<string, AnyTensor>> =>
  classWeight === undefined || streams.y === undefined
    ? streams
    : { ...streams, w: weightsByClass(streams.y, classWeight, streams.w) }

const gather = (model: unknown, data: GivenSamples, options: UntypedFitOptions): Streams => {
  const { loss, validationData, validationSplit } = options
  const names = namesOf('fit')
  const fed = feed(model, data.x.dims, names.input)
  const all = streamsOf(fed, loss, data, names)
  if (validationData !== undefined) {
    const heldNames = {
      input: 'fit: validationData.x',
      target: 'fit: validationData',
      weight: 'fit: validationData',
    }
    const heldFed = feed(model, validationData.x.dims, heldNames.input)
    const heldOut = streamsOf(heldFed, loss, validationData, heldNames)
    return { fed, train: withClassWeights(all, options), heldOut, heldFed }
  }
  if (validationSplit === undefined)
    return { fed, train: withClassWeights(all, options), heldOut: undefined, heldFed: fed }
  const [train, heldOut] = splitRows(all, fed.rows, validationSplit)
  return { fed, train: withClassWeights(train, options), heldOut, heldFed: fed }
}

/** Loads the plans of a pass over streams. `trace` writes the step for a batch size. */
export const loadPass = async (
  machine: Machine,
  streams: Readonly<Record<string, AnyTensor>>,
  batchSize: number,
  trace: (batch: number) => StepProgram,
) => {
  const rows = streams.x?.dims[0] ?? 0
  const parts = await partsOf(rows, batchSize, batch => machine.load(trace(batch)))
  return { parts, rows, first: parts[0]?.step.program }
}

const objectiveOf = (
  options: UntypedFitOptions,
  streams: Readonly<Record<string, AnyTensor>>,
): Objective => ({
  loss: options.loss,
  metrics: options.metrics ?? [],
  weightedMetrics: options.weightedMetrics ?? [],
  weighted: streams.w !== undefined,
})

/** Puts everything that a training starts from into the machine. Throws `wrong-weights`. */
export const start = (
  machine: Machine,
  { layout }: StepProgram,
  optimizer: Optimizer,
  seed: number,
  given: object | undefined,
  op = 'fit',
): void => {
  // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
  const weights: Snapshot =
    given === undefined
      ? initialWeights(layout, seed)
      : flatOf(layout, leavesOf(given as WeightTree), `${op}: the initialWeights`)
  for (const name of machine.names()) machine.shared(name).fill(0)
  restoreTo(machine, weights)
  machine.shared('rate')[0] = optimizer.learningRate
  if (machine.names().includes('key')) machine.shared('key').set(derive(keyOf(seed), RANDOM_LAYERS))
}

/** What a training gave, before the types of the model. */
export interface Trained {
  readonly weights: WeightTree
  readonly history: History
}

/** Trains; throws faults. */
export const train = async (
  model: unknown,
  data: GivenSamples,
  options: UntypedFitOptions,
): Promise<Trained> => {
  checkFitOptions(options)
  const { epochs = 1, batchSize = 32, seed = 0, shuffle = true, callbacks = [], signal } = options
  const { fed, train: streams, heldOut, heldFed } = gather(model, data, options)
  const optimizer = findOptimizer(options.optimizer ?? 'rmsprop')
  const machine = machineFor('fit', options.target)
  const objective = objectiveOf(options, streams)
  const pass = await loadPass(machine, streams, batchSize, batch =>
    traceTrainStep(traceOf(fed, batch), { ...objective, optimizer }),
  )
  const program = pass.first
  if (program === undefined) throw userFault('empty-data', 'fit: there are no rows to train on')
  const validate =
    heldOut && (await validation(machine, heldFed, heldOut, batchSize, objectiveOf(options, heldOut)))
  const dataset = machine.dataset(streams)
  start(machine, program, optimizer, seed, options.initialWeights)
  const progress = new Progress(options.output ?? process.stdout, options.verbose ?? 'bar', epochs)
  if (batchSize > pass.rows)
    progress.note(
      `a batch of ${batchSize} is larger than the ${pass.rows} rows: each epoch is one step of all rows`,
    )
  const history = await runTraining({
    machine,
    data: dataset,
    streams,
    parts: pass.parts,
    epochs,
    metrics: program.metrics,
    callbacks,
    progress,
    ...(shuffle ? { shuffleKey: derive(keyOf(seed), SHUFFLE) } : {}),
    ...(validate === undefined ? {} : { validate }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { weights: treeOf(program.layout, snapshotOf(machine)), history }
}

const validation = async (
  machine: Machine,
  fed: FedModel,
  streams: Readonly<Record<string, AnyTensor>>,
  batchSize: number,
  objective: Objective,
): Promise<() => Promise<Logs>> => {
  const pass = await loadPass(machine, streams, batchSize, batch =>
    traceEvaluateStep(traceOf(fed, batch), objective),
  )
  const dataset = machine.dataset(streams)
  return () => runEvaluation(machine, dataset, pass.parts, pass.first?.metrics ?? [])
}

/**
 * Trains a model on samples, as Keras's fit does, and gives the weights it learned with the history of its
 * numbers. Left: what is wrong with the model, the data or the options; a `DivergedFault` where a loss became
 * NaN or infinite.
 */
export const fit: FitFn<FitOptions, History> = (model, data, options) =>
  attemptAsync(async () => {
    // The typed edge: the signature has checked what is erased here, and the run time checks it again.
    const { x, y, sampleWeight } = data as GivenSamples
    const trained = await train(model, { x, y, sampleWeight }, options as UntypedFitOptions)
    return { model: closed(model, x), ...trained } as never
  })
