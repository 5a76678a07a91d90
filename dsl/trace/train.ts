/** One batch of training as one program: forward, backward, optimizer, metrics. */
import { valueAndGradients } from '../../compiler/autodiff/vjp.js'
import type { Builder } from '../../compiler/ir/build.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { clipped, decayed } from '../clipping.js'
import { constrain } from '../constraints.js'
import { concat, reshape, slice } from '../graph/arrange.js'
import { add, cast } from '../graph/elementwise.js'
import { leaf, type Node } from '../graph/node.js'
import { findOptimizer, type Optimizer, type OptimizerName } from '../optimizers.js'
import {
  type Forward,
  forward,
  type ModelTrace,
  type Objective,
  type Objectives,
  objectives,
} from './forward.js'
import type { WeightLayout } from './layout.js'
import {
  about,
  addTotals,
  bindWeights,
  inputPort,
  inputStreams,
  inputTotals,
  inputVectors,
  lowerAs,
  lowerModel,
  portOf,
  present,
  type Site,
  type StepProgram,
  siteOf,
} from './step.js'

/** What training needs beside a model. */
export interface Training extends Objective {
  readonly optimizer: OptimizerName | Optimizer
  /** Whether running sums of loss and metrics are kept from step to step. Default: true. */
  readonly totals?: boolean
}

/**
 * One batch of training: weights, slots, step number, key, rate, totals, streams -> the same, and the loss.
 */
export const traceTrainStep = (trace: ModelTrace, training: Training): StepProgram => {
  const model = forward(trace, true)
  const goal = objectives(model, training)
  const optimizer = findOptimizer(training.optimizer)
  if (model.layout.params === 0) {
    throw userFault('nothing-to-train', 'compile: the model has no trainable weights')
  }
  const site = siteOf('trainStep', trace)
  const { totals = true } = training
  const streams = inputAll(site, model, goal, optimizer, totals)
  const { outputs, gradients } = differentiate(site, trace, model, goal)
  const [first, ...rest] = outputs
  const loss = present(first, 'loss')
  const sums = rest.slice(0, 2 * goal.metrics.length)
  const state = rest.slice(2 * goal.metrics.length)
  const step = update(site, optimizer, model.layout, gradients)
  const { b } = site
  const next: readonly (readonly [name: string, value: Value])[] = [
    ['params', step.params],
    ...(state.length === 0 ? [] : [['state', joined(b, state)] as const]),
    ...step.slots.map((value, i) => [`slot${i}`, value] as const),
    ['iterations', b.add(portOf(site, 'iterations'), b.scalar(1, 'i32'))],
    ...(totals ? addTotals(site, trace.batch, loss, sums) : []),
  ]
  const ports = [...next, ['loss', loss] as const].map(([name, value]) => ({ name, value }))
  return {
    program: b.finish(ports),
    donate: next.map(([name]) => [name, name]),
    streams,
    fixed: [],
    guard: 'loss',
    ...about(model, goal),
  }
}

const inputAll = (
  site: Site,
  model: Forward,
  goal: Objectives,
  optimizer: Optimizer,
  totals: boolean,
): readonly string[] => {
  const { elaborated, layout } = model
  inputVectors(site, layout)
  optimizer.slots.forEach((_, i) => void inputPort(site, `slot${i}`, [layout.params]))
  site.values.set(elaborated.random.iterations, inputPort(site, 'iterations', [], 'i32'))
  if (elaborated.usesRandom) site.values.set(elaborated.random.key, inputPort(site, 'key', [2], 'u32'))
  inputPort(site, 'rate', [])
  if (totals) inputTotals(site, goal)
  return inputStreams(site, model, goal)
}

