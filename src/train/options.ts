import type { Target } from '../../compiler/compile.js'
import {
  checkedElsewhere,
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

/** Where steps run: compiled to WebAssembly or to JavaScript, or walked by the slow evaluator. */
export type RunTarget = Target | 'evaluator'

/** What every function that runs a model takes. */
export interface RunOptions {
  /** Rows of a step, default 32. The last batch of a pass is as small as it has to be. */
  readonly batchSize?: number
  /** `wasm` unless given. */
  readonly target?: RunTarget
  /**
   * Threads that share the kernels which are worth it, on `wasm` and `native`; 1 unless given. The numbers stay the
   * same to the bit. Where `wasm` cannot share memory (a page that is not isolated) it is one thread, and the summary
   * says so; one too where `auto` falls back to `wasm`.
   */
  readonly threads?: number
  /**
   * Whether `wasm` multiplies and adds in one instruction with one rounding where the engine has it (Node 21 and later,
   * today's browsers); true unless given. false gives the same numbers to the bit on every engine, which are those of
   * `js` and of modules made by `embed`, for up to half of the speed.
   */
  readonly relaxed?: boolean
}

/** What decides the code of a step, beside its program: what a machine is made for. */
export const codeOptionsOf = ({ target, threads, relaxed }: RunOptions): readonly unknown[] => [
  target,
  threads,
  relaxed,
]

/** What fit and evaluate are told to watch. */
export interface MetricOptions {
  /** Averaged over the samples, whatever their weights. */
  readonly metrics?: readonly (MetricName | Metric)[]
  /** Averaged with the samples' weights. */
  readonly weightedMetrics?: readonly (MetricName | Metric)[]
}

/** The same before the types of the model: what may be said for each output by its name. */
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
  /** `rmsprop` unless given, as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer
  /** Passes over the data, default 1; with 0 the weights stay as they begin. */
  readonly epochs?: number
  /** Share of the rows to hold out: the last ones, before any shuffle. */
  readonly validationSplit?: number
  /** Whether each epoch takes the rows in another order; true unless given. */
  readonly shuffle?: boolean
  /** Decides weights, orders and dropout; 0 unless given, so that two runs are the same. */
  readonly seed?: number
  /** Weights by class number; with sampleWeight they multiply. */
  readonly classWeight?: Readonly<Record<number, number>>
  readonly callbacks?: readonly Callback[]
  /**
   * Goes on where another training of this model ended, as if it had never ended: `training` of what `fit` gave, or what
   * `loadTraining` reads. `epochs` more are trained. Callbacks begin anew.
   */
  readonly resume?: TrainingState
  /** Ends the training cleanly with what was learned. Without one, Ctrl-C in a terminal does. */
  readonly signal?: StopSignal
  /** `bar` unless given. */
  readonly verbose?: Verbosity
  /** Where progress goes; the standard output unless given. */
  readonly output?: ProgressOutput
}

/** The run-time part of fit's options; loss, validationData and initialWeights are typed by the model. */
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
  if (typeof given === 'object' && given !== null) return
  throw userFault('missing-argument', `${op}: there are no data`, { suggestion: 'pass { x, y }' })
}

/** Threads that a target has here, of those asked for. */
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
