/** Metrics: numbers that are averaged over an epoch, one (sum, count) pair each. */
import { userFault } from '../runtime/fault.js'
import { checkOptions, finite } from './domains.js'
import { broadcastTo, squeeze } from './graph/arrange.js'
import { cast, equal, greater, mul } from './graph/elementwise.js'
import { type AnyNode, type Node, nodeOf } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { argmax, countOf, sum } from './graph/reduce.js'
import { findLoss, type LossValue, spread } from './losses.js'
import { meant } from './names.js'
import type { Shape } from './types/dims.js'
import { metricNames, type NameIn, nameMeant } from './types/names.js'

/** A metric: a value per sample (or per position of a sample), averaged over all of them. */
export interface Metric<Name extends string = string> {
  /** Its name in the history. */
  readonly name: Name
  /** One number per sample, from targets and predictions. */
  readonly values: (yTrue: Node, yPred: Node) => Node
}

/** The metrics that have names, and their other names: `mae`, `mean_absolute_error`, … */
export type MetricName = NameIn<typeof metricNames>

/**
 * The fraction of outputs that are on the right side of a threshold: Keras's `BinaryAccuracy`. An output
 * strictly above the threshold counts as 1. Default: 0.5.
 *
 * @example
 * ```ts
 * import { binaryAccuracy, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(1, 'sigmoid'))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
 * await fit(model, { x, y }, { loss: 'binaryCrossentropy', metrics: [binaryAccuracy({ threshold: 0.7 })], epochs: 5 })
 * ```
 */
export const binaryAccuracy = (options: { readonly threshold?: number } = {}): Metric<'binaryAccuracy'> => {
  checkOptions('binaryAccuracy', { threshold: finite }, options)
  const { threshold = 0.5 } = options
  return {
    name: 'binaryAccuracy',
    values: (yTrue, yPred) => {
      const [t, y] = sameRank(yTrue, yPred)
      return hit(equal(t, cast(greater(y, threshold), t.dtype)))
    },
  }
}

/**
 * The fraction of samples whose largest output is where the largest target is, the first of equals: Keras's
 * `CategoricalAccuracy`. For one-hot targets.
 *
 * @example
 * ```ts
 * import { categoricalAccuracy, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(2, 'softmax'))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4, 2], [1, 0, 0, 1, 0, 1, 1, 0]))
 * await fit(model, { x, y }, { loss: 'categoricalCrossentropy', metrics: [categoricalAccuracy()], epochs: 5 })
 * ```
 */
export const categoricalAccuracy = (): Metric<'categoricalAccuracy'> => ({
  name: 'categoricalAccuracy',
  values: (yTrue, yPred) => hit(equal(argmax(yTrue), argmax(yPred))),
})

/**
 * The fraction of samples whose largest output is at the class number that is the target: Keras's
 * `SparseCategoricalAccuracy`.
 *
 * @example
 * ```ts
 * import { dense, fit, input, sequential, sparseCategoricalAccuracy, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(2, 'softmax'))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4], [0, 1, 1, 0], 'i32'))
 * await fit(model, { x, y }, { loss: 'sparseCategoricalCrossentropy', metrics: [sparseCategoricalAccuracy()], epochs: 5 })
 * ```
 */
export const sparseCategoricalAccuracy = (): Metric<'sparseCategoricalAccuracy'> => ({
  name: 'sparseCategoricalAccuracy',
  values: (yTrue, yPred) => {
    const column = yTrue.shape.length === yPred.shape.length && yTrue.shape.at(-1) === 1
    return hit(equal(cast(column ? squeeze(yTrue, -1) : yTrue, 'i32'), argmax(yPred)))
  },
})

/**
 * The fraction of right predictions, binary, categorical or sparse categorical, as the shapes of targets and
 * outputs show: Keras's 'accuracy'.
 *
 * @example
 * ```ts
 * import { accuracy, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(2, 'softmax'))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4], [0, 1, 1, 0], 'i32'))
 * await fit(model, { x, y }, { loss: 'sparseCategoricalCrossentropy', metrics: [accuracy()], epochs: 5 })
 * ```
 */
