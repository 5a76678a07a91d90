/** A model's graph in one mode, its loss and its metrics, all still as nodes. */

import { type Fault, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import { type Elaborated, elaborate } from '../graph/elaborate.js'
import { add, mul } from '../graph/elementwise.js'
import { leaf, type Node } from '../graph/node.js'
import { countOf } from '../graph/reduce.js'
import { findLoss, type LossValue, reduceLoss } from '../losses.js'
import { contribution, findMetric, type Metric, type MetricName } from '../metrics.js'
import { bodyOf, build, sized } from '../model.js'
import { penaltiesOf } from '../penalties.js'
import type { Shape } from '../types/dims.js'
import type { Loss, LossName } from '../types/training.js'
import { show } from '../types/wording.js'
import { adviceOn } from './advice.js'
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
  /** Factors of the outputs' losses in their sum. Default: 1. */
  readonly lossWeights?: Readonly<Record<string, number>>
  /** Averaged over samples, without their weights. */
  readonly metrics?: PerOutput<readonly (MetricName | Metric)[]>
  /** Averaged with the samples' weights. */
  readonly weightedMetrics?: PerOutput<readonly (MetricName | Metric)[]>
  /**
   * Whether every sample has a weight, f32[batch]: the stream `w` for all outputs, or `w.<name>` for each output that
   * is named here; the samples of the others count the same.
   */
  readonly weighted?: Weighted
  /** Dimensions of a sample's weights by their stream, where it has one for each position instead of one. */
  readonly weightShapes?: Readonly<Record<string, Shape>>
}

/** All outputs, none, or those of these names. */
export type Weighted = boolean | readonly string[]

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
  const body = sized(bodyOf(trace.model, trace.dataShape), trace.sizes)
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
  /** Weights of the samples, [batch] each: `w`, or one for each output that has its own. */
  readonly weights: readonly NamedNode[]
  /** The batch's loss, penalties included; a scalar. */
  readonly loss: Node
  readonly metrics: readonly MetricSum[]
  /** What is likely wrong though it runs, a sentence each. */
  readonly advice: readonly string[]
}

/** What one batch adds to a metric. */
export interface MetricSum {
  readonly name: string
  readonly sum: Node
  readonly count: Node
}

/** The loss of a model's outputs against targets, with all penalties, and the metrics' contributions. */
export const objectives = (model: Forward, objective: Objective): Objectives => {
  const weights = weightPorts(objective.weighted ?? false).map(name => {
    const positions = ownOf(objective.weightShapes, name) ?? []
    return { name, node: leaf(name, ['N', ...positions]) }
  })
  checkNames(model, objective)
  const weightsOf = (output: string): Node | undefined =>
    weights.find(({ name }) => name === 'w' || name === weightPort(output))?.node
  const heads = model.outputs.map(output => headOf(output, objective, weightsOf(ownName(output.name))))
  const several = heads.length > 1
  const advice = model.outputs.flatMap(({ name, node }) =>
    adviceOn(ownName(name), node, lossOfOutput(objective.loss, ownName(name))),
  )
  return {
    targets: heads.map(head => head.target),
    weights,
    advice,
    loss: [...heads.map(head => head.loss), ...penaltiesOf(model.elaborated)].reduce((a, b) => add(a, b)),
    metrics: distinct([
      ...(several ? heads.map(head => head.ownLoss) : []),
      ...heads.flatMap(head => head.metrics.map(metric => ({ ...metric, output: several ? head.name : '' }))),
    ]),
  }
}

/** A metric before it has its name in the history. */
interface UnnamedSum extends MetricSum {
  /** The name of its output where a model has several. */
  readonly output: string
  readonly isWeighted: boolean
}

/**
 * The names that Keras gives: the output's before the metric's, `weighted_` where a weighted metric has the name of one
 * that is not, and a number behind what would still be a name twice.
 */
const distinct = (metrics: readonly UnnamedSum[]): readonly MetricSum[] => {
  const counts = new Map<string, number>([['loss', 1]])
  const nameFor = ({ name, output, isWeighted }: UnnamedSum): string => {
    const full = (own: string): string => (output === '' ? own : `${output}_${own}`)
    const wanted = isWeighted && counts.has(full(name)) ? full(`weighted_${name}`) : full(name)
    const count = counts.get(wanted) ?? 0
    counts.set(wanted, count + 1)
    return count === 0 ? wanted : `${wanted}_${count}`
  }
  // Those without weights have their names first, wherever they stand.
  const named = new Map<UnnamedSum, string>()
  for (const isWeighted of [false, true])
    for (const metric of metrics) if (metric.isWeighted === isWeighted) named.set(metric, nameFor(metric))
  return metrics.map(metric => ({
    name: named.get(metric) ?? metric.name,
    sum: metric.sum,
    count: metric.count,
  }))
}

/** The stream of the weights that one output's samples have. */
export const weightPort = (output: string): string => `w.${output}`

const weightPorts = (weighted: Weighted): readonly string[] =>
  typeof weighted === 'boolean' ? (weighted ? ['w'] : []) : weighted.map(weightPort)

