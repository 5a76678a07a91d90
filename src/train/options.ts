import type { Target } from '../../compiler/compile.js'
import type { Metric, MetricName } from '../../dsl/metrics.js'
import type { Optimizer, OptimizerName } from '../../dsl/optimizers.js'
import type { Objective, PerOutput, Weighted } from '../../dsl/trace/forward.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import type { ProgressOutput } from '../platform/platform.js'
import { sharingThreads } from '../threads.js'
import { ArenaMachine } from './arena-machine.js'
import type { Callback } from './callbacks.js'
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

const bad = (op: string, name: string, value: unknown, want: string): Fault =>
  userFault('bad-option', `${op}: ${name} is ${String(value)}, expected ${want}`)

/** Refuses a number that is no positive whole one. */
export const checkCount = (op: string, name: string, value: number): void => {
  if (!(Number.isInteger(value) && value > 0)) throw bad(op, name, value, 'a positive whole number')
}

/** Refuses data or options that are left out, as a caller without types may. */
export const checkPresent = (op: string, what: 'data' | 'options', given: unknown): void => {
  if (typeof given === 'object' && given !== null) return
  throw userFault('missing-argument', `${op}: there are no ${what}`, {
    suggestion: what === 'data' ? 'pass { x, y }' : 'pass { loss: … } at least',
  })
}

/** Refuses what fit cannot work with. */
export const checkFitOptions = (
  options: Omit<FitOptions, keyof MetricOptions | 'signal'> & { readonly signal?: StopSignal | undefined },
): void => {
  const { signal } = options
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw bad('fit', 'signal', signal, 'an AbortSignal, or another object with aborted')
  const { epochs = 1, batchSize = 32, validationSplit, seed = 0, verbose = 'bar' } = options
  if (!(Number.isInteger(epochs) && epochs >= 0))
    throw bad('fit', 'epochs', epochs, 'a whole number, 0 or more')
  checkCount('fit', 'batchSize', batchSize)
  if (validationSplit !== undefined && !(validationSplit > 0 && validationSplit < 1))
    throw bad('fit', 'validationSplit', validationSplit, 'a share between 0 and 1')
  if (!Number.isSafeInteger(seed)) throw bad('fit', 'seed', seed, 'a whole number')
  if (!['silent', 'bar', 'lines'].includes(verbose))
    throw bad('fit', 'verbose', verbose, "'silent', 'bar' or 'lines'")
}

/** The targets that a plan can be compiled for. */
const COMPILED: readonly string[] = ['wasm', 'js', 'native', 'auto']

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
export const machineFor = (
  op: string,
  { target = 'wasm', threads = 1, relaxed = true }: RunOptions,
): Machine => {
  checkCount(op, 'threads', threads)
  if (target === 'evaluator') return new EvalMachine()
  if (COMPILED.includes(target)) {
    return new ArenaMachine({ target, threads: threadsOn(target, threads), relaxed })
  }
  throw bad(op, 'target', target, `one of ${[...COMPILED, 'evaluator'].join(', ')}`)
}
