/** A model's graph in one mode, its loss and its metrics, all still as nodes. */
import { userFault } from '../../runtime/fault.js'
import { type Elaborated, elaborate } from '../graph/elaborate.js'
import { add, mul } from '../graph/elementwise.js'
import { leaf, type Node } from '../graph/node.js'
import { findLoss, reduceLoss } from '../losses.js'
import { contribution, findMetric, type Metric, type MetricName } from '../metrics.js'
import { bodyOf, build } from '../model.js'
import { penaltyOf } from '../regularizers.js'
import type { Shape } from '../types/dims.js'
import type { Loss, LossName } from '../types/training.js'
import { layoutOf, type WeightLayout } from './layout.js'

/** A model, and how large its data is when it is to be compiled. */
export interface ModelTrace {
  /** What sequential, graph, graphs or seq returned. */
  readonly model: unknown
  /** Samples in a batch: the size of 'N'. */
  readonly batch: number
  /** Sizes of the other symbols. */
  readonly sizes?: Readonly<Record<string, number>>
  /** The shape of the data, batch included, for a `seq` without an input. */
  readonly dataShape?: Shape
}

/** A value for every output, or one for all of them. */
export type PerOutput<T> = T | Readonly<Record<string, T>>

/** What is to be made small, and what is to be watched. */
export interface Objective {
  readonly loss: PerOutput<LossName | Loss>
  /** Factors of the outputs' losses in their sum; 1 unless given. */
  readonly lossWeights?: Readonly<Record<string, number>>
  /** Averaged over samples, without their weights. */
  readonly metrics?: PerOutput<readonly (MetricName | Metric)[]>
  /** Averaged with the samples' weights. */
  readonly weightedMetrics?: PerOutput<readonly (MetricName | Metric)[]>
  /** Whether every sample has a weight: the stream `w`, f32[batch]. */
  readonly weighted?: boolean
}

/** A model's graph in one mode. */
export interface Forward {
  readonly elaborated: Elaborated
  readonly layout: WeightLayout
  readonly inputs: readonly NamedNode[]
  readonly outputs: readonly NamedNode[]
}

/** A node under the name of its port. */
export interface NamedNode {
  readonly name: string
  readonly node: Node
}

/** A model with its layers in place. */
export const forward = (trace: ModelTrace, training: boolean): Forward => {
  const body = bodyOf(trace.model, trace.dataShape)
  const built = build(body)
  const names = Object.keys(built.outputs)
  const elaborated = elaborate(Object.values(built.outputs), { training })
  const portOf = (prefix: string, name: string) => (body.single ? prefix : `${prefix}.${name}`)
  return {
    elaborated,
    layout: layoutOf(elaborated.weights),
    inputs: Object.entries(built.inputs).map(([name, node]) => ({ name: portOf('x', name), node })),
    outputs: elaborated.outputs.map((node, i) => ({ name: portOf('out', names[i] ?? ''), node })),
  }
}

/** Loss and metrics of a forward graph. */
export interface Objectives {
  /** Targets, one a model output. */
  readonly targets: readonly NamedNode[]
  /** Weights of the samples, [batch]. */
  readonly weights: Node | undefined
  /** The batch's loss, penalties included; a scalar. */
  readonly loss: Node
  readonly metrics: readonly MetricSum[]
}

/** What one batch adds to a metric. */
export interface MetricSum {
  readonly name: string
  readonly sum: Node
  readonly count: Node
}

/** The loss of a model's outputs against targets, with all penalties, and the metrics' contributions. */
export const objectives = (model: Forward, objective: Objective): Objectives => {
  const weights = objective.weighted === true ? leaf('w', ['N']) : undefined
  const heads = model.outputs.map(output => headOf(output, objective, weights))
  return {
    targets: heads.map(head => head.target),
    weights,
    loss: [...heads.map(head => head.loss), ...penaltiesOf(model.elaborated)].reduce((a, b) => add(a, b)),
    metrics: heads.flatMap(head => head.metrics),
  }
}

/** The name after the port's prefix; empty for a model of one output. */
const ownName = (port: string): string => port.slice(port.indexOf('.') + 1 || port.length)

const headOf = (output: NamedNode, objective: Objective, weights: Node | undefined) => {
  const name = ownName(output.name)
  const loss = findLoss(forOutput(objective.loss, name, isLoss))
  const { shape, dtype } = loss.target(output.node.shape)
  const target = leaf(output.name.replace('out', 'y'), shape, dtype)
  const values = loss.values(target, output.node)
  if (values.shape[0] !== 'N') {
    throw userFault(
      'shape-mismatch',
      `${loss.kind}: the loss has shape [${values.shape.join(', ')}], expected one value per sample`,
    )
  }
  const factor = objective.lossWeights?.[name] ?? 1
  const reduced = reduceLoss(values, weights)
  const sums = (given: Objective['metrics'], by: Node | undefined) =>
    (given === undefined ? [] : forOutput(given, name, Array.isArray)).map(m =>
      metricSum(findMetric(m), name, target, output.node, by),
    )
  return {
    target: { name: target.op.kind === 'leaf' ? target.op.name : 'y', node: target },
    loss: factor === 1 ? reduced : mul(reduced, factor),
    metrics: [...sums(objective.metrics, undefined), ...sums(objective.weightedMetrics, weights)],
  }
}

const metricSum = (
  metric: Metric,
  output: string,
  target: Node,
  prediction: Node,
  weights: Node | undefined,
): MetricSum => {
  const [sum, count] = contribution(metric.values(target, prediction), weights)
  return { name: output === '' ? metric.name : `${output}_${metric.name}`, sum, count }
}

const isLoss = (x: unknown): boolean =>
  typeof x === 'string' || (typeof x === 'object' && x !== null && 'values' in x)

/** The value for one output of a model. */
const forOutput = <T>(given: PerOutput<T>, name: string, isOne: (x: unknown) => boolean): T => {
  if (isOne(given)) return given as T
  const found = (given as Readonly<Record<string, T>>)[name]
  if (found !== undefined) return found
  throw userFault('missing-loss', `compile: nothing is given for the output '${name}'`, {
    suggestion: `Give one value for all outputs, or an object with a key '${name}'.`,
  })
}

/** What the layers and their regularizers add to the loss, scalars each. */
export const penaltiesOf = (elaborated: Elaborated): readonly Node[] => [
  ...elaborated.weights.flatMap(({ node, declaration }) =>
    declaration.regularizer === undefined || declaration.trainable === false
      ? []
      : [penaltyOf(declaration.regularizer, node)],
  ),
  ...elaborated.penalties,
]
