/** Keras's optimizers (3.15), over all trainable weights as one flat vector. */
import { bug, userFault } from '../runtime/fault.js'
import { concat } from './graph/arrange.js'
import {
  add,
  clip,
  div,
  greater,
  maximum,
  minimum,
  mul,
  pow,
  sqrt,
  square,
  sub,
  where,
} from './graph/elementwise.js'
import type { Node } from './graph/node.js'
import { sum } from './graph/reduce.js'

/** One step of an optimizer, as nodes. */
export interface OptimizerSite {
  /** All trainable weights, [P]. */
  readonly params: Node
  /** Their gradients, [P], clipped already. */
  readonly grads: Node
  /** The optimizer's own vectors, [P] each. */
  readonly slots: readonly Node[]
  /** The number of this step, from 1, as a scalar. */
  readonly step: Node
  /** The learning rate, a scalar. */
  readonly rate: Node
}

/** The weights and slots after a step. */
export interface OptimizerStep {
  readonly params: Node
  readonly slots: readonly Node[]
}

/** How gradients are kept small; only one of the three may be given. */
export interface Clipping {
  /** Each weight's gradient is scaled down to this norm. */
  readonly clipnorm?: number
  /** Each element is kept within plus or minus this value. */
  readonly clipvalue?: number
  /** All gradients together are scaled down to this norm. */
  readonly globalClipnorm?: number
}

/** What every optimizer takes. */
export interface OptimizerOptions extends Clipping {
  readonly learningRate?: number
  /** Share of each weight that is taken off at each step, times the learning rate. */
  readonly weightDecay?: number
}

/** An optimizer: inert, it says what a step is. */
export interface Optimizer {
  readonly kind: string
  readonly learningRate: number
  readonly weightDecay: number | undefined
  readonly clipping: Clipping
  /** Names of its vectors, in order; each starts at zero. */
  readonly slots: readonly string[]
  readonly update: (site: OptimizerSite) => OptimizerStep
  /** What it was made with, where that and its kind say all: then two with the same are the same optimizer. */
  readonly settings?: OptimizerOptions
}

/** The names of the optimizers, with Keras's defaults. */
export type OptimizerName = 'sgd' | 'rmsprop' | 'adam' | 'adamW'

const optimizer = (
  kind: string,
  defaults: { readonly learningRate: number; readonly weightDecay?: number },
  options: OptimizerOptions,
  slots: readonly string[],
  update: Optimizer['update'],
): Optimizer => {
  const { clipnorm, clipvalue, globalClipnorm } = options
  return {
    kind,
    learningRate: options.learningRate ?? defaults.learningRate,
    weightDecay: options.weightDecay ?? defaults.weightDecay,
    clipping: {
      ...(clipnorm === undefined ? {} : { clipnorm }),
      ...(clipvalue === undefined ? {} : { clipvalue }),
      ...(globalClipnorm === undefined ? {} : { globalClipnorm }),
    },
    slots,
    update,
    settings: options,
  }
}

/** The slot at `i` of those that the optimizer has named. */
const slot = (site: OptimizerSite, i: number): Node => {
  const found = site.slots[i]
  if (found === undefined) throw bug(`optimizer: there is no slot ${i}`)
  return found
}

export interface SgdOptions extends OptimizerOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
}

/** m = μm - lr g, w += m; nesterov: w += μm - lr g. Without momentum, w -= lr g. */
export const sgd = (options: SgdOptions = {}): Optimizer => {
  const { momentum = 0, nesterov = false } = options
  const slots = momentum === 0 ? [] : ['momentum']
  return optimizer('sgd', { learningRate: 0.01 }, options, slots, site => {
    const { params, grads, rate } = site
    const pull = mul(grads, rate)
    if (momentum === 0) return { params: sub(params, pull), slots: [] }
    const m = sub(mul(slot(site, 0), momentum), pull)
    return { params: add(params, nesterov ? sub(mul(m, momentum), pull) : m), slots: [m] }
  })
}

export interface RmspropOptions extends OptimizerOptions {
  readonly rho?: number
  readonly momentum?: number
  readonly epsilon?: number
  readonly centered?: boolean
}

/** v = ρv + (1-ρ)g², w -= lr g / √(v + ε); centered: v less the square of the mean gradient. */
export const rmsprop = (options: RmspropOptions = {}): Optimizer => {
  const { rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = options
  const slots = ['velocity', ...(momentum > 0 ? ['momentum'] : []), ...(centered ? ['averageGradient'] : [])]
  return optimizer('rmsprop', { learningRate: 0.001 }, options, slots, site => {
    const { params, grads, rate } = site
    const average = (old: Node, x: Node) => add(mul(old, rho), mul(x, 1 - rho))
    const v = average(slot(site, 0), square(grads))
    const g = centered ? [average(slot(site, slots.length - 1), grads)] : []
    const spread = g.reduce((s, mean) => sub(s, square(mean)), v)
    const increment = div(mul(grads, rate), sqrt(add(spread, epsilon)))
    const m = momentum > 0 ? [add(mul(slot(site, 1), momentum), increment)] : []
    return { params: sub(params, m[0] ?? increment), slots: [v, ...m, ...g] }
  })
}

export interface AdamOptions extends OptimizerOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
  readonly amsgrad?: boolean
}

