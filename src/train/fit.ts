import { output } from '#platform'
import type { Domains } from '../../dsl/domains.js'
import { findOptimizer, type Optimizer } from '../../dsl/optimizers.js'
import { lossOfOutput, type Objective, weightPort } from '../../dsl/trace/forward.js'
import { initialWeights } from '../../dsl/trace/initial.js'
import { traceEvaluateStep } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { FitFn } from '../../dsl/types/signatures.js'
import { userFault } from '../../runtime/fault.js'
import { keyOf } from '../../runtime/random.js'
import { derive } from '../data/keys.js'
import { takeRows } from '../data/rows.js'
import { taskOf } from '../task.js'
import { weightsByClass } from './class-weights.js'
import { closed } from './closed.js'
import { checkRequired } from './domains.js'
import { Engine, engineFor } from './engine.js'
import type { History, Logs } from './history.js'
import { interruptible, type StopSignal } from './interrupt.js'
import { runTraining, runValidation, snapshotOf, weightsIn } from './loop.js'
import type { Machine } from './machine.js'
import {
  checkPresent,
  codeOptionsOf,
  FIT,
  type FitOptions,
  type MetricOptions,
  machineFor,
  objectiveOf,
  type TrainingOptions,
  type UntypedMetricOptions,
} from './options.js'
import type { StepProgram } from './programs.js'
import { Progress } from './progress.js'
import { checkResume, goOnFrom, stateOf, type TrainingState } from './resume.js'
import {
  type GivenSamples,
  namesOf,
  type Samples,
  samplesOf,
  shapesOf,
  traceOf,
  weightedBy,
  weightShapesOf,
} from './samples.js'
import { checkFiniteWeights, flatOf, leavesOf, treeOf, type WeightTree } from './weights.js'

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

/** The samples of a training: those to learn from, and those held out. */
interface Gathered {
  readonly train: Samples
  readonly heldOut: Samples | undefined
}

/** The last rows are held out, before any shuffle: floor(rows · (1 - share)) remain, as in Keras. */
const splitRows = ({ fed, streams }: Samples, share: number): readonly [train: Samples, heldOut: Samples] => {
  const { rows } = fed
  const kept = Math.floor(rows * (1 - share))
  if (kept === 0 || kept === rows)
    throw userFault('bad-split', `fit: a validationSplit of ${share} leaves no row of ${rows} on one side`, {
      suggestion: 'use another share, or more data',
    })
  const part = (from: number, to: number): Samples => {
    const order = Array.from({ length: to - from }, (_, i) => from + i)
    const copies = Object.entries(streams).map(([name, x]) => [name, takeRows(x, order)] as const)
    return { fed, streams: Object.fromEntries(copies), check: () => undefined }
  }
  return [part(0, kept), part(kept, rows)]
}

/** Class weights are for learning only; the held-out rows keep their own weights. */
const withClassWeights = (samples: Samples, { classWeight, loss }: UntypedFitOptions): Samples => {
  if (classWeight === undefined) return samples
  const { fed, streams } = samples
  const [only, ...more] = fed.outputs
  const y = streams[only?.target ?? '']
  if (y === undefined || more.length > 0)
    throw userFault('bad-option', 'fit: classWeight needs a model of one output', {
      suggestion: 'pass sampleWeight instead',
    })
  samples.check()
  const name = only?.name ?? ''
  const { [weightPort(name)]: own = streams.w, ...others } = streams
  const { kind } = lossOfOutput(loss, name)
  return {
    ...samples,
    streams: { ...others, w: weightsByClass(y, kind, classWeight, own, classesOf(only?.shape ?? [])) },
  }
}

/** How many classes an output tells apart; two where it is one number. */
const classesOf = (shape: Shape): number => {
  const last = shape.at(-1)
  return typeof last === 'number' ? Math.max(last, 2) : Number.POSITIVE_INFINITY
}

const gather = (model: unknown, data: GivenSamples, options: UntypedFitOptions): Gathered => {
  const { loss, validationData, validationSplit } = options
  const all = samplesOf(model, data, loss, namesOf('fit'))
  if (validationData !== undefined) {
    const names = { ...namesOf('fit: validationData'), input: 'fit: validationData.x' }
    const heldOut = samplesOf(model, validationData, loss, names)
    return { train: withClassWeights(all, options), heldOut }
  }
  if (validationSplit === undefined) return { train: withClassWeights(all, options), heldOut: undefined }
  // Checked here, where a row has the number that the user knows, and copied in the same stroke.
  all.check()
  const [train, heldOut] = splitRows(all, validationSplit)
  return { train: withClassWeights(train, options), heldOut }
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
  else {
    // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
    flatOf(layout, leavesOf(given as WeightTree), `${op}: the initialWeights`, weights)
    checkFiniteWeights(given as WeightTree, `${op}: the initialWeights`)
  }
  machine.shared('rate')[0] = optimizer.learningRate
  if (machine.names().includes('key')) machine.shared('key').set(derive(keyOf(seed), RANDOM_LAYERS))
}

/** What a training gave, before the types of the model. */
export interface Trained {
  /** The model itself; for a seq, the model that it is on this data. */
  readonly model: unknown
  readonly weights: WeightTree
  readonly history: History
  readonly training: TrainingState
}

/** Trains; throws faults. What is compiled is kept with the model for the next training like this one. */
export const train = async (
  model: unknown,
  data: GivenSamples,
  options: UntypedFitOptions,
): Promise<Trained> => {
  if (options.resume !== undefined) checkResume(options.resume, options.initialWeights)
  const gathered = gather(model, data, options)
  const engine = trainingEngine(model, gathered, options)
  const trained = await engine.alone(() =>
    interruptible(options.signal, signal => trainWith(engine, gathered, { ...options, signal })),
  )
  return { model: closed(model, gathered.train.fed.dataShape), ...trained }
}

