/**
 * Keras's activations (keras.activations of 3.15), written in graph operations as its JAX backend computes
 * them.
 */
import { FaultError, userFault } from '../runtime/fault.js'
import { ownOf } from '../runtime/own.js'
import {
  checkOptions,
  type Domain,
  type Domains,
  type Family,
  family,
  finite,
  flag,
  notNegative,
  wholeNumber,
} from './domains.js'
import { permute, slice, transpose } from './graph/arrange.js'
import * as op from './graph/elementwise.js'
import { abs, add, div, expm1, greater, less, mul, sigmoid, sub, tanh, where } from './graph/elementwise.js'
import { type AnyNode, type Node, nodeOf } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { expandLast, indexAlong, logSoftmax, softmax, sum } from './graph/reduce.js'
import type { Activation, ActivationName } from './types/options.js'
import { axisOf } from './types/rules.js'

/** What each activation can be told beside its input; the defaults are Keras's. */
export interface ActivationOptions {
  readonly linear: object
  readonly relu: { readonly negativeSlope?: number; readonly maxValue?: number; readonly threshold?: number }
  readonly relu6: object
  readonly leakyRelu: { readonly negativeSlope?: number }
  readonly elu: { readonly alpha?: number }
  readonly selu: object
  readonly celu: { readonly alpha?: number }
  readonly gelu: { readonly approximate?: boolean }
  readonly silu: object
  readonly swish: object
  readonly mish: object
  readonly softplus: object
  readonly softsign: object
  readonly squareplus: { readonly b?: number }
  readonly softmax: { readonly axis?: number }
  readonly logSoftmax: { readonly axis?: number }
  readonly sigmoid: object
  readonly logSigmoid: object
  readonly hardSigmoid: object
  readonly tanh: object
  readonly hardTanh: object
  readonly tanhShrink: object
  readonly softShrink: { readonly threshold?: number }
  readonly hardShrink: { readonly threshold?: number }
  readonly threshold: { readonly threshold: number; readonly defaultValue: number }
  readonly sparsePlus: object
  readonly sparseSigmoid: object
  readonly sparsemax: { readonly axis?: number }
  readonly exponential: object
  readonly hardSilu: object
  readonly hardSwish: object
}

/** All activations; `threshold` has no defaults, so that its name alone is not enough. */
export type ActivationKind = ActivationName | 'threshold'

/** An activation as data: its name and its numbers. */
export type KnownActivation = {
  readonly [K in ActivationKind]: { readonly kind: K } & ActivationOptions[K]
}[ActivationKind]

/** An activation of your own: any function that keeps the shape. */
export interface CustomActivation extends Activation {
  readonly kind: 'custom'
  readonly name: string
  readonly apply: (x: AnyNode) => AnyNode
}

const SELU_SCALE = 1.0507009873554805
const SELU_ALPHA = 1.6732632423543772

const softplus = (x: Node): Node => add(op.maximum(x, 0), op.log1p(op.exp(op.neg(abs(x)))))
const relu6 = (x: Node): Node => where(op.greaterEqual(op.relu(x), 6), 6, op.relu(x))
const hardSigmoid = (x: Node): Node => div(relu6(add(x, 3)), 6)
const leakyRelu = (x: Node, slope: number): Node => where(op.greaterEqual(x, 0), x, mul(x, slope))
const silu = (x: Node): Node => mul(x, sigmoid(x))
const hardSilu = (x: Node): Node => mul(x, hardSigmoid(x))

/**
 * alpha (exp(x / scale) - 1) below zero; the exponential never sees a positive number, which could
 * overflow.
 */
const elu = (x: Node, alpha: number, scale = 1): Node => {
  const below = where(greater(x, 0), 0, x)
  return where(greater(x, 0), x, mul(expm1(scale === 1 ? below : div(below, scale)), alpha))
}

/** Like clip, but on a bound the derivative is shared by both sides, as in JAX. */
const bounded = (x: Node, low: number, high: number): Node => op.minimum(op.maximum(x, low), high)

const relu = (x: Node, options: ActivationOptions['relu']): Node => {
  const { negativeSlope = 0, maxValue, threshold = 0 } = options
  if (negativeSlope !== 0 && maxValue === undefined && threshold === 0) return leakyRelu(x, negativeSlope)
  const above = threshold === 0 ? op.relu(x) : where(greater(x, threshold), x, 0)
  const capped =
    maxValue === undefined
      ? above
      : maxValue === 6 && threshold === 0
        ? relu6(x)
        : bounded(above, 0, maxValue)
  return negativeSlope === 0 ? capped : sub(capped, mul(op.relu(sub(threshold, x)), negativeSlope))
}

const gelu = (x: Node, approximate: boolean): Node => {
  if (!approximate) return mul(mul(x, 0.5), op.erfc(mul(x, -Math.SQRT1_2)))
  // 1 + tanh u = 2 sigmoid(2u), which keeps the digits that the sum loses
  return mul(x, sigmoid(mul(add(x, mul(mul(mul(x, x), x), 0.044715)), 2 * Math.sqrt(2 / Math.PI))))
}

