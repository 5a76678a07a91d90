import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { bodyOf } from '../../dsl/model.js'
import type { Optimizer, OptimizerName } from '../../dsl/optimizers.js'
import type { ModelTrace } from '../../dsl/trace/forward.js'
import { traceLoss } from '../../dsl/trace/loss.js'
import { type StepProgram, tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyMultiModel } from '../../dsl/types/model.js'
import { match, unify } from '../../dsl/types/rules.js'
import type { Feedable, Loss, LossName } from '../../dsl/types/training.js'
import { userFault } from '../../runtime/fault.js'
import { tensorOf } from '../data/tensor.js'
import { flatOf, leavesOf, type WeightTree } from '../train/weights.js'
import type { ProgramSample } from './programs.js'
import { sampleInputs } from './sample.js'

/** What a law is checked on: a model, or a program with inputs, as `arbitraryProgram` gives it. */
export type Subject = Feedable | AnyMultiModel | ProgramSample

/** With which loss, data and weights a model is checked. Programs need none of it. */
export interface SubjectOptions {
  /** Default: 'meanSquaredError'. */
  readonly loss?: LossName | Loss
  /** The optimizer of the training step. Default: 'adam'. */
  readonly optimizer?: OptimizerName | Optimizer
  /** Seed of everything random: weights, data, directions of derivatives. Default: 7. */
  readonly seed?: number
  /** Features. Default: random numbers from -1 to 1, always so for a model with several inputs. */
  readonly x?: AnyTensor
  /** Targets of the loss. Default: random distributions, or labels 0 and 1. */
  readonly y?: AnyTensor
  /** Weights as `init` or `fit` gives them. Default: random numbers from -0.5 to 0.5. */
  readonly weights?: object
  /** Rows of random data. Default: 5. */
  readonly batch?: number
  /** Sizes of the symbols in the inputs, except the batch, by name, for random data. */
  readonly sizes?: Readonly<Record<string, number>>
}

/** A program to check, with its inputs. */
export interface Case {
  readonly name: string
  readonly program: Program
  readonly inputs: readonly TensorValue[]
  /** The inputs to differentiate by. Default: all float inputs. */
  readonly wrt?: readonly number[]
}

const isProgramSample = (subject: Subject): subject is ProgramSample => 'program' in subject

/** What of a subject is compiled: a program is itself; a model is its prediction and its training step. */
export const compiledCases = (subject: Subject, options: SubjectOptions): readonly Case[] => {
  if (isProgramSample(subject)) return [caseOf(subject)]
  const { loss = 'meanSquaredError', optimizer = 'adam' } = options
  const trace = traceFor(subject, options)
  const predict = tracePredict(trace)
  const prediction = modelCase('predict', predict, options)
  // Without weights there is no training step.
  if (predict.layout.params === 0) return [prediction]
  return [prediction, modelCase('train step', traceTrainStep(trace, { loss, optimizer }), options)]
}

/** What of a subject is differentiated: a program is itself; a model's loss, by its weights and its data. */
export const differentiableCase = (subject: Subject, options: SubjectOptions): Case => {
  if (isProgramSample(subject)) return caseOf(subject)
  const step = traceLoss(traceFor(subject, options), { loss: options.loss ?? 'meanSquaredError' })
  const portsNamed = (...names: readonly string[]): readonly number[] =>
    step.program.inputs.flatMap(({ name }, i) => (names.includes(name) ? [i] : []))
  const wrt = portsNamed('params', ...step.streams.filter(name => name === 'x' || name.startsWith('x.')))
  return { ...modelCase('loss', step, options), wrt }
}

const caseOf = ({ program, inputs }: ProgramSample): Case => ({ name: program.name, program, inputs })

const traceFor = (model: Feedable | AnyMultiModel, options: SubjectOptions): ModelTrace => {
  const { x, batch = 5, sizes = {} } = options
  if (x === undefined) return { model, batch, sizes }
  const pattern = bodyOf(model, x.dims).inputs.x
  if (pattern === undefined) {
    throw userFault('several-inputs', 'check: this model has several inputs, and x is one tensor', {
      suggestion: 'Leave out x: the model is then checked on random data.',
    })
  }
  const bound = [...unify('check: model input', pattern, x.dims)].map(([name, size]) => [name, Number(size)])
  return { model, batch: x.dims[0] ?? 0, sizes: Object.fromEntries(bound), dataShape: x.dims }
}

/** Random values for the inputs of a step, but for those that are given. */
const modelCase = (name: string, step: StepProgram, options: SubjectOptions): Case => {
  const given = givenTensors(step, options)
  const inputs = sampleInputs(step, options.seed ?? 7).map(({ type, data }, i): TensorValue => {
    const port = step.program.inputs[i]?.name ?? ''
    const tensor = given.get(port)
    if (tensor === undefined) return { type, data }
    match(`check: ${port}`, type.shape, tensor.dims)
    if (tensor.dtype === type.dtype) return { type, data: tensor.data }
    throw userFault('dtype-mismatch', `check: ${port} is ${tensor.dtype}, expected ${type.dtype}`)
  })
  return { name, program: step.program, inputs }
}

/** What the user gives, by the port that takes it. */
const givenTensors = (step: StepProgram, options: SubjectOptions): ReadonlyMap<string, AnyTensor> => {
  const { x, y, weights } = options
  const tensors = new Map<string, AnyTensor>()
  if (x !== undefined) tensors.set('x', x)
  if (y !== undefined) tensors.set('y', y)
  if (weights !== undefined) {
    // WeightsOf<M> is a record of records of tensors for every M, which its conditional type cannot show.
    const { params, state } = flatOf(step.layout, leavesOf(weights as WeightTree), 'check: the weights')
    tensors.set('params', tensorOf([params.length], 'f32', params))
    tensors.set('state', tensorOf([state.length], 'f32', state))
  }
  return tensors
}
