import { flopsOfPlan } from '../../compiler/compile.js'
import { checkedElsewhere, checkOptions, type Domains, objectWith, text } from '../../dsl/domains.js'
import { findOptimizer, type Optimizer, type OptimizerName } from '../../dsl/optimizers.js'
import { isTensor } from '../../dsl/tensor.js'
import type { Objective } from '../../dsl/trace/forward.js'
import { tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { showDim } from '../../dsl/types/wording.js'
import { bytesOf, sizeOf } from '../../runtime/dtype.js'
import type { Plan } from '../../runtime/plan.js'
import type { CompiledSummary, Summary, SummaryRow } from '../summary.js'
import { type Task, taskOf } from '../task.js'
import * as domains from './domains.js'
import { FIT, machineFor, objectiveOf, type RunOptions, type UntypedMetricOptions } from './options.js'
import type { StepProgram } from './programs.js'
import { dataDims, feed, traceOf } from './samples.js'

/** What was compiled, for a summary. */
export interface Compiled {
  readonly step: CompiledSummary['step']
  readonly plan: Plan | undefined
  readonly batch: number
  readonly compileMs: number
  readonly optimizer?: Optimizer
}

/** The paths of what is around a layer or a weight. */
const pathsAround = (path: readonly string[]): readonly string[] =>
  path.map((_, i) => path.slice(0, i).join('/'))

/** The layers without those that only hold others; a shared layer once. */
const rowsOf = ({ layers, layout }: StepProgram): readonly SummaryRow[] => {
  const holders = new Set(layers.flatMap(({ path }) => pathsAround(path)))
  const params = new Map<string, number>()
  for (const { path, shape } of layout.weights) {
    const owner = path.slice(0, -1).join('/')
    params.set(owner, (params.get(owner) ?? 0) + sizeOf(shape))
  }
  const rows = new Map<string, SummaryRow>()
  for (const { path, kind, output } of layers) {
    const name = path.join('/')
    if (path.length === 0 || holders.has(name) || rows.has(name)) continue
    rows.set(name, {
      name,
      kind,
      output: `[${output.map(showDim).join(', ')}]`,
      params: params.get(name) ?? 0,
    })
  }
  return [...rows.values()]
}

/** Bytes that a plan needs: its own, and those of the ports that lie elsewhere. */
const bytesOfPlan = ({ base, memory, inputs }: Plan): number =>
  inputs
    .filter(({ offset }) => offset < base || offset >= base + memory.bytes)
    .reduce((n, { dtype, shape }) => n + sizeOf(shape) * bytesOf(dtype), memory.bytes)

const compiledOf = ({ step, plan, batch, compileMs }: Compiled): CompiledSummary | undefined =>
  plan && {
    step,
    target: plan.target,
    threads: plan.threads.count,
    batch,
    kernels: plan.kernels.length,
    flopsPerSample: flopsOfPlan(plan) / batch,
    arenaBytes: bytesOfPlan(plan),
    compileMs,
  }

/**
 * The summary of a step program. Keras counts the optimizer's step number and learning rate as two
 * parameters.
 */
export const summaryOf = (program: StepProgram, compiled: Compiled, title = 'model'): Summary => {
  const { layout } = program
  const made = compiledOf(compiled)
  const { optimizer } = compiled
  return {
    model: title,
    rows: rowsOf(program),
    trainable: layout.params,
    nonTrainable: layout.state,
    ...(optimizer === undefined ? {} : { optimizer: optimizer.slots.length * layout.params + 2 }),
    ...(made === undefined ? {} : { compiled: made }),
  }
}

/** Options of `summary`. With a `loss` the training step is compiled, without one the prediction step. */
export interface SummaryOptions extends UntypedMetricOptions, RunOptions {
  /** The model's name in the summary. Default: 'model'. */
  readonly title?: string
  /** The loss of the training step. Default: none; the prediction step is compiled. */
  readonly loss?: Objective['loss']
  /** Default: 'rmsprop', as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer
  /** A tensor with the shape of the model's data, for a `seq` without an input. */
  readonly like?: AnyTensor
  /** Sizes of the symbols in the model's input, except the batch, by name. */
  readonly sizes?: Readonly<Record<string, number>>
}

/** Options of a training are passed over, so that both can be told of one object. */
const SUMMARY = {
  ...FIT,
  title: text,
  loss: checkedElsewhere,
  optimizer: domains.optimizer,
  like: objectWith('a tensor', isTensor),
  sizes: domains.sizes,
} satisfies Domains<SummaryOptions>

/**
 * A model in numbers: its layers, their output shapes and parameters, and what the compiler made of it (the
 * number of kernels, operations for each sample, memory). `formatSummary` makes a text of it. Keras's
 * `model.summary()`. Fails with a user fault if the model and the options do not fit together.
 *
 * @example
 * ```ts
 * import { conv2d, dense, flatten, input, sequential, summary } from 'densor'
 *
 * const model = sequential(input([28, 28, 1]), conv2d(8, 3, 'relu'), flatten(), dense(10, 'softmax'))
 * const { rows, trainable } = await summary(model, { loss: 'sparseCategoricalCrossentropy' })
 * console.log(rows.map(({ name, output }) => `${name}: ${output}`), trainable) // …, 54170
 * ```
 */
export const summary = (model: object, options: SummaryOptions = {}): Task<Summary> =>
  taskOf('summary', async () => {
    checkOptions('summary', SUMMARY, options)
    const { batchSize = 32, like, loss, title } = options
    const data =
      like === undefined
        ? dataDims('summary', model, batchSize, options.sizes)
        : { dims: [batchSize, ...like.dims.slice(1)] }
    const trace = traceOf(feed(model, data, 'summary'), batchSize)
    const optimizer = loss === undefined ? undefined : findOptimizer(options.optimizer ?? 'rmsprop')
    const began = performance.now()
    const program =
      loss === undefined || optimizer === undefined
        ? tracePredict(trace)
        : traceTrainStep(trace, { ...objectiveOf(loss, options, false), optimizer })
    const { plan } = await machineFor(options).load(program)
    const compileMs = performance.now() - began
    const step = loss === undefined ? 'prediction' : 'training'
    const compiled = { step, plan, batch: batchSize, compileMs } as const
    return summaryOf(program, optimizer === undefined ? compiled : { ...compiled, optimizer }, title)
  })
