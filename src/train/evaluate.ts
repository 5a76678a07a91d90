import { breathe } from '#platform'
import { checkOptions, checkValue, type Domains } from '../../dsl/domains.js'
import type { Objective } from '../../dsl/trace/forward.js'
import { traceEvaluateStep, tracePredict } from '../../dsl/trace/step.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { EvaluateFn, PredictFn } from '../../dsl/types/signatures.js'
import { userFault } from '../../runtime/fault.js'
import { taskOf } from '../task.js'
import { answerOf, answersOf, type RoomForOutput } from './answers.js'
import * as domains from './domains.js'
import { engineFor } from './engine.js'
import { inputTensors, type OneOrNamed } from './given.js'
import type { Logs } from './history.js'
import { runEvaluation, weightsIn } from './loop.js'
import type { Dataset, Machine } from './machine.js'
import {
  checkPresent,
  codeOptionsOf,
  FIT,
  type MetricOptions,
  machineFor,
  objectiveOf,
  type RunOptions,
  type UntypedMetricOptions,
} from './options.js'
import { SLICE_MILLISECONDS } from './pace.js'
import type { Part } from './parts.js'
import type { StepProgram, WeightLayout } from './programs.js'
import {
  checkInputs,
  type FedModel,
  feed,
  type GivenSamples,
  namesOf,
  samplesOf,
  shapesOf,
  traceOf,
  uncheckedStreams,
  weightedBy,
  weightShapesOf,
} from './samples.js'
import { allFinite } from './saved.js'
import { checkFiniteWeights, flatOf, leavesOf, type WeightTree } from './weights.js'

/** Options of `evaluate` beside the loss, which is typed by the model. */
export interface EvaluateOptions extends RunOptions, MetricOptions {}

/** evaluate's options without the types of the model. */
interface UntypedEvaluateOptions extends RunOptions, UntypedMetricOptions {
  readonly loss: Objective['loss']
}

/** Puts weights into a machine. Throws `wrong-weights`. */
const putWeights = (machine: Machine, layout: WeightLayout, weights: object, what: string): void => {
  // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
  flatOf(layout, leavesOf(weights as WeightTree), what, weightsIn(machine))
}

/**
 * Loss and metrics of a model on samples, averaged over all rows, as `fit` reports them for validation data.
 * Fails with a user fault if the model, the weights, the data and the options do not fit together.
 *
 * @example
 * ```ts
 * import { dense, evaluate, init, input, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(1, 'sigmoid'))
 * const data = { x: [[0, 1], [1, 0]], y: [[1], [0]] }
 * const options = { loss: 'binaryCrossentropy', metrics: ['accuracy'] } as const
 * console.log(await evaluate(model, unwrap(init(model)), data, options)) // { loss: …, accuracy: … }
 * ```
 */
export const evaluate: EvaluateFn<RunOptions> = (model, weights, data, options) =>
  taskOf('evaluate', async () => {
    // The typed edge: the signature has checked what is erased here, and the run time checks it again.
    checkValue('evaluate', 'the second argument', domains.weights, weights, 'wrong-weights')
    checkPresent('evaluate', data)
    domains.checkRequired('evaluate', FIT satisfies Domains<UntypedEvaluateOptions>, options)
    const samples = data as GivenSamples
    // The typed edge: the names of its numbers are those that the signature computes.
    return (await measure(model, weights as object, samples, options as UntypedEvaluateOptions)) as never
  })

const measure = async (
  model: unknown,
  weights: object,
  samples: GivenSamples,
  options: UntypedEvaluateOptions,
): Promise<Logs> => {
  const { batchSize = 32, loss } = options
  const { fed, streams, check } = samplesOf(model, samples, loss, namesOf('evaluate'))
  const objective = objectiveOf(loss, options, weightedBy(streams), weightShapesOf(streams))
  const use = ['evaluate', codeOptionsOf(options), shapesOf(fed), objective]
  const engine = engineFor(model, use, () => machineFor(options))
  return engine.alone(async () => {
    const { machine } = engine
    const parts = await engine.parts('evaluate', fed.rows, batchSize, batch =>
      traceEvaluateStep(traceOf(fed, batch), objective),
    )
    const { layout, metrics: reported } = programOf('evaluate', parts)
    check()
    const dataset = machine.dataset(streams)
    try {
      putWeights(machine, layout, weights, 'evaluate: the weights')
      const logs = await runEvaluation(machine, dataset, parts, reported)
      if (!Object.values(logs).every(Number.isFinite))
        checkFiniteWeights(weights as WeightTree, 'evaluate: the weights')
      return logs
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
 * The model's outputs for every row of `x`: one tensor, or a record of tensors if the outputs have names. The
 * batch size (default: 128) changes the speed and not a bit of the result. What is compiled is kept with the
 * model for the next call. Fails with a user fault if the model, the weights, the data and the options do not
 * fit together.
 *
 * @example
 * ```ts
 * import { dense, init, input, predict, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(4), dense(3, 'softmax'))
 * const scores = await predict(model, unwrap(init(model)), [[5.1, 3.5, 1.4, 0.2]])
 * console.log(scores.dims, scores.data) // [1, 3], three probabilities
 * ```
 */
export const predict: PredictFn<RunOptions> = (model, weights, x, options = {}) =>
  taskOf('predict', async () => {
    checkValue('predict', 'the second argument', domains.weights, weights, 'wrong-weights')
    checkOptions('predict', FIT satisfies Domains<RunOptions>, options)
    // The typed edge: the outputs' dimensions are those that the signature computes.
    return (await infer(model, weights as object, x, options)) as never
  })

const infer = async (
  model: unknown,
  weights: object,
  given: unknown,
  options: RunOptions,
): Promise<OneOrNamed<AnyTensor>> => {
  const { batchSize = PREDICT_BATCH } = options
  const x = inputTensors(model, given, 'predict')
  const fed = feed(model, x, 'predict')
  const streams = uncheckedStreams(fed, x, 'predict: x')
  const engine = engineFor(model, ['predict', codeOptionsOf(options), shapesOf(fed)], () =>
    machineFor(options),
  )
  return engine.alone(async () => {
    const { machine } = engine
    const parts = await engine.parts('predict', fed.rows, batchSize, batch =>
      tracePredict(traceOf(fed, batch)),
    )
    const { layout } = programOf('predict', parts)
    checkInputs(fed, streams, 'predict: x')
    const dataset = machine.dataset(streams)
    try {
      putWeights(machine, layout, weights, 'predict: the weights')
      const answers = await outputs(fed, parts, dataset)
      if (!answers.every(({ tensor }) => allFinite(tensor.data)))
        checkFiniteWeights(weights as WeightTree, 'predict: the weights')
      return answerOf(answers)
    } finally {
      dataset.release()
    }
  })
}

/** The outputs of each step, put where its rows are. */
const outputs = async (
  fed: FedModel,
  parts: readonly Part[],
  dataset: Dataset,
): Promise<readonly RoomForOutput[]> => {
  const answers = answersOf(fed)
  for (const { step } of parts) step.prepare()
  let breath = performance.now()
  for (const { step, first, count } of parts)
    for (let i = 0; i < count; i++) {
      const row = first + i * step.batch
      step.run(dataset, row, 1)
      for (const { port, width, tensor } of answers) tensor.data.set(step.output(port), row * width)
      if (performance.now() - breath < SLICE_MILLISECONDS) continue
      await breathe()
      breath = performance.now()
    }
  return answers
}
