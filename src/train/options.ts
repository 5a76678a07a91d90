import type { Target } from '../../compiler/compile.js'
import {
  checkedElsewhere,
  checkValue,
  count,
  countOrNone,
  type Domains,
  finite,
  flag,
  oneOf,
  recordOf,
  share,
  wholeNumber,
} from '../../dsl/domains.js'
import type { Metric, MetricName } from '../../dsl/metrics.js'
import type { Optimizer, OptimizerName } from '../../dsl/optimizers.js'
import type { Objective, PerOutput, Weighted } from '../../dsl/trace/forward.js'
import { userFault } from '../../runtime/fault.js'
import type { ProgressOutput } from '../platform/platform.js'
import { sharingThreads } from '../threads.js'
import { ArenaMachine } from './arena-machine.js'
import type { Callback } from './callbacks.js'
import * as domains from './domains.js'
import { EvalMachine } from './eval-machine.js'
import type { StopSignal } from './interrupt.js'
import type { Machine } from './machine.js'
import type { Verbosity } from './progress.js'
import type { TrainingState } from './resume.js'

/**
 * What runs a model: code compiled to WebAssembly (`wasm`), to JavaScript (`js`) or to machine code through C
 * (`native`, Node only), the fastest of them that works here (`auto`), or an interpreter (`evaluator`), which
 * is slow and serves as the reference.
 */
export type RunTarget = Target | 'evaluator'

/** Options of every function that runs a model. */
export interface RunOptions {
  /** Rows of a step; the last batch of a pass has the rows that remain. Default: 32, and 128 for `predict`. */
  readonly batchSize?: number
  /** What runs the model. Default: 'wasm'. */
  readonly target?: RunTarget
  /**
   * Threads for large kernels, on `wasm` and `native`. Default: 1. The results are bit-identical for every number of
   * threads. On `wasm` it is one thread if memory cannot be shared (in a page that is not isolated), which the summary
   * shows; likewise if `auto` falls back to `wasm`.
   */
  readonly threads?: number
  /**
   * Whether `wasm` may multiply and add in one instruction with one rounding, if the engine has it (Node 21 and later,
   * today's browsers). Default: true. With false the results are bit-identical on every engine, and to those of `js` and
   * of modules made by `embed`, at up to half of the speed.
   */
  readonly relaxed?: boolean
}

/** What decides the code of a step, beside its program: what a machine is made for. */
export const codeOptionsOf = ({ target, threads, relaxed }: RunOptions): readonly unknown[] => [
  target,
  threads,
  relaxed,
]

/** The metrics that `fit` and `evaluate` report beside the loss. */
export interface MetricOptions {
  /** Metrics averaged over the samples, whatever their weights. Default: none. */
  readonly metrics?: readonly (MetricName | Metric)[]
  /** Metrics averaged with the samples' weights. Default: none. */
  readonly weightedMetrics?: readonly (MetricName | Metric)[]
}

/** The same without the types of the model: each may be given per output, by its name. */
export interface UntypedMetricOptions {
  readonly lossWeights?: Readonly<Record<string, number>>
  readonly metrics?: PerOutput<readonly (MetricName | Metric)[]>
  readonly weightedMetrics?: PerOutput<readonly (MetricName | Metric)[]>
}

/** What a step is to make small and to watch. */
export const objectiveOf = (
  loss: Objective['loss'],
  { lossWeights, metrics = [], weightedMetrics = [] }: UntypedMetricOptions,
  weighted: Weighted,
  weightShapes: Objective['weightShapes'] = {},
): Objective => ({
  loss,
  metrics,
  weightedMetrics,
  weighted,
  weightShapes,
  ...(lossWeights === undefined ? {} : { lossWeights }),
})

