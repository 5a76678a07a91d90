import { output } from '#platform'
import { findOptimizer, type Optimizer } from '../../dsl/optimizers.js'
import { type Objective, weightPort } from '../../dsl/trace/forward.js'
import { initialWeights } from '../../dsl/trace/initial.js'
import { traceEvaluateStep } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { FitFn } from '../../dsl/types/signatures.js'
import { userFault } from '../../runtime/fault.js'
import { keyOf } from '../../runtime/random.js'
import { derive } from '../data/keys.js'
import { takeRows } from '../data/rows.js'
import { attemptAsync } from '../errors.js'
import { weightsByClass } from './class-weights.js'
import { closed } from './closed.js'
import { Engine, engineFor } from './engine.js'
import type { History, Logs } from './history.js'
import { interruptible, type StopSignal } from './interrupt.js'
import { runEvaluation, runTraining, snapshotOf, weightsIn } from './loop.js'
import type { Machine } from './machine.js'
import {
  checkFitOptions,
  checkPresent,
  codeOptionsOf,
  type FitOptions,
  type MetricOptions,
  machineFor,
  objectiveOf,
  type UntypedMetricOptions,
} from './options.js'
import type { StepProgram } from './programs.js'
import { Progress } from './progress.js'
import {
  type FedModel,
  feed,
  type GivenSamples,
  namesOf,
  shapesOf,
  streamsOf,
  traceOf,
  weightedBy,
} from './samples.js'
import { flatOf, leavesOf, treeOf, type WeightTree } from './weights.js'

const SHUFFLE = 2
const RANDOM_LAYERS = 3

/** fit's options as the loop sees them, without the types of the model. */
export interface UntypedFitOptions
  extends Omit<FitOptions, keyof MetricOptions | 'signal'>,
    UntypedMetricOptions {
  readonly loss: Objective['loss']
  readonly validationData?: GivenSamples | undefined
  readonly initialWeights?: object | undefined
  readonly signal?: StopSignal | undefined
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
  { outputs }: FedModel,
  { classWeight }: UntypedFitOptions,
): Readonly<Record<string, AnyTensor>> => {
  if (classWeight === undefined) return streams
  const [only, ...more] = outputs
  const y = streams[only?.target ?? '']
  if (y === undefined || more.length > 0)
    throw userFault('bad-option', 'fit: classWeight needs a model of one output', {
      suggestion: 'pass sampleWeight instead',
    })
  const { [weightPort(only?.name ?? '')]: own = streams.w, ...others } = streams
  return { ...others, w: weightsByClass(y, classWeight, own) }
}

const gather = (model: unknown, data: GivenSamples, options: UntypedFitOptions): Streams => {
  const { loss, validationData, validationSplit } = options
  const names = namesOf('fit')
  const fed = feed(model, data.x, names.input)
  const all = streamsOf(fed, loss, data, names)
  if (validationData !== undefined) {
    const heldNames = { ...namesOf('fit: validationData'), input: 'fit: validationData.x' }
    const heldFed = feed(model, validationData.x, heldNames.input)
    const heldOut = streamsOf(heldFed, loss, validationData, heldNames)
    return { fed, train: withClassWeights(all, fed, options), heldOut, heldFed }
  }
  if (validationSplit === undefined)
    return { fed, train: withClassWeights(all, fed, options), heldOut: undefined, heldFed: fed }
  const [train, heldOut] = splitRows(all, fed.rows, validationSplit)
  return { fed, train: withClassWeights(train, fed, options), heldOut, heldFed: fed }
}

/** Forgets what an earlier training has left in the machine. */
const clear = (machine: Machine): void => {
  for (const name of machine.names()) machine.shared(name).fill(0)
}

/** Puts everything that a training starts from into a machine of zeros. Throws `wrong-weights`. */
export const start = (
  machine: Machine,
  { layout }: StepProgram,
  optimizer: Optimizer,
  seed: number,
  given: object | undefined,
  op = 'fit',
): void => {
  const weights = weightsIn(machine)
  if (given === undefined) initialWeights(layout, seed, weights)
  // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
  else flatOf(layout, leavesOf(given as WeightTree), `${op}: the initialWeights`, weights)
  machine.shared('rate')[0] = optimizer.learningRate
  if (machine.names().includes('key')) machine.shared('key').set(derive(keyOf(seed), RANDOM_LAYERS))
}

/** What a training gave, before the types of the model. */
export interface Trained {
  readonly weights: WeightTree
  readonly history: History
}

/** Trains; throws faults. What is compiled is kept with the model for the next training like this one. */
export const train = async (
  model: unknown,
  data: GivenSamples,
  options: UntypedFitOptions,
): Promise<Trained> => {
  checkFitOptions(options)
  const streams = gather(model, data, options)
  const engine = trainingEngine(model, streams, options)
  return engine.alone(() =>
    interruptible(options.signal, signal => trainWith(engine, streams, { ...options, signal })),
  )
}