/** α = lr √(1-β₂ᵗ) / (1-β₁ᵗ), w -= α m / (√v + ε): ε is added before the bias is corrected. */
export const adam = (options: AdamOptions = {}): Optimizer => adamOf('adam', {}, options)

/** Adam, with a weight decay of 0.004 unless given. */
export const adamW = (options: AdamOptions = {}): Optimizer =>
  adamOf('adamW', { weightDecay: 0.004 }, options)

const adamOf = (
  kind: string,
  defaults: { readonly weightDecay?: number },
  options: AdamOptions,
): Optimizer => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, amsgrad = false } = options
  const slots = ['momentum', 'velocity', ...(amsgrad ? ['velocityHat'] : [])]
  return optimizer(kind, { learningRate: 0.001, ...defaults }, options, slots, site => {
    const { params, grads, rate, step } = site
    const alpha = div(mul(rate, sqrt(sub(1, pow(beta2, step)))), sub(1, pow(beta1, step)))
    const towards = (old: Node, x: Node, beta: number) => add(old, mul(sub(x, old), 1 - beta))
    const m = towards(slot(site, 0), grads, beta1)
    const v = towards(slot(site, 1), square(grads), beta2)
    const hat = amsgrad ? [maximum(slot(site, 2), v)] : []
    const change = div(mul(m, alpha), add(sqrt(hat[0] ?? v), epsilon))
    return { params: sub(params, change), slots: [m, v, ...hat] }
  })
}

/** w -= w λ lr, before the update, on every optimizer alike. */
export const decayed = ({ weightDecay }: Optimizer, params: Node, rate: Node): Node =>
  weightDecay === undefined ? params : sub(params, mul(mul(params, weightDecay), rate))

/**
 * All gradients as one vector [P], clipped as the optimizer says; `pieces` are those of the weights, flat.
 * Norms are per weight for `clipnorm`, and over everything for `globalClipnorm`.
 */
export const clipped = ({ clipping }: Optimizer, pieces: readonly Node[]): Node => {
  const { clipnorm, clipvalue, globalClipnorm } = clipping
  const given = [clipnorm, clipvalue, globalClipnorm].filter(x => x !== undefined)
  if (given.length > 1) {
    throw userFault(
      'two-clippings',
      'optimizer: only one of clipnorm, clipvalue and globalClipnorm may be given',
    )
  }
  if (clipnorm !== undefined) return join(pieces.map(g => clipNorm(g, clipnorm)))
  const grads = join(pieces)
  if (clipvalue !== undefined) return clip(grads, -clipvalue, clipvalue)
  return globalClipnorm === undefined ? grads : clipGlobal(grads, globalClipnorm)
}

const join = (pieces: readonly Node[]): Node => {
  const [first, ...rest] = pieces
  if (first === undefined)
    throw userFault('nothing-to-train', 'optimizer: the model has no trainable weights')
  return concat(0, first, ...rest)
}

/** g c / max(|g|, c). */
const clipNorm = (g: Node, c: number): Node => {
  const squares = sum(square(g))
  const norm = where(greater(squares, 0), sqrt(where(greater(squares, 0), squares, 1)), squares)
  return div(mul(g, c), maximum(norm, c))
}

/** g c min(1 / |g|, 1 / c); a norm that is not finite makes everything NaN. */
const clipGlobal = (g: Node, c: number): Node => {
  const norm = sqrt(sum(square(g)))
  const scale = mul(minimum(div(1, norm), 1 / c), c)
  return mul(g, add(scale, sub(norm, norm)))
}

const byName: { readonly [K in OptimizerName]: () => Optimizer } = { sgd, rmsprop, adam, adamW }

const checked = (optimizer: Optimizer): Optimizer => {
  if (Number.isFinite(optimizer.learningRate)) return optimizer
  throw userFault(
    'bad-option',
    `optimizer: learningRate is ${optimizer.learningRate}, expected a finite number`,
  )
}

/** The optimizer that a name or a value means. Throws a user's fault for an unknown name. */
export const findOptimizer = (given: string | Optimizer): Optimizer => {
  const named = Object.entries(byName).find(([name]) => name === given)
  const found = typeof given === 'string' ? named?.[1]() : given
  if (found !== undefined) return checked(found)
  throw userFault('unknown-optimizer', `optimizer: '${given}' is not an optimizer`, {
    suggestion: `Use one of ${Object.keys(byName).join(', ')}.`,
  })
}
