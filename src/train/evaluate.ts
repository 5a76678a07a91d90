import { traceEvaluateStep, tracePredict } from '../../dsl/trace/step.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { EvaluateFn, PredictFn } from '../../dsl/types/signatures.js'
import type { Loss, LossName } from '../../dsl/types/training.js'
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { checkFinite } from '../data/checks.js'
import { tensorOf } from '../data/tensor.js'
import { attemptAsync } from '../errors.js'
import { engineFor } from './engine.js'
import type { Logs } from './history.js'
import { restoreTo, runEvaluation } from './loop.js'
import type { Dataset, Machine } from './machine.js'
import { checkCount, type MetricOptions, machineFor, type RunOptions } from './options.js'
import { breathe, SLICE_MILLISECONDS } from './pace.js'
import type { Part } from './parts.js'
import type { StepProgram, WeightLayout } from './programs.js'
import { asF32, type FedModel, feed, type GivenSamples, namesOf, streamsOf, traceOf } from './samples.js'
import { flatOf, leavesOf, type WeightTree } from './weights.js'

/** The run-time part of evaluate's options. */
export interface EvaluateOptions extends RunOptions, MetricOptions {}

/** Puts weights into a machine. Throws `wrong-weights`. */
const putWeights = (machine: Machine, layout: WeightLayout, weights: object, what: string): void => {
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
  const { batchSize = 32, metrics = [], weightedMetrics = [], loss, target } = options
  checkCount('evaluate', 'batchSize', batchSize)
  const names = namesOf('evaluate')
  const fed = feed(model, samples.x.dims, names.input)
  const streams = streamsOf(fed, loss, samples, names)
  const objective = { loss, metrics, weightedMetrics, weighted: streams.w !== undefined }
  const use = ['evaluate', target, fed.dataShape.slice(1), loss, metrics, weightedMetrics, objective.weighted]
  const engine = engineFor(model, use, () => machineFor('evaluate', target))
  return engine.alone(async () => {
    const { machine } = engine
    const parts = await engine.parts(fed.rows, batchSize, batch =>
      traceEvaluateStep(traceOf(fed, batch), objective),
    )
    const { layout, metrics: reported } = programOf('evaluate', parts)
    const dataset = machine.dataset(streams)
    try {
      putWeights(machine, layout, weights, 'evaluate: the weights')
      return await runEvaluation(machine, dataset, parts, reported)
    } finally {
      dataset.release()
    }
  })
}

const programOf = (op: string, [part]: readonly Part[]): StepProgram => {
  if (part === undefined) throw userFault('empty-data', `${op}: there are no rows`)
  return part.step.program
}

const PREDICT_BATCH = 128

/**
 * The model's output for every row of x. The batch size changes how fast it is, never the numbers; what is
 * compiled is kept with the model for the next call. Left: what is wrong with the model, the weights, the
 * data or the options.
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
  { batchSize = PREDICT_BATCH, target }: RunOptions,
): Promise<AnyTensor> => {
  checkCount('predict', 'batchSize', batchSize)
  const fed = feed(model, x.dims, 'predict')
  checkFinite('predict: x', x)
  const streams = { x: asF32(x) }
  const engine = engineFor(model, ['predict', target, fed.dataShape.slice(1)], () =>
    machineFor('predict', target),
  )
  return engine.alone(async () => {
    const { machine } = engine
    const parts = await engine.parts(fed.rows, batchSize, batch => tracePredict(traceOf(fed, batch)))
    const { layout } = programOf('predict', parts)
    const dataset = machine.dataset(streams)
    try {
      putWeights(machine, layout, weights, 'predict: the weights')
      return await outputs(fed, parts, dataset)
    } finally {
      dataset.release()
    }
  })
}

/** The output of each step, put where its rows are. */
const outputs = async (fed: FedModel, parts: readonly Part[], dataset: Dataset): Promise<AnyTensor> => {
  const dims = [fed.rows, ...fed.output.slice(1).map(Number)]
  const width = sizeOf(dims.slice(1))
  const out = new Float32Array(sizeOf(dims))
  let breath = performance.now()
  for (const { step, first, count } of parts)
    for (let i = 0; i < count; i++) {
      const row = first + i * step.batch
      step.run(dataset, row, 1)
      out.set(step.output('out'), row * width)
      if (performance.now() - breath < SLICE_MILLISECONDS) continue
      await breathe()
      breath = performance.now()
    }
  return tensorOf(dims, 'f32', out)
}
