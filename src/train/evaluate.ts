import { traceEvaluateStep, tracePredict } from '../../dsl/trace/step.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { EvaluateFn, PredictFn } from '../../dsl/types/signatures.js'
import type { Loss, LossName } from '../../dsl/types/training.js'
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { checkFinite } from '../data/checks.js'
import { tensorOf } from '../data/tensor.js'
import { attemptAsync } from '../errors.js'
import { loadPass } from './fit.js'
import type { Logs } from './history.js'
import { restoreTo, runEvaluation } from './loop.js'
import type { Machine } from './machine.js'
import { checkCount, type MetricOptions, machineFor, type RunOptions } from './options.js'
import { breathe } from './pace.js'
import type { StepProgram } from './programs.js'
import { feed, type GivenSamples, namesOf, streamsOf, traceOf } from './samples.js'
import { flatOf, leavesOf, type WeightTree } from './weights.js'

/** The run-time part of evaluate's options. */
export interface EvaluateOptions extends RunOptions, MetricOptions {}

/** Puts weights into a machine that has loaded this program. Throws `wrong-weights`. */
export const putWeights = (
  machine: Machine,
  { layout }: StepProgram,
  weights: object,
  what: string,
): void => {
  // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
  restoreTo(machine, flatOf(layout, leavesOf(weights as WeightTree), what))
}

/**
 * Loss and metrics on samples, the way fit reports them for validation data.
 * Left: what is wrong with the model, the weights, the data or the options.
 */
export const evaluate: EvaluateFn<EvaluateOptions, Logs> = (model, weights, data, options) =>
  attemptAsync(async () => {
    // The typed edge: the signature has checked what is erased here, and the run time checks it again.
    const samples = data as GivenSamples
    return measure(model, weights as object, samples, options)
  })

const measure = async (
  model: unknown,
  weights: object,
  samples: GivenSamples,
  options: EvaluateOptions & { readonly loss: LossName | Loss },
): Promise<Logs> => {
  const { batchSize = 32, metrics = [], weightedMetrics = [], loss } = options
  checkCount('evaluate', 'batchSize', batchSize)
  const names = namesOf('evaluate')
  const fed = feed(model, samples.x.dims, names.input)
  const streams = streamsOf(fed, loss, samples, names)
  const machine = machineFor('evaluate', options.target)
  const objective = { loss, metrics, weightedMetrics, weighted: streams.w !== undefined }
  const { parts, first } = await loadPass(machine, streams, batchSize, batch =>
    traceEvaluateStep(traceOf(fed, batch), objective),
  )
  if (first === undefined) throw userFault('empty-data', 'evaluate: there are no rows')
  const dataset = machine.dataset(streams)
  putWeights(machine, first, weights, 'evaluate: the weights')
  return runEvaluation(machine, dataset, parts, first.metrics)
}

const PREDICT_BATCH = 128

/**
 * The model's output for every row of x. The batch size changes how fast it is, never the numbers.
 * Left: what is wrong with the model, the weights, the data or the options.
 */
export const predict: PredictFn<RunOptions> = (model, weights, x, options = {}) =>
  attemptAsync(async () => {
    // The typed edge: the output's dimensions are those that the signature computes.
    return (await infer(model, weights as object, x as AnyTensor, options)) as never
  })

const infer = async (
  model: unknown,
  weights: object,
  x: AnyTensor,
  options: RunOptions,
): Promise<AnyTensor> => {
  const { batchSize = PREDICT_BATCH } = options
  checkCount('predict', 'batchSize', batchSize)
  const fed = feed(model, x.dims, 'predict')
  checkFinite('predict: x', x)
  const streams = { x: x.dtype === 'f32' ? x : tensorOf(x.dims, 'f32', Float32Array.from(x.data)) }
  const machine = machineFor('predict', options.target)
  const { parts, first } = await loadPass(machine, streams, batchSize, batch =>
    tracePredict(traceOf(fed, batch)),
  )
  if (first === undefined) throw userFault('empty-data', 'predict: there are no rows')
  const dataset = machine.dataset(streams)
  putWeights(machine, first, weights, 'predict: the weights')
  const dims = [fed.rows, ...fed.output.slice(1).map(Number)]
  const width = sizeOf(dims.slice(1))
  const out = new Float32Array(sizeOf(dims))
  for (const { step, first: start, count } of parts) {
    for (let i = 0; i < count; i++) {
      const row = start + i * step.batch
      step.run(dataset, row, 1)
      out.set(step.output('out'), row * width)
    }
    await breathe()
  }
  return tensorOf(dims, 'f32', out)
}
