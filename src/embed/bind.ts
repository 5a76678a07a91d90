/** The functions of a planned model in this process, with the glue that its module would carry. */
import type { WeightVectors } from '../../dsl/trace/initial.js'
import { bug } from '../../runtime/fault.js'
import { bindJs } from './glue/js.js'
import { put } from './glue/memory.js'
import { type Port, predictor, predictorOfOne, type Step } from './glue/predict.js'
import { trainer } from './glue/train.js'
import { type Bound, bindWasm, type Steps } from './glue/wasm.js'
import { weightsOf, weightsSetter } from './glue/weights.js'
import { bytesOf } from './pack-weights.js'
import type { EmbedPlan, EmbedPort } from './plan.js'

const PAGE = 65536

const boundOf = ({ code, memoryBytes }: EmbedPlan): Bound =>
  typeof code === 'string'
    ? // the one typed edge: the source is ours, and its functions take no arguments
      bindJs(new Function('memory', code) as (memory: Bound['memory']) => Steps, memoryBytes)
    : bindWasm(code, memoryBytes / PAGE)

const portOf = ({ name, shape, address }: EmbedPort): Port => [name, shape, address]

const stepOf = (steps: Steps, name: string): (() => void) => {
  const step = steps[name]
  if (step === undefined) throw bug(`the code of an embedded model exports no ${name}`)
  return step
}

/** The functions of the module that `emitModule` writes for the plan: the same glue, called here. */
export const bindPlan = (plan: EmbedPlan, weights: WeightVectors): object => {
  const { memory, steps } = boundOf(plan)
  put(memory, ...plan.constants.map(({ offset, data }) => [offset, data] as const))
  put(memory, [plan.params, bytesOf(weights.params)], [plan.state, bytesOf(weights.state)])
  for (const name of plan.prepares) stepOf(steps, name)()
  const list = plan.steps.map(({ rows, name }): Step => [rows, stepOf(steps, name)])
  const [inputs, outputs] = [plan.inputs.map(portOf), plan.outputs.map(portOf)]
  const [x, out] = [inputs[0], outputs[0]]
  const predict =
    plan.single && x && out
      ? predictorOfOne(memory, x, out, list, plan.fixed)
      : predictor(memory, inputs, outputs, list, plan.fixed)
  return { predict, ...trainingOf(plan, { memory, steps }) }
}

const trainingOf = ({ train, layout, params, state }: EmbedPlan, { memory, steps }: Bound): object => {
  const [x] = train?.inputs ?? []
  if (train === undefined || x === undefined) return {}
  if (train.key !== undefined) new Uint32Array(memory.buffer, train.key.address).set(train.key.words)
  const scalars = [train.rate, train.loss, train.learningRate, train.seed] as const
  const integers = train.target.dtype === 'i32'
  const step = stepOf(steps, 'train')
  const vectors = [
    [params, layout.params],
    [state, layout.state],
  ] as const
  return {
    ...trainer(memory, step, train.rows, portOf(x), portOf(train.target), integers, scalars),
    weights: weightsOf(memory, ...vectors),
    setWeights: weightsSetter(memory, ...vectors),
  }
}