export const accuracy = (): Metric<'accuracy'> => ({
  name: 'accuracy',
  values: (yTrue, yPred) => accuracyFor(yTrue.shape, yPred.shape).values(yTrue, yPred),
})

/** The kind of accuracy for targets and outputs of these shapes. */
export const accuracyFor = (yTrue: Shape, yPred: Shape): Metric => {
  if (yPred.at(-1) === 1) return binaryAccuracy()
  const sparse = yTrue.length < yPred.length || yTrue.at(-1) === 1
  return sparse ? sparseCategoricalAccuracy() : categoricalAccuracy()
}

/**
 * A metric of your own: its name in the history, and a function from targets and predictions, nodes, to one
 * number per sample, which is averaged over an epoch.
 *
 * @example
 * ```ts
 * import { abs, customMetric, dense, fit, input, max, sequential, sub, tensor, unwrap } from 'densor'
 *
 * const worst = customMetric('worst', (yTrue, yPred) => max(abs(sub(yTrue, yPred)), -1))
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * const { history } = await fit(sequential(input(1), dense(1)), { x, y }, { loss: 'mse', metrics: [worst] })
 * console.log(history.history.worst)
 * ```
 */
export const customMetric = <const Name extends string>(
  name: Name,
  values: (yTrue: AnyNode, yPred: AnyNode) => AnyNode,
): Metric<Name> => ({
  name,
  values: (yTrue, yPred) =>
    nodeOf(
      inOwnCode(`the metric ${name}`, () => values(yTrue, yPred)),
      name,
    ),
})

const hit = (x: Node): Node => cast(x, 'f32')

/** Without a last axis of one that only one of both has. */
const sameRank = (yTrue: Node, yPred: Node): readonly [Node, Node] => {
  const [have, want] = [yTrue.shape.length, yPred.shape.length]
  if (want === have + 1 && yPred.shape.at(-1) === 1) return [yTrue, squeeze(yPred, -1)]
  if (have === want + 1 && yTrue.shape.at(-1) === 1) return [squeeze(yTrue, -1), yPred]
  return [yTrue, yPred]
}

/** A loss, watched: its values are averaged as those of any metric. */
const lossAs =
  <const Name extends string>(name: Name, loss: LossValue): (() => Metric<Name>) =>
  () => ({ name, values: loss.values })

const byName: { readonly [K in keyof typeof metricNames]: () => Metric<K> } = {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  meanSquaredError: lossAs('meanSquaredError', findLoss('meanSquaredError')),
  meanAbsoluteError: lossAs('meanAbsoluteError', findLoss('meanAbsoluteError')),
  binaryCrossentropy: lossAs('binaryCrossentropy', findLoss('binaryCrossentropy')),
  categoricalCrossentropy: lossAs('categoricalCrossentropy', findLoss('categoricalCrossentropy')),
  sparseCategoricalCrossentropy: lossAs(
    'sparseCategoricalCrossentropy',
    findLoss('sparseCategoricalCrossentropy'),
  ),
}

const named = (name: string): Metric | undefined => {
  const meant = nameMeant(metricNames, name)
  // In the history it has the name that was given, as in Keras.
  return meant === undefined ? undefined : { ...byName[meant](), name }
}

/** The metric that a name or a value means. Throws a user's fault for an unknown name. */
export const findMetric = (metric: MetricName | Metric): Metric => {
  const found = typeof metric === 'string' ? named(metric) : metric
  if (found !== undefined) return found
  throw userFault('unknown-metric', `metrics: '${metric}' is not a metric`, {
    suggestion: meant(String(metric), Object.keys(byName), ', a short name such as mae, or customMetric(…)'),
  })
}

/**
 * What one batch adds to a metric's (sum, count); with weights, to its weighted sum and the sum of weights.
 */
export const contribution = (values: Node, weights?: Node): readonly [sum: Node, count: Node] => {
  if (weights === undefined) return [sum(values), countOf(values)]
  const wide = broadcastTo(spread(weights, values), values.shape)
  return [sum(mul(values, wide)), sum(wide)]
}
