/** Keras's losses, as its JAX backend computes them: one value per sample (or per position of a sample). */
import type { DType } from '../runtime/dtype.js'
import { userFault } from '../runtime/fault.js'
import { checkOptions, type Domains, flag, fraction } from './domains.js'
import { expandDims, squeeze } from './graph/arrange.js'
import {
  abs,
  add,
  cast,
  clip,
  div,
  equal,
  exp,
  log,
  log1p,
  maximum,
  mul,
  neg,
  square,
  sub,
  where,
} from './graph/elementwise.js'
import { type AnyNode, type Node, nodeOf, typed } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { countOf, expandLast, indexAlong, logSoftmax, mean, sum } from './graph/reduce.js'
import { meant } from './names.js'
import { shown } from './shown.js'
import type { Shape } from './types/dims.js'
import { lossNames, nameMeant } from './types/names.js'
import type {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Loss,
  LossesByName,
  MeanAbsoluteError,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
} from './types/training.js'
import { show } from './types/wording.js'

/** A loss at run time. */
export interface LossValue extends Loss {
  /** What targets look like for a model output of shape `output`. */
  readonly target: (output: Shape) => { readonly shape: Shape; readonly dtype: DType }
  /** Its values, of the output's shape without the last axis. */
  readonly values: (yTrue: Node, yPred: Node) => Node
  /** Whether a cross-entropy reads logits instead of probabilities; undefined for other losses. */
  readonly fromLogits?: boolean | undefined
}

/** How cross-entropies read the model's output, and soften the targets. */
export interface CrossentropyOptions {
  /** The output is a logit, not a probability. */
  readonly fromLogits?: boolean
  /** The fraction of the target, 0 to 1, that is spread over all classes. Default: 0. */
  readonly labelSmoothing?: number
}

/** Keras's `epsilon()`: probabilities are kept this far from 0 and 1. */
const EPSILON = 1e-7

/** A loss as the user holds it. */
const lossOf = <L extends Loss>(
  kind: L['kind'],
  dtype: DType,
  target: LossValue['target'],
  values: LossValue['values'],
  fromLogits?: boolean,
): L => typed({ kind, '~out': undefined, '~target': undefined, '~dtype': dtype, target, values, fromLogits })

const SPARSE_CROSSENTROPY: Domains<Omit<CrossentropyOptions, 'labelSmoothing'>> = { fromLogits: flag }
const CROSSENTROPY: Domains<CrossentropyOptions> = { ...SPARSE_CROSSENTROPY, labelSmoothing: fraction }

const likeOutput = (output: Shape) => ({ shape: output, dtype: 'f32' as const })

/** The targets as the output's element type, after Keras's `squeeze_or_expand_to_same_rank`. */
const aligned = (yTrue: Node, yPred: Node): readonly [Node, Node] => {
  const y = cast(yTrue, yPred.dtype)
  const [have, want] = [y.shape.length, yPred.shape.length]
  if (have === want + 1 && y.shape.at(-1) === 1) {
    return want === 1 ? [y, expandLast(yPred)] : [squeeze(y, -1), yPred]
  }
  if (want === have + 1 && yPred.shape.at(-1) === 1) {
    return have === 1 ? [expandLast(y), yPred] : [y, squeeze(yPred, -1)]
  }
  return [y, yPred]
}

const sameShape = (kind: string, yTrue: Node, yPred: Node): void => {
  const same = yTrue.shape.length === yPred.shape.length && yTrue.shape.every((d, i) => d === yPred.shape[i])
  if (same) return
  throw userFault(
    'shape-mismatch',
    `${kind}: targets ${show(yTrue.shape)} and predictions ${show(yPred.shape)} must have one shape`,
  )
}

/** log p, of probabilities that are first made to sum to one and kept off 0 and 1, or of logits. */
const logProbabilities = (yPred: Node, fromLogits: boolean): Node =>
  fromLogits
    ? logSoftmax(yPred)
    : log(clip(div(yPred, sum(yPred, -1, { keepdims: true })), EPSILON, 1 - EPSILON))

/**
 * The cross-entropy between two distributions over classes, -Σ t log p along the last axis: Keras's
 * `CategoricalCrossentropy`. Targets have the output's shape, one-hot or probabilities. Defaults: fromLogits
 * false (the output is probabilities, as softmax gives them), labelSmoothing 0 (0 to 1: the fraction of each
 * target that is spread over all classes).
 *
 * @example
 * ```ts
 * import { categoricalCrossentropy, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(2))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4, 2], [1, 0, 0, 1, 0, 1, 1, 0]))
 * await fit(model, { x, y }, { loss: categoricalCrossentropy({ fromLogits: true }), epochs: 5 })
 * ```
 */