/** (x + √(x² + b)) / 2, below zero as b / (√(x² + b) - x) / 2: its tail is a difference of equals otherwise. */
const squareplus = (x: Node, b: number): Node => {
  const isBelow = less(x, 0)
  const sum = add(op.sqrt(add(mul(x, x), b)), where(isBelow, op.neg(x), x))
  return mul(where(isBelow, div(b, sum), sum), 0.5)
}

/** x - tanh x near zero: x³ (1/3 - 2/15 x² + 17/315 x⁴ - …), to x¹¹. */
const SHRINK = [1 / 3, -2 / 15, 17 / 315, -62 / 2835, 1382 / 155925]
/** Where the next term of that is below a rounding error. */
const NEAR_ZERO = 0.25

/** x - tanh x, near zero by its series: the difference has no digits there, and its slope none. */
const tanhShrink = (x: Node): Node => {
  const isNear = less(abs(x), NEAR_ZERO)
  const near = where(isNear, x, 0)
  const square = mul(near, near)
  const series = SHRINK.reduceRight<Node | number>((sum, c) => add(mul(square, sum), c), 0)
  return where(isNear, mul(mul(square, near), series), sub(x, tanh(x)))
}

/**
 * Keras's sparsemax, after Martins and Astudillo 2016, by ranks instead of a sort. Where they subtract the
 * sum of
 * the k largest, Keras 3.15 subtracts the sum of their running sums; for k > 1 the results do not sum to one.
 */
const sparsemax = (x: Node, axis: number): Node => {
  const z = lastAxis(x, axis)
  const mine = expandLast(z)
  const other = transpose(mine)
  // For each element: which come before it, or are itself, in descending order; equals keep their order.
  const tied = op.and(op.equal(other, mine), op.lessEqual(indexAlong(other, -1), indexAlong(mine, -2)))
  const before = op.or(greater(other, mine), tied)
  const rank = sum(op.cast(before, 'f32'), -1)
  const running = sum(where(before, other, 0), -1)
  const support = greater(sub(z, div(sub(running, 1), rank)), 0)
  const count = sum(op.cast(support, 'f32'), -1, { keepdims: true })
  const tau = div(sub(sum(where(support, running, 0), -1, { keepdims: true }), 1), count)
  return lastAxis(op.maximum(sub(z, tau), 0), axis)
}

/** x with `axis` and the last axis exchanged, which undoes itself. */
const lastAxis = (x: Node, axis: number): Node => {
  const index = axisOf('sparsemax', x.shape, axis)
  const last = x.shape.length - 1
  return permute(
    x,
    x.shape.map((_, i) => (i === index ? last : i === last ? index : i)),
  )
}

const threshold = (x: Node, options: Partial<ActivationOptions['threshold']>): Node => {
  const { threshold: at, defaultValue } = options
  if (at !== undefined && defaultValue !== undefined) return where(greater(x, at), x, defaultValue)
  throw userFault('missing-option', `threshold: the activation needs 'threshold' and 'defaultValue'`, {
    suggestion: `Write activationOf('threshold', { threshold: 0.5, defaultValue: 0 }).`,
  })
}

const table: { readonly [K in ActivationKind]: (x: Node, options: ActivationOptions[K]) => Node } = {
  linear: x => x,
  relu,
  relu6,
  leakyRelu: (x, { negativeSlope = 0.2 }) => leakyRelu(x, negativeSlope),
  elu: (x, { alpha = 1 }) => elu(x, alpha),
  selu: x => mul(elu(x, SELU_ALPHA), SELU_SCALE),
  celu: (x, { alpha = 1 }) => elu(x, alpha, alpha),
  gelu: (x, { approximate = false }) => gelu(x, approximate),
  silu,
  swish: silu,
  mish: x => mul(x, tanh(softplus(x))),
  softplus,
  softsign: x => div(x, add(abs(x), 1)),
  squareplus: (x, { b = 4 }) => squareplus(x, b),
  softmax: (x, { axis = -1 }) => softmax(x, axis),
  logSoftmax: (x, { axis = -1 }) => logSoftmax(x, axis),
  sigmoid,
  logSigmoid: x => op.neg(softplus(op.neg(x))),
  hardSigmoid,
  tanh,
  hardTanh: x => where(greater(x, 1), 1, where(less(x, -1), -1, x)),
  tanhShrink,
  softShrink: (x, { threshold: t = 0.5 }) =>
    where(greater(x, t), sub(x, t), where(less(x, -t), add(x, t), 0)),
  hardShrink: (x, { threshold: t = 0.5 }) => where(greater(abs(x), t), x, 0),
  threshold,
  sparsePlus: x =>
    where(op.lessEqual(x, -1), 0, where(op.greaterEqual(x, 1), x, div(op.square(add(x, 1)), 4))),
  sparseSigmoid: x => mul(bounded(add(x, 1), 0, 2), 0.5),
  sparsemax: (x, { axis = -1 }) => sparsemax(x, axis),
  exponential: op.exp,
  hardSilu,
  hardSwish: hardSilu,
}

