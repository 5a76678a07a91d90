import type * as E from 'fp-ts/lib/Either.js'
import { checkValue, count, type Domains } from '../../dsl/domains.js'
import { findOptimizer, type Optimizer, type OptimizerName } from '../../dsl/optimizers.js'
import type { Objective, Weighted } from '../../dsl/trace/forward.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyModel, AnyMultiModel, WeightsOf } from '../../dsl/types/model.js'
import type { LossesGiven } from '../../dsl/types/named.js'
import { match } from '../../dsl/types/rules.js'
import type { SamplesFor } from '../../dsl/types/signatures-training.js'
import type { LossFor, OptionsFor } from '../../dsl/types/training.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { tensorOf } from '../data/tensor.js'
import { attempt } from '../errors.js'
import type { Summary } from '../summary.js'
import { type Task, taskOf } from '../task.js'
import * as domains from './domains.js'
import { start } from './fit.js'
import type { Logs } from './history.js'
import { snapshotOf } from './loop.js'
import type { Dataset, Step } from './machine.js'
import {
  FIT,
  type MetricOptions,
  machineFor,
  objectiveOf,
  type RunOptions,
  type UntypedMetricOptions,
} from './options.js'
import { type StepProgram, streamsOfProgram } from './programs.js'
import {
  dataDims,
  type FedModel,
  feed,
  type GivenSamples,
  inputName,
  namesOf,
  samplesOf,
  traceOf,
  weightedBy,
  weightShapesOf,
} from './samples.js'
import { summaryOf } from './summary.js'
import type { Streams } from './targets.js'
import { clearTotals, logsIn } from './totals.js'
import { treeOf } from './weights.js'

/** Zeros for every stream of a step. */
const emptyStreams = (step: StepProgram): Readonly<Record<string, AnyTensor>> =>
  Object.fromEntries(
    streamsOfProgram(step).map(({ name, shape, dtype }) => [
      name,
      tensorOf(shape, dtype, allocate(dtype, sizeOf(shape))),
    ]),
  )

/** Refuses a batch whose symbols have other sizes than the trainer was compiled for. */
const checkSizes = (op: string, compiled: FedModel, given: FedModel): void => {
  for (const [i, { name, shape }] of compiled.inputs.entries()) {
    const own = given.inputs[i]?.shape ?? []
    match(inputName(`${op}: model input`, name), [own[0] ?? 0, ...shape.slice(1)], own)
  }
}

const checkBatch = (rows: number, batchSize: number, has: Weighted, weighted: Weighted): void => {
  if (rows > batchSize)
    throw userFault(
      'wrong-batch',
      `trainStep: the batch has ${rows} rows, the trainer was compiled for at most ${batchSize}`,
      { suggestion: `pass smaller batches, or compile with batchSize: ${rows}` },
    )
  if (JSON.stringify(has) !== JSON.stringify(weighted))
    throw userFault(
      'bad-option',
      has === false
        ? 'trainStep: the trainer was compiled for sample weights, and there are none'
        : weighted === false
          ? 'trainStep: there are sample weights, and the trainer was compiled without'
          : 'trainStep: the trainer was compiled for sample weights of other outputs',
      { suggestion: `compile with weighted: ${JSON.stringify(has)}` },
    )
}

/** Options of `compile`; `loss` and `initialWeights` are typed by the model. */
export interface CompileOptions extends MetricOptions, RunOptions {
  /** Default: 'rmsprop', as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer
  /**
   * Whether every batch has sample weights: `true` for all outputs, or the names of the outputs that have some, in
   * their order. Default: false.
   */
  readonly weighted?: Weighted
  /** Sizes of the symbols in the model's input, except the batch, by name. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Seed of the initial weights and of dropout. Default: 0. */
  readonly seed?: number
}

/** The same without the types of the model. */
interface UntypedCompileOptions extends Omit<CompileOptions, keyof MetricOptions>, UntypedMetricOptions {
  readonly loss: Objective['loss']
  readonly initialWeights?: object
}

const COMPILE: Domains<UntypedCompileOptions> = {
  ...FIT,
  weighted: domains.someOutputs,
  sizes: domains.sizes,
}