/** The loss, the metrics' sums and the next state, and the gradients of the loss by the trainable weights. */
const differentiate = (
  site: Site,
  trace: ModelTrace,
  model: Forward,
  goal: Objectives,
): { readonly outputs: readonly Value[]; readonly gradients: readonly Value[] } => {
  bindWeights(site, model)
  const trainable = model.elaborated.weights.filter(weight => weight.declaration.trainable !== false)
  const leading = trainable.map(weight => weight.node)
  const others = [...site.values.keys()].filter(node => !leading.includes(node))
  const nodes = [...leading, ...others]
  const args = nodes.map(node => present(site.values.get(node), 'value of a leaf'))
  const program = lossProgram(site, trace, model, goal, nodes)
  return valueAndGradients(
    site.b,
    program,
    args,
    leading.map((_, i) => i),
  )
}

/** nodes -> loss, (sum, count) of each metric, the next value of each state. */
const lossProgram = (
  outer: Site,
  trace: ModelTrace,
  model: Forward,
  goal: Objectives,
  nodes: readonly Node[],
): Program => {
  const site = { ...siteOf('loss', trace), values: new Map<Node, Value>() }
  nodes.forEach((node, i) => {
    const type = outer.b.typeOf(present(outer.values.get(node), 'value of a leaf'))
    site.values.set(node, site.b.input(`in${i}`, type))
  })
  lowerModel(site, model)
  const { elaborated } = model
  const loss = lowerAs(site, 'loss', [goal.loss])
  const sums = lowerAs(
    site,
    'metrics',
    goal.metrics.flatMap(metric => [metric.sum, metric.count]),
  )
  const states = elaborated.weights.filter(weight => weight.declaration.trainable === false)
  const state = lowerAs(
    site,
    'state',
    states.map(({ node }) => elaborated.updates.get(node) ?? node),
  )
  return site.b.finish([...loss, ...sums, ...state].map((value, i) => ({ name: `out${i}`, value })))
}

/** Values end to end in one vector. */
const joined = (b: Builder, values: readonly Value[]): Value =>
  b.concatenate(
    values.map(value => b.reshape(value, [sizeOf(b.shapeOf(value))])),
    0,
  )

/** The next weights and slots. */
const update = (
  site: Site,
  optimizer: Optimizer,
  layout: WeightLayout,
  gradients: readonly Value[],
): { readonly params: Value; readonly slots: readonly Value[] } => {
  const vector = (name: string): Node => bound(site, name, leaf(name, [layout.params]))
  const params = vector('params')
  const rate = bound(site, 'rate', leaf('rate', []))
  const iterations = bound(site, 'iterations', leaf('iterations', [], 'i32'))
  const pieces = gradients.map((value, i) => {
    const flat = site.b.withSource('optimizer', () => site.b.reshape(value, [sizeOf(site.b.shapeOf(value))]))
    const node = leaf(`gradient${i}`, site.b.shapeOf(flat))
    site.values.set(node, flat)
    return node
  })
  const step = optimizer.step({
    params: decayed(optimizer, params, rate),
    grads: clipped(optimizer, pieces),
    slots: optimizer.slots.map((_, i) => vector(`slot${i}`)),
    step: add(cast(iterations, 'f32'), 1),
    rate,
  })
  const [next, ...slots] = lowerAs(site, 'optimizer', [constrained(layout, step.params), ...step.slots])
  return { params: present(next, 'params'), slots }
}

/** A leaf that stands for an input port. */
const bound = (site: Site, port: string, node: Node): Node => {
  site.values.set(node, portOf(site, port))
  return node
}

/** The weights after their constraints. */
const constrained = ({ weights }: WeightLayout, params: Node): Node => {
  const trainable = weights.filter(weight => weight.trainable)
  if (trainable.every(weight => weight.constraint === undefined)) return params
  const pieces = trainable.map(({ offset, shape, constraint }) => {
    const flat = slice(params, 0, offset, offset + sizeOf(shape))
    return constraint === undefined
      ? flat
      : reshape(constrain(constraint, reshape(flat, shape)), [sizeOf(shape)])
  })
  const [first = params, ...rest] = pieces
  return concat(0, first, ...rest)
}