const AXIS: Domains<ActivationOptions['softmax']> = { axis: wholeNumber }
const ALPHA: Domains<ActivationOptions['elu']> = { alpha: finite }
const WIDTH: Domains<ActivationOptions['softShrink']> = { threshold: notNegative }

/** The domains of what those can be told that can be told something. */
const OPTIONS: {
  readonly [K in ActivationKind as keyof ActivationOptions[K] extends never ? never : K]: Domains<
    ActivationOptions[K]
  >
} = {
  relu: { negativeSlope: finite, maxValue: notNegative, threshold: finite },
  leakyRelu: { negativeSlope: finite },
  elu: ALPHA,
  celu: ALPHA,
  gelu: { approximate: flag },
  squareplus: { b: notNegative },
  softmax: AXIS,
  logSoftmax: AXIS,
  softShrink: WIDTH,
  hardShrink: WIDTH,
  threshold: { threshold: finite, defaultValue: finite },
  sparsemax: AXIS,
}

const isKind = (name: string): name is ActivationKind => Object.hasOwn(table, name)

/** The names of the activations that need no numbers. */
export const activationNames: readonly ActivationName[] = Object.keys(table).filter(
  (name): name is ActivationName => name !== 'threshold',
)

const applyKnown = <K extends ActivationKind>(name: K, x: Node, options: ActivationOptions[K]): Node =>
  table[name](x, options)

/** An activation of a node, by name or as data. */
export const activate = (activation: ActivationName | Activation, x: Node): Node => {
  if (typeof activation === 'string') return applyNamed(activation, x, {})
  return isCustom(activation)
    ? nodeOf(activation.apply(x), 'activation')
    : applyNamed(activation.kind, x, activation)
}

const applyNamed = (name: string, x: Node, options: object): Node => {
  if (isKind(name)) return applyKnown(name, x, options)
  throw activations.unknown(name)
}

const byNameOrAsData = family(
  'activation',
  activationNames,
  kind => isKind(kind) || kind === 'custom',
  'activationOf(…) makes',
)

/** Activations as an option; a function stands for none. */
export const activations: Family = {
  ...byNameOrAsData,
  domain: x =>
    typeof x === 'function'
      ? ['the name of an activation', "write a name, e.g. 'relu', or customActivation('mine', x => …)"]
      : byNameOrAsData.domain(x),
}

/** Whether an activation stands where options may stand: a name, or a function, which is refused as one. */
export const isActivation = (given: unknown): given is ActivationName =>
  typeof given === 'string' || typeof given === 'function'

const isCustom = (activation: Activation): activation is CustomActivation =>
  activation.kind === 'custom' && 'apply' in activation

/**
 * A known activation with options, as layers take it. The name alone means Keras's defaults. Fails with a
 * fault if an option is not one of this activation's.
 *
 * @example
 * ```ts
 * import { activationOf, dense, input, sequential } from 'densor'
 *
 * const leaky = activationOf('leakyRelu', { negativeSlope: 0.1 })
 * const model = sequential(input(4), dense(8, { activation: leaky }))
 * ```
 */
export const activationOf = <K extends ActivationKind>(
  kind: K,
  options: ActivationOptions[K],
): { readonly kind: K } & ActivationOptions[K] => {
  if (!isKind(kind)) throw new FaultError(activations.unknown(kind))
  checkOptions(
    `activationOf('${kind}')`,
    ownOf<Readonly<Record<string, Domain>>>(OPTIONS, kind) ?? {},
    options,
  )
  return { ...options, kind }
}

/**
 * An activation of your own: a name for summaries, and a function of a node that keeps its shape.
 *
 * @example
 * ```ts
 * import { customActivation, dense, input, mul, sequential, sigmoid } from 'densor'
 *
 * const swish2 = customActivation('swish2', x => mul(x, sigmoid(mul(x, 2))))
 * const model = sequential(input(4), dense(8, { activation: swish2 }))
 * ```
 */
export const customActivation = (name: string, apply: (x: AnyNode) => AnyNode): CustomActivation => ({
  kind: 'custom',
  name,
  apply: x => inOwnCode(`the activation ${name}`, () => apply(x)),
})

/**
 * The gated linear unit: the first half of x along an axis, times the sigmoid of the second half. Keras's
 * `glu` (Dauphin et al. 2017). Default axis: -1, the last one. Fails with a fault if the size of that axis
 * is odd.
 *
 * @example
 * ```ts
 * import { glu, jit, type Sym, tensor, unwrap } from 'densor'
 *
 * const f = jit((x: Sym<[4]>) => glu(x))
 * console.log(await f(unwrap(tensor([4], [1, 2, 0, 0])))) // [0.5, 1]
 * ```
 */
export const glu = (x: AnyNode, axis = -1): Node => {
  const node = nodeOf(x, 'glu')
  const size = node.shape[axisOf('glu', node.shape, axis)]
  if (typeof size !== 'number' || size % 2 !== 0) {
    throw userFault('shape-mismatch', `glu: axis ${axis} has size ${size}, expected an even number`)
  }
  return mul(slice(node, axis, 0, size / 2), sigmoid(slice(node, axis, size / 2)))
}