/** The name after the port's prefix; empty for a model of one output without a name. */
const ownName = (port: string): string => port.slice(port.indexOf('.') + 1 || port.length)

/** The loss of one output; the name is empty where there is but one. Throws `missing-loss` and `unknown-loss`. */
export const lossOfOutput = (given: Objective['loss'], name: string): LossValue =>
  // Where there is no name, findLoss says what is wrong with a record.
  findLoss(name === '' ? (given as Loss) : (forOutput(given, name, isLoss) ?? missingLoss(name)))

/** Refuses what is said of outputs that the model does not have. */
const checkNames = ({ outputs }: Forward, objective: Objective): void => {
  const known = outputs.map(output => ownName(output.name))
  const { loss, lossWeights, metrics, weightedMetrics, weighted } = objective
  const said = {
    loss: isLoss(loss) ? {} : loss,
    lossWeights,
    metrics: Array.isArray(metrics) ? {} : metrics,
    weightedMetrics: Array.isArray(weightedMetrics) ? {} : weightedMetrics,
    weighted: typeof weighted === 'object' ? Object.fromEntries(weighted.map(name => [name, true])) : {},
  }
  for (const [option, byName] of Object.entries(said))
    for (const name of Object.keys(byName ?? {}))
      if (!known.includes(name)) throw unknownOutput(option, name, known)
}

const unknownOutput = (option: string, name: string, known: readonly string[]): Fault => {
  const named = known.filter(output => output !== '')
  return userFault('unknown-output', `${option}: the model has no output '${name}'`, {
    suggestion: named.length === 0 ? 'its one output has no name' : `its outputs are ${named.join(', ')}`,
  })
}

const headOf = (output: NamedNode, objective: Objective, weights: Node | undefined) => {
  const name = ownName(output.name)
  const loss = lossOfOutput(objective.loss, name)
  const { shape, dtype } = loss.target(output.node.shape)
  const target = leaf(output.name.replace('out', 'y'), shape, dtype)
  const values = loss.values(target, output.node)
  const kind = loss.kind === 'custom' ? 'customLoss' : loss.kind
  checkPerSample(kind, values, target, output.node)
  if (weights !== undefined) checkWeightShape(kind, weights.shape, values.shape)
  const factor = ownOf(objective.lossWeights, name) ?? 1
  const reduced = reduceLoss(values, weights)
  const batch = countOf(values, 0)
  const sums = (given: Objective['metrics'], isWeighted: boolean) =>
    (given === undefined ? [] : (forOutput(given, name, Array.isArray) ?? [])).map(m => {
      const metric = findMetric(m)
      const own = metric.values(target, output.node)
      checkPerSample(`the metric ${metric.name}`, own, target, output.node)
      const [sum, count] = contribution(own, isWeighted ? weights : undefined)
      return { name: metric.name, sum, count, isWeighted }
    })
  return {
    name,
    target: { name: target.op.kind === 'leaf' ? target.op.name : 'y', node: target },
    loss: factor === 1 ? reduced : mul(reduced, factor),
    // Keras reports the outputs' losses before their factors.
    ownLoss: { name: `${name}_loss`, output: '', isWeighted: false, sum: mul(reduced, batch), count: batch },
    metrics: [...sums(objective.metrics, false), ...sums(objective.weightedMetrics, true)],
  }
}

/** Refuses numbers that are not those of each sample: two shapes that were broadcast give one for each pair of samples. */
const checkPerSample = (what: string, values: Node, yTrue: Node, yPred: Node): void => {
  const [first, ...rest] = values.shape
  if (first === 'N' && !rest.some(dim => /\bN\b/.test(`${dim}`))) return
  const of = `of targets ${show(yTrue.shape)} and predictions ${show(yPred.shape)}`
  throw userFault(
    'shape-mismatch',
    `${what}: the values ${of} are ${show(values.shape)}, expected one per sample, [N]`,
    {
      suggestion:
        first === 'N'
          ? 'one of two operands has lost an axis, and each sample met all others: reduce both over the same axes'
          : 'leave the first axis, which is the samples: mean(…, [-1]) instead of mean(…)',
    },
  )
}

/** Refuses weights of positions that the values do not have. */
const checkWeightShape = (kind: string, weights: Shape, values: Shape): void => {
  if (weights.length <= values.length && weights.every((dim, i) => dim === values[i])) return
  throw userFault(
    'shape-mismatch',
    `sampleWeight: the weights are ${show(weights)}, but ${kind} gives ${show(values)}`,
    { suggestion: 'give one weight for each sample, or for each value of the loss' },
  )
}

const isLoss = (x: unknown): boolean =>
  typeof x !== 'object' || (x !== null && ('values' in x || 'target' in x))

/** The value for one output of a model. */
const forOutput = <T>(given: PerOutput<T>, name: string, isOne: (x: unknown) => boolean): T | undefined =>
  isOne(given) ? (given as T) : ownOf(given as Readonly<Record<string, T>>, name)

const missingLoss = (name: string): never => {
  throw userFault('missing-loss', `loss: nothing is given for the output '${name}'`, {
    suggestion: `Give one loss for all outputs, or an object with a key '${name}'.`,
  })
}