export const categoricalCrossentropy = (options: CrossentropyOptions = {}): CategoricalCrossentropy => {
  const kind = 'categoricalCrossentropy'
  checkOptions(kind, CROSSENTROPY, options)
  const { fromLogits = false, labelSmoothing = 0 } = options
  return lossOf(
    kind,
    'f32',
    likeOutput,
    (yTrue, yPred) => {
      sameShape(kind, yTrue, yPred)
      const t = smoothed(cast(yTrue, yPred.dtype), labelSmoothing, countOf(yPred, -1))
      return neg(sum(mul(t, logProbabilities(yPred, fromLogits)), -1))
    },
    fromLogits,
  )
}

/** t (1 - s) + s / classes. */
const smoothed = (t: Node, smoothing: number, classes: Node): Node =>
  smoothing === 0 ? t : add(mul(t, 1 - smoothing), div(smoothing, classes))

/**
 * The cross-entropy of classes, -log p of the right one: Keras's `SparseCategoricalCrossentropy`. Targets
 * are class numbers from 0 (i32), of the output's shape without its last axis. Default: fromLogits false
 * (the output is probabilities).
 *
 * @example
 * ```ts
 * import { dense, fit, input, sequential, sparseCategoricalCrossentropy, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(2, 'softmax'))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4], [0, 1, 1, 0], 'i32'))
 * await fit(model, { x, y }, { loss: sparseCategoricalCrossentropy(), epochs: 5 })
 * ```
 */
export const sparseCategoricalCrossentropy = (
  options: Omit<CrossentropyOptions, 'labelSmoothing'> = {},
): SparseCategoricalCrossentropy => {
  const kind = 'sparseCategoricalCrossentropy'
  checkOptions(kind, SPARSE_CROSSENTROPY, options)
  const { fromLogits = false } = options
  return lossOf(
    kind,
    'i32',
    output => ({ shape: output.slice(0, -1), dtype: 'i32' }),
    (yTrue, yPred) => {
      const labels = classNumbers(yTrue, yPred)
      // The index compared with the label inside the sum: the one-hot matrix is never stored.
      const chosen = equal(indexAlong(yPred, -1), expandLast(labels))
      return neg(sum(where(chosen, logProbabilities(yPred, fromLogits), 0), -1))
    },
    fromLogits,
  )
}

/** Class numbers as i32, without a last axis of one. */
const classNumbers = (yTrue: Node, yPred: Node): Node => {
  const labels = cast(yTrue, 'i32')
  const column = labels.shape.length === yPred.shape.length && labels.shape.at(-1) === 1
  return column ? squeeze(labels, -1) : labels
}

/**
 * The cross-entropy of independent yes-or-no outputs, -(t log p + (1 - t) log(1 - p)), averaged over the
 * last axis: Keras's `BinaryCrossentropy`. Targets have the output's shape, from 0 to 1. Defaults:
 * fromLogits false (the output is probabilities, as sigmoid gives them), labelSmoothing 0 (0 to 1).
 *
 * @example
 * ```ts
 * import { binaryCrossentropy, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(1, 'sigmoid'))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
 * await fit(model, { x, y }, { loss: binaryCrossentropy({ labelSmoothing: 0.1 }), epochs: 5 })
 * ```
 */
export const binaryCrossentropy = (options: CrossentropyOptions = {}): BinaryCrossentropy => {
  const kind = 'binaryCrossentropy'
  checkOptions(kind, CROSSENTROPY, options)
  const { fromLogits = false, labelSmoothing = 0 } = options
  return lossOf(
    kind,
    'f32',
    likeOutput,
    (yTrue, yPred) => {
      const [given, p] = aligned(yTrue, yPred)
      sameShape(kind, given, p)
      const t = labelSmoothing === 0 ? given : add(mul(given, 1 - labelSmoothing), 0.5 * labelSmoothing)
      return mean(fromLogits ? fromLogit(t, p) : fromProbability(t, clip(p, EPSILON, 1 - EPSILON)), -1)
    },
    fromLogits,
  )
}

const fromProbability = (t: Node, p: Node): Node => neg(add(mul(t, log(p)), mul(sub(1, t), log(sub(1, p)))))

/** -t log σ(x) - (1 - t) log σ(-x), each by softplus. */
const fromLogit = (t: Node, x: Node): Node => add(mul(t, softplus(neg(x))), mul(sub(1, t), softplus(x)))

const softplus = (x: Node): Node => add(maximum(x, 0), log1p(exp(neg(abs(x)))))