/** How fit trains; loss, metrics, validationData and initialWeights are typed by the model. */
export interface TrainingOptions extends RunOptions {
  /** Default: 'rmsprop', as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer
  /** Passes over the data; with 0 the weights stay as they are initialized. Default: 1. */
  readonly epochs?: number
  /** Fraction of the rows to hold out for validation: the last rows, before any shuffle. Default: none. */
  readonly validationSplit?: number
  /** Whether to shuffle the rows before each epoch. Default: true. */
  readonly shuffle?: boolean
  /** Seed of the initial weights, the shuffle and dropout. Default: 0, so that two runs are the same. */
  readonly seed?: number
  /** Weights of the loss by class number; multiplied with `sampleWeight` if both are given. Default: all 1. */
  readonly classWeight?: Readonly<Record<number, number>>
  /** Called while the training runs, in this order. Default: none. */
  readonly callbacks?: readonly Callback[]
  /**
   * The state of an earlier training of this model, to continue from: `training` in the result of `fit`, or what
   * `loadTraining` reads. `epochs` counts further epochs. Callbacks start afresh. Default: none.
   */
  readonly resume?: TrainingState
  /** Stops the training with what was learned so far. Default: Ctrl-C in a terminal does. */
  readonly signal?: StopSignal
  /** What is printed. Default: 'bar'. */
  readonly verbose?: Verbosity
  /** Where progress is written. Default: the standard output; in a page the console. */
  readonly output?: ProgressOutput
}

/** Options of `fit`; `loss`, `validationData` and `initialWeights`, which are typed by the model, come on top. */
export interface FitOptions extends TrainingOptions, MetricOptions {}

/** The domains of RunOptions. */
export const RUN: Domains<RunOptions> = {
  batchSize: count,
  target: oneOf<RunTarget>({ wasm: 1, js: 1, native: 1, auto: 1, evaluator: 1 }),
  threads: domains.threads,
  relaxed: flag,
}

/** The domains of metrics and of the losses' factors. */
export const WATCHED: Domains<UntypedMetricOptions> = {
  metrics: domains.metrics,
  weightedMetrics: domains.metrics,
  lossWeights: recordOf('numbers by the names of outputs', finite, '{ a: 1, b: 0.5 }'),
}

/**
 * The domains of fit's options. evaluate, predict and compile take these too, so that one object of options can be given
 * to all of them; what they have no use for is passed over. What is wrong with a loss or with
 * `resume` is told by what takes it.
 */
export const FIT: Domains<
  FitOptions & UntypedMetricOptions & Record<'loss' | 'validationData' | 'initialWeights', unknown>
> = {
  loss: checkedElsewhere,
  ...RUN,
  ...WATCHED,
  optimizer: domains.optimizer,
  epochs: countOrNone,
  validationSplit: share,
  validationData: domains.samples,
  initialWeights: domains.weights,
  resume: checkedElsewhere,
  shuffle: flag,
  seed: wholeNumber,
  classWeight: domains.classWeights,
  callbacks: domains.callbacks,
  signal: domains.stopSignal,
  verbose: oneOf<Verbosity>({ silent: 1, bar: 1, lines: 1 }),
  output: domains.progressOutput,
}

/** Refuses data that is left out, as a caller without types may. */
export const checkPresent = (op: string, given: unknown): void => {
  if (given === undefined || given === null)
    throw userFault('missing-argument', `${op}: there are no data`, { suggestion: 'pass { x, y }' })
  checkValue(op, 'the data', domains.data, given, 'missing-argument')
}

/** Threads that a target uses here, of those requested. */
const threadsOn = (target: RunTarget, threads: number): number => {
  switch (target) {
    case 'native':
    case 'auto':
      return threads
    case 'wasm':
      return sharingThreads(threads)
    case 'js':
    case 'evaluator':
      return 1
    default:
      return target satisfies never
  }
}

/** A machine for a target, and for so many threads where the target and the engine have them. */
export const machineFor = ({ target = 'wasm', threads = 1, relaxed = true }: RunOptions): Machine =>
  target === 'evaluator'
    ? new EvalMachine()
    : new ArenaMachine({ target, threads: threadsOn(target, threads), relaxed })