/** A model compiled for training by single steps. It holds the weights and the optimizer's state. */
export interface Trainer<M, L> {
  readonly model: M
  readonly loss: LossFor<M, L>
  readonly batchSize: number
  readonly summary: Summary
  /** The optimizer's learning rate; a change takes effect with the next step. */
  learningRate: number
  /** A copy of the current weights. */
  readonly weights: () => WeightsOf<M>
  /** Means of loss and metrics over all batches since the last `reset`. */
  readonly scores: () => Logs
  /** Resets the means of `scores`. */
  readonly reset: () => void
  /** One step, without the types: `trainStep` is the typed way. Throws faults. */
  readonly step: (samples: GivenSamples) => number
  /** Many steps in one call, without the types: `trainSteps` is the typed way. Throws faults. */
  readonly steps: (samples: GivenSamples, count: number) => StepsDone
}

/** The result of `trainSteps`. */
export interface StepsDone {
  /** Steps that ended with a finite loss; fewer than requested if the next one did not. */
  readonly steps: number
  /** The loss of the last step, penalties included. */
  readonly loss: number
}

/** A step, and where its batch lies. */
interface OneStep {
  readonly step: Step
  readonly dataset: Dataset
}

/** A batch that fits, and its number of rows. */
interface Checked {
  readonly streams: Streams
  readonly rows: number
}

/** What a trainer was compiled for. */
interface Expected {
  readonly model: unknown
  readonly loss: Objective['loss']
  readonly fed: FedModel
  readonly weighted: Weighted
}

/** Samples that fit what a trainer was compiled for, at most `largest` rows of them. Throws faults. */
const checked = (
  { model, loss, fed, weighted }: Expected,
  samples: GivenSamples,
  op: string,
  largest?: number,
): Checked => {
  const given = samplesOf(model, samples, loss, namesOf(op))
  checkSizes(op, fed, given.fed)
  checkBatch(given.fed.rows, largest ?? given.fed.rows, weightedBy(given.streams), weighted)
  const positions = Object.values(weightShapesOf(given.streams))[0]
  if (positions !== undefined)
    throw userFault(
      'bad-option',
      `${op}: a trainer takes one weight for each sample, received one for each of [${positions.join(', ')}]`,
      { suggestion: 'train with fit, or multiply the weights in a customLoss' },
    )
  given.check()
  return { streams: given.streams, rows: given.fed.rows }
}

/** Steps whose rows are numbered at once: enough that a call costs nothing beside them. */
const STEPS_AT_ONCE = 4096

/**
 * Compiles a model for a training loop of your own: `trainStep` then trains on one batch of at most
 * `batchSize` rows (default: 32). Unlike Keras's `compile` it gives a trainer and leaves the model as it is.
 * Fails with a user fault if the layers, the loss or the options do not fit together.
 *
 * @example
 * ```ts
 * import { compile, dense, input, sequential, tensor, trainStep, unwrap } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const trainer = await compile(model, { loss: 'meanSquaredError', optimizer: 'sgd', batchSize: 4 })
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * for (let i = 0; i < 100; i++) unwrap(trainStep(trainer, { x, y }))
 * console.log(trainer.weights().layer0.kernel.data, trainer.scores())
 * ```
 */
export const compile = <M extends AnyModel | AnyMultiModel, L extends LossesGiven>(
  model: M,
  options: OptionsFor<M, CompileOptions> & {
    readonly loss: LossFor<M, L>
    readonly initialWeights?: WeightsOf<M>
  },
): Task<Trainer<M, L>> =>
  taskOf('compile', async () => {
    domains.checkRequired('compile', COMPILE, options)
    // The typed edge: options by output name have been checked against the outputs' names, and are checked again.
    const untyped = options as UntypedCompileOptions
    const { batchSize = 32, weighted = false, seed = 0 } = untyped
    const objective = objectiveOf(untyped.loss, untyped, weighted)
    const fed = feed(model, dataDims('compile', model, batchSize, untyped.sizes), 'compile')
    const optimizer = findOptimizer(untyped.optimizer ?? 'rmsprop')
    const machine = machineFor(untyped)
    const began = performance.now()
    const program = traceTrainStep(traceOf(fed, batchSize), { ...objective, optimizer })
    const step = await machine.load(program)
    const compileMs = performance.now() - began
    const dataset = machine.dataset(emptyStreams(program))
    start(machine, program, optimizer, seed, untyped.initialWeights, 'compile')
    const smaller = new Map<number, OneStep>()
    /** The step for a batch of fewer rows, the last one of the data, say; it is compiled when it is first needed. */
    const stepFor = (rows: number): OneStep => {
      if (rows === batchSize) return { step, dataset }
      const known = smaller.get(rows)
      if (known !== undefined) return known
      const own = traceTrainStep(traceOf(fed, rows), { ...objective, optimizer })
      const made = { step: machine.loadAtOnce(own), dataset: machine.dataset(emptyStreams(own)) }
      smaller.set(rows, made)
      return made
    }
    const expected = { model, loss: objective.loss, fed, weighted }
    return {
      model,
      loss: options.loss,
      batchSize,
      summary: summaryOf(program, {
        step: 'training',
        plan: step.plan,
        batch: batchSize,
        compileMs,
        optimizer,
      }),
      get learningRate() {
        return machine.shared('rate')[0] ?? 0
      },
      set learningRate(rate: number) {
        machine.shared('rate')[0] = rate
      },
      // The typed edge: the layout has the layers and weights that WeightsOf computes.
      weights: () => treeOf(program.layout, snapshotOf(machine)) as never,
      scores: () => logsIn(machine, program.metrics),
      reset: () => clearTotals(machine),
      step: samples => {
        const { streams, rows } = checked(expected, samples, 'trainStep', batchSize)
        const one = stepFor(rows)
        one.dataset.fill(streams)
        one.step.run(one.dataset, 0, 1)
        return one.step.output('loss')[0] ?? Number.NaN
      },
      steps: (samples, steps) => {
        checkValue('trainSteps', 'steps', count, steps)
        const { streams } = checked(expected, samples, 'trainSteps')
        const data = machine.dataset(streams, Math.min(steps, STEPS_AT_ONCE) * batchSize)
        try {
          return runSteps(step, data, steps, batchSize)
        } finally {
          data.release()
        }
      },
    }
  })