/** What the programs of a training contain of its optimizer: everything but its learning rate. */
const programOf = (optimizer: UntypedFitOptions['optimizer']): unknown =>
  typeof optimizer !== 'object' || optimizer.settings === undefined
    ? optimizer
    : [optimizer.kind, { ...optimizer.settings, learningRate: undefined }]

/**
 * The engine of trainings that run the same programs. While it is at work, another training gets one of its own, so
 * that two trainings of one model run side by side.
 */
const trainingEngine = (model: unknown, { train, heldOut }: Gathered, options: UntypedFitOptions): Engine => {
  const { loss, lossWeights, metrics, weightedMetrics, optimizer } = options
  const watched = { loss, lossWeights, metrics, weightedMetrics }
  const weighted = [train, heldOut].map(
    samples => samples && [weightedBy(samples.streams), weightShapesOf(samples.streams)],
  )
  const use = [
    'fit',
    codeOptionsOf(options),
    shapesOf(train.fed),
    shapesOf((heldOut ?? train).fed),
    watched,
    programOf(optimizer),
    weighted,
  ]
  const make = () => machineFor(options)
  const engine = engineFor(model, use, make)
  return engine.isBusy ? new Engine(make()) : engine
}

const rowsOf = (streams: Readonly<Record<string, AnyTensor>>): number =>
  Object.values(streams)[0]?.dims[0] ?? 0

const trainWith = async (
  engine: Engine,
  { train: { fed, streams, check }, heldOut }: Gathered,
  options: UntypedFitOptions,
): Promise<Omit<Trained, 'model'>> => {
  const { epochs = 1, batchSize = 32, shuffle = true, callbacks = [], resume, signal } = options
  const { seed = resume?.seed ?? 0 } = options
  const from = resume?.epochs ?? 0
  const { machine } = engine
  const optimizer = findOptimizer(options.optimizer ?? 'rmsprop')
  const rows = rowsOf(streams)
  const goal = {
    ...objectiveOf(options.loss, options, weightedBy(streams), weightShapesOf(streams)),
    optimizer,
  }
  const parts = await engine.parts('train', rows, batchSize, batch =>
    traceTrainStep(traceOf(fed, batch), goal),
  )
  const program = parts[0]?.step.program
  if (program === undefined) throw userFault('empty-data', 'fit: there are no rows to train on')
  const held = heldOut && (await heldPass(engine, heldOut, options))
  check()
  const dataset = machine.dataset(streams)
  try {
    clear(machine)
    start(machine, program, optimizer, seed, options.initialWeights)
    if (resume !== undefined) goOnFrom(machine, optimizer, resume)
    const progress = new Progress(options.output ?? output, options.verbose ?? 'bar', from + epochs)
    for (const sentence of program.advice ?? []) progress.note(`note: ${sentence}`)
    const history = await runTraining({
      machine,
      data: dataset,
      streams,
      parts,
      from,
      epochs,
      metrics: program.metrics,
      callbacks,
      progress,
      ...(shuffle ? { shuffleKey: derive(keyOf(seed), SHUFFLE) } : {}),
      ...(held === undefined ? {} : { validate: held.validate }),
      ...(signal === undefined ? {} : { signal }),
    })
    const training = stateOf(machine, optimizer, { epochs: from + history.epoch.length, seed })
    return { weights: treeOf(program.layout, snapshotOf(machine)), history, training }
  } finally {
    dataset.release()
    held?.release()
  }
}

/** A pass over samples that were held out. */
interface HeldPass {
  readonly validate: (signal: StopSignal | undefined) => Promise<Logs | undefined>
  readonly release: () => void
}

const heldPass = async (
  engine: Engine,
  { fed, streams, check }: Samples,
  options: UntypedFitOptions,
): Promise<HeldPass> => {
  const { machine } = engine
  const objective = objectiveOf(options.loss, options, weightedBy(streams), weightShapesOf(streams))
  const parts = await engine.parts('evaluate', rowsOf(streams), options.batchSize ?? 32, batch =>
    traceEvaluateStep(traceOf(fed, batch), objective),
  )
  check()
  const dataset = machine.dataset(streams)
  return {
    validate: signal => runValidation(machine, dataset, parts, parts[0]?.step.program.metrics ?? [], signal),
    release: dataset.release,
  }
}

/**
 * Trains a model on samples and gives the trained weights, the history of loss and metrics, and the state of
 * the training. Data is a tensor, nested arrays or a typed array. Works as Keras's `fit`, with its defaults:
 * optimizer `rmsprop`, 1 epoch, batches of 32 rows, shuffled. Fails with a user fault if the model, the data
 * and the options do not fit together, and with a `DivergedFault` if a loss or a weight becomes NaN or
 * infinite.
 *
 * @example
 * ```ts
 * import { dense, fit, input, predict, sequential, sgd } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const data = { x: [[0], [1], [2], [3]], y: [[1], [3], [5], [7]] }
 * const options = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0.1 }), epochs: 100 } as const
 * const { weights, history } = await fit(model, data, options)
 * console.log(history.history.loss?.at(-1), (await predict(model, weights, [[4]])).data) // almost 0, about 9
 * ```
 */
export const fit: FitFn<TrainingOptions, TrainingState> = (model, data, options) =>
  taskOf('fit', async () => {
    // The typed edge: the signature has checked what is erased here, and the run time checks it again.
    checkPresent('fit', data)
    checkRequired('fit', FIT satisfies Domains<UntypedFitOptions>, options)
    const { x, y, sampleWeight } = data as GivenSamples
    return (await train(model, { x, y, sampleWeight }, options as UntypedFitOptions)) as never
  })