/**
 * The mean of (t - y)² over the last axis: Keras's `MeanSquaredError`. Targets have the output's shape.
 *
 * @example
 * ```ts
 * import { dense, fit, input, meanSquaredError, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(1))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4, 1], [0, 1, 1, 2]))
 * await fit(model, { x, y }, { loss: meanSquaredError(), epochs: 5 })
 * ```
 */
export const meanSquaredError = (): MeanSquaredError =>
  lossOf('meanSquaredError', 'f32', likeOutput, (yTrue, yPred) => {
    const [t, y] = aligned(yTrue, yPred)
    sameShape('meanSquaredError', t, y)
    return mean(square(sub(t, y)), -1)
  })

/**
 * The mean of |t - y| over the last axis: Keras's `MeanAbsoluteError`. Targets have the output's shape.
 *
 * @example
 * ```ts
 * import { dense, fit, input, meanAbsoluteError, sequential, tensor, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(1))
 * const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
 * const y = unwrap(tensor([4, 1], [0, 1, 1, 2]))
 * await fit(model, { x, y }, { loss: meanAbsoluteError(), epochs: 5 })
 * ```
 */
export const meanAbsoluteError = (): MeanAbsoluteError =>
  lossOf('meanAbsoluteError', 'f32', likeOutput, (yTrue, yPred) => {
    const [t, y] = aligned(yTrue, yPred)
    sameShape('meanAbsoluteError', t, y)
    return mean(abs(sub(t, y)), -1)
  })

const byName: LossesByName = {
  categoricalCrossentropy: categoricalCrossentropy(),
  sparseCategoricalCrossentropy: sparseCategoricalCrossentropy(),
  binaryCrossentropy: binaryCrossentropy(),
  meanSquaredError: meanSquaredError(),
  meanAbsoluteError: meanAbsoluteError(),
}

/** A loss of your own: targets look like the output, and `values` gives one number per sample. */
export interface CustomLoss extends Loss {
  readonly kind: 'custom'
  readonly '~target': this['~out']
  readonly '~dtype': 'f32'
}

/**
 * A loss of your own: a function from targets and predictions, nodes of one shape, to one number per sample,
 * which is averaged. Fails with a fault if it does not give one number per sample.
 *
 * @example
 * ```ts
 * import { abs, customLoss, dense, fit, input, log1p, mean, sequential, sub, tensor, unwrap } from 'densor'
 *
 * const softError = customLoss((yTrue, yPred) => mean(log1p(abs(sub(yTrue, yPred))), -1))
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * await fit(sequential(input(1), dense(1)), { x, y }, { loss: softError, epochs: 5 })
 * ```
 */
export const customLoss = (values: (yTrue: AnyNode, yPred: AnyNode) => AnyNode): CustomLoss =>
  lossOf('custom', 'f32', likeOutput, (yTrue, yPred) =>
    nodeOf(
      inOwnCode('the custom loss', () => values(yTrue, yPred)),
      'customLoss',
    ),
  )

const isLossValue = (x: unknown): x is LossValue =>
  typeof x === 'object' && x !== null && 'target' in x && 'values' in x

/** The loss that a name or a value means. Throws a user's fault for anything else. */
export const findLoss = (loss: string | Loss): LossValue => {
  const name = typeof loss === 'string' ? nameMeant(lossNames, loss) : undefined
  const found: unknown = name === undefined ? loss : byName[name]
  if (isLossValue(found)) return found
  const names = Object.keys(byName)
  if (typeof loss === 'string')
    throw userFault('unknown-loss', `loss: '${loss}' is not a loss`, {
      suggestion: meant(loss, names, ', or customLoss'),
    })
  const what = loss === undefined ? 'there is no loss' : `${shown(loss)} is not a loss`
  const given: unknown = loss
  throw userFault('unknown-loss', `loss: ${what}`, {
    suggestion:
      typeof given === 'function' ? `call it: ${given.name || 'f'}()` : meant('', names, ', or customLoss'),
  })
}

/**
 * The mean of a loss's values; with weights [batch], the mean of value times weight, divided by the number of
 * values and not by the sum of the weights (Keras's `sum_over_batch_size`).
 */
export const reduceLoss = (values: Node, weights?: Node): Node =>
  mean(weights === undefined ? values : mul(values, spread(weights, values)))

/** Weights [batch] or [batch, positions] beside values [batch, ...]. */
export const spread = (weights: Node, values: Node): Node =>
  values.shape.slice(weights.shape.length).reduce((node: Node) => expandDims(node, -1), weights)