/** What the programs of a training have of its optimizer; its rate is no part of them. */
const programOf = (optimizer: UntypedFitOptions['optimizer']): unknown =>
  typeof optimizer !== 'object' || optimizer.settings === undefined
    ? optimizer
    : [optimizer.kind, { ...optimizer.settings, learningRate: undefined }]

/**
 * The engine of trainings that run the same programs. While it is at work, another training gets one of its own, so
 * that two trainings of one model run side by side.
 */
const trainingEngine = (
  model: unknown,
  { fed, train, heldOut, heldFed }: Streams,
  options: UntypedFitOptions,
): Engine => {
  const { loss, lossWeights, metrics, weightedMetrics, optimizer } = options
  const watched = { loss, lossWeights, metrics, weightedMetrics }
  const weighted = [weightedBy(train), heldOut !== undefined && weightedBy(heldOut)]
  const use = [
    'fit',
    codeOptionsOf(options),
    shapesOf(fed),
    shapesOf(heldFed),
    watched,
    programOf(optimizer),
    weighted,
  ]
  const make = () => machineFor('fit', options)
  const engine = engineFor(model, use, make)
  return engine.isBusy ? new Engine(make()) : engine
}

const rowsOf = (streams: Readonly<Record<string, AnyTensor>>): number =>
  Object.values(streams)[0]?.dims[0] ?? 0

/** A batch that was asked for must exist; without one asked for, few rows are one small batch. */
const checkBatchFits = (batchSize: number | undefined, rows: number): void => {
  if (batchSize === undefined || batchSize <= rows) return
  throw userFault(
    'batch-too-large',
    `fit: batchSize is ${batchSize}, but there are ${rows} rows to train on`,
    {
      suggestion: `leave batchSize out, or use at most ${rows}`,
    },
  )
}

const trainWith = async (
  engine: Engine,
  { fed, train: streams, heldOut, heldFed }: Streams,
  options: UntypedFitOptions,
): Promise<Trained> => {
  const { epochs = 1, batchSize = 32, seed = 0, shuffle = true, callbacks = [], signal } = options
  const { machine } = engine
  const optimizer = findOptimizer(options.optimizer ?? 'rmsprop')
  const rows = rowsOf(streams)
  checkBatchFits(options.batchSize, rows)
  const goal = { ...objectiveOf(options.loss, options, weightedBy(streams)), optimizer }
  const parts = await engine.parts('train', rows, batchSize, batch =>
    traceTrainStep(traceOf(fed, batch), goal),
  )
  const program = parts[0]?.step.program
  if (program === undefined) throw userFault('empty-data', 'fit: there are no rows to train on')
  const held = heldOut && (await heldPass(engine, heldFed, heldOut, options))
  const dataset = machine.dataset(streams)
  try {
    clear(machine)
    start(machine, program, optimizer, seed, options.initialWeights)
    const progress = new Progress(options.output ?? output, options.verbose ?? 'bar', epochs)
    const history = await runTraining({
      machine,
      data: dataset,
      streams,
      parts,
      epochs,
      metrics: program.metrics,
      callbacks,
      progress,
      ...(shuffle ? { shuffleKey: derive(keyOf(seed), SHUFFLE) } : {}),
      ...(held === undefined ? {} : { validate: held.validate }),
      ...(signal === undefined ? {} : { signal }),
    })
    return { weights: treeOf(program.layout, snapshotOf(machine)), history }
  } finally {
    dataset.release()
    held?.release()
  }
}

/** A pass over samples that were held out. */
interface HeldPass {
  readonly validate: () => Promise<Logs>
  readonly release: () => void
}

const heldPass = async (
  engine: Engine,
  fed: FedModel,
  streams: Readonly<Record<string, AnyTensor>>,
  options: UntypedFitOptions,
): Promise<HeldPass> => {
  const { machine } = engine
  const objective = objectiveOf(options.loss, options, weightedBy(streams))
  const parts = await engine.parts('evaluate', rowsOf(streams), options.batchSize ?? 32, batch =>
    traceEvaluateStep(traceOf(fed, batch), objective),
  )
  const dataset = machine.dataset(streams)
  return {
    validate: () => runEvaluation(machine, dataset, parts, parts[0]?.step.program.metrics ?? []),
    release: dataset.release,
  }
}

/**
 * Trains a model on samples, as Keras's fit does, and gives the weights it learned with the history of its
 * numbers. Left: what is wrong with the model, the data or the options; a `DivergedFault` where a loss became
 * NaN or infinite.
 */
export const fit: FitFn<FitOptions, History> = (model, data, options) =>
  attemptAsync(async () => {
    // The typed edge: the signature has checked what is erased here, and the run time checks it again.
    checkPresent('fit', 'data', data)
    checkPresent('fit', 'options', options)
    const { x, y, sampleWeight } = data as GivenSamples
    const trained = await train(model, { x, y, sampleWeight }, options as UntypedFitOptions)
    return { model: closed(model, x), ...trained } as never
  })