/** `count` steps over the rows in turn, beginning again at their end. */
const runSteps = (step: Step, data: Dataset, count: number, batchSize: number): StepsDone => {
  let done = 0
  while (done < count) {
    const now = Math.min(count - done, STEPS_AT_ONCE)
    const first = done * batchSize
    const order = data.order()
    for (let i = 0; i < now * batchSize; i++) order[i] = (first + i) % data.rows
    const finished = step.run(data, 0, now)
    done += finished
    if (finished < now) break
  }
  return { steps: done, loss: step.output('loss')[0] ?? Number.NaN }
}

/**
 * Trains on one batch and gives its loss, penalties included; the trainer's weights and scores change. A
 * batch may have fewer rows than the trainer was compiled for, as the last one of the data often has; the
 * first batch of each size takes the time to compile. A loss that is not finite is returned as it is.
 * Keras's `train_on_batch`. Fails with a user fault if the batch does not fit the model.
 *
 * @example
 * ```ts
 * import { compile, dense, input, sequential, tensor, trainStep, unwrap } from 'densor'
 *
 * const trainer = await compile(sequential(input(2), dense(1)), { loss: 'meanSquaredError' })
 * const batch = { x: unwrap(tensor([2, 2], [0, 1, 1, 0])), y: unwrap(tensor([2, 1], [1, 0])) }
 * console.log(unwrap(trainStep(trainer, batch)))
 * ```
 */
export const trainStep = <M extends AnyModel | AnyMultiModel, L extends LossesGiven, X, Y, W = AnyTensor>(
  trainer: Trainer<M, L>,
  batch: SamplesFor<'trainStep', M, X, L, Y, W>,
): E.Either<Fault, number> =>
  // The typed edge: the signature has checked what is erased here, and the run time checks it again.
  attempt(() => trainer.step(batch as GivenSamples))

/**
 * Trains for `steps` steps in one call: on batches of consecutive rows of the data, starting again at its
 * first row after the last. It saves the time of a call for each step, which counts for small models. Stops
 * before `steps` if a loss is not finite. Fails with a user fault if the data does not fit the model.
 *
 * @example
 * ```ts
 * import { compile, dense, input, sequential, tensor, trainSteps, unwrap } from 'densor'
 *
 * const trainer = await compile(sequential(input(1), dense(1)), { loss: 'meanSquaredError', batchSize: 2 })
 * const data = { x: unwrap(tensor([4, 1], [0, 1, 2, 3])), y: unwrap(tensor([4, 1], [1, 3, 5, 7])) }
 * console.log(unwrap(trainSteps(trainer, data, 1000))) // { steps: 1000, loss: … }
 * ```
 */
export const trainSteps = <M extends AnyModel | AnyMultiModel, L extends LossesGiven, X, Y, W = AnyTensor>(
  trainer: Trainer<M, L>,
  data: SamplesFor<'trainSteps', M, X, L, Y, W>,
  steps: number,
): E.Either<Fault, StepsDone> =>
  // The typed edge, as above.
  attempt(() => trainer.steps(data as GivenSamples, steps))
