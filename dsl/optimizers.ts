/** Keras's optimizers (3.15), over all trainable weights as one flat vector. */
import { bug, FaultError, userFault } from '../runtime/fault.js'
import { aboveZero, checkOptions, type Domains, decay, flag, fraction, notNegative } from './domains.js'
import { add, div, maximum, mul, pow, sqrt, square, sub } from './graph/elementwise.js'
import type { Node } from './graph/node.js'
import { meant } from './names.js'
import type { Optimizer, OptimizerOptions, OptimizerSite, Rule } from './optimizer.js'
import { initialState, updatedTree } from './optimizer-trees.js'
import { type NameIn, nameMeant, optimizerNames } from './types/names.js'

export type {
  Clipping,
  Optimizer,
  OptimizerOptions,
  OptimizerSite,
  OptimizerStep,
} from './optimizer.js'

/** The names of the optimizers, with Keras's defaults. */
export type OptimizerName = NameIn<typeof optimizerNames>

const optimizer = (
  kind: string,
  defaults: { readonly learningRate: number; readonly weightDecay?: number },
  options: OptimizerOptions,
  slots: readonly string[],
  step: Optimizer['step'],
): Optimizer => {
  const { clipnorm, clipvalue, globalClipnorm } = options
  if ([clipnorm, clipvalue, globalClipnorm].filter(x => x !== undefined).length > 1)
    throw new FaultError(
      userFault('two-clippings', `${kind}: only one of clipnorm, clipvalue and globalClipnorm may be given`, {
        suggestion: 'leave out all but one',
      }),
    )
  const own: Rule = {
    kind,
    learningRate: options.learningRate ?? defaults.learningRate,
    weightDecay: options.weightDecay ?? defaults.weightDecay,
    clipping: {
      ...(clipnorm === undefined ? {} : { clipnorm }),
      ...(clipvalue === undefined ? {} : { clipvalue }),
      ...(globalClipnorm === undefined ? {} : { globalClipnorm }),
    },
    slots,
    step,
    settings: options,
  }
  return {
    ...own,
    init: weights => initialState(own, weights),
    update: (gradients, state, weights) => updatedTree(own, gradients, state, weights),
  }
}

/** The domains of what every optimizer takes. */
const COMMON: Domains<OptimizerOptions> = {
  learningRate: notNegative,
  weightDecay: notNegative,
  clipnorm: aboveZero,
  clipvalue: aboveZero,
  globalClipnorm: aboveZero,
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

const SGD: Domains<SgdOptions> = { ...COMMON, momentum: fraction, nesterov: flag }

/**
 * Gradient descent, with momentum if wanted: Keras's `SGD`. w -= lr g; with momentum μ, m = μm - lr g and w
 * += m; with `nesterov`, w += μm - lr g. Defaults: learningRate 0.01, momentum 0, nesterov false. Of
 * `clipnorm`, `clipvalue` and `globalClipnorm` one may be given; `weightDecay` shrinks the weights by its
 * fraction of the learning rate at each step.
 *
 * @example
 * ```ts
 * import { dense, fit, input, sequential, sgd, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 })
 * await fit(sequential(input(1), dense(1)), { x, y }, { loss: 'mse', optimizer })
 * ```
 */
export const sgd = (options: SgdOptions = {}): Optimizer => {
  checkOptions('sgd', SGD, options)
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

const RMSPROP: Domains<RmspropOptions> = {
  ...COMMON,
  rho: fraction,
  momentum: fraction,
  epsilon: notNegative,
  centered: flag,
}

/**
 * Gradient descent by the running root mean square of the gradients: Keras's `RMSprop` (Tieleman and Hinton
 * 2012). v = ρv + (1 - ρ)g², w -= lr g / √(v + ε). Defaults: learningRate 0.001, rho 0.9, momentum 0,
 * epsilon 1e-7, centered false (true takes the square of the mean gradient from v). Of `clipnorm`,
 * `clipvalue` and `globalClipnorm` one may be given; `weightDecay` shrinks the weights by its fraction of
 * the learning rate at each step.
 *
 * @example
 * ```ts
 * import { dense, fit, input, rmsprop, sequential, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * const optimizer = rmsprop({ rho: 0.95 })
 * await fit(sequential(input(1), dense(1)), { x, y }, { loss: 'mse', optimizer })
 * ```
 */
export const rmsprop = (options: RmspropOptions = {}): Optimizer => {
  checkOptions('rmsprop', RMSPROP, options)
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

const ADAM: Domains<AdamOptions> = {
  ...COMMON,
  beta1: decay,
  beta2: decay,
  epsilon: notNegative,
  amsgrad: flag,
}

/**
 * Gradient descent by running averages of the gradient and of its square: Keras's `Adam` (Kingma and Ba
 * 2014). α = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ), w -= α m / (√v + ε): as in Keras, ε is added before the bias is
 * corrected. Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, amsgrad false. `init` and
 * `update` use it without `fit`. Of `clipnorm`, `clipvalue` and `globalClipnorm` one may be given;
 * `weightDecay` shrinks the weights by its fraction of the learning rate at each step.
 *
 * @example
 * ```ts
 * import { adam, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * const optimizer = adam({ learningRate: 0.01, globalClipnorm: 1 })
 * await fit(sequential(input(1), dense(1)), { x, y }, { loss: 'mse', optimizer })
 * ```
 */
export const adam = (options: AdamOptions = {}): Optimizer => adamOf('adam', {}, options)

/**
 * Adam with decoupled weight decay: Keras's `AdamW` (Loshchilov and Hutter 2017). Defaults as those of
 * `adam`, and weightDecay 0.004. Of `clipnorm`, `clipvalue` and `globalClipnorm` one may be given;
 * `weightDecay` shrinks the weights by its fraction of the learning rate at each step.
 *
 * @example
 * ```ts
 * import { adamW, dense, fit, input, sequential, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
 * const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
 * const optimizer = adamW({ weightDecay: 0.01 })
 * await fit(sequential(input(1), dense(1)), { x, y }, { loss: 'mse', optimizer })
 * ```
 */
export const adamW = (options: AdamOptions = {}): Optimizer =>
  adamOf('adamW', { weightDecay: 0.004 }, options)

const adamOf = (
  kind: string,
  defaults: { readonly weightDecay?: number },
  options: AdamOptions,
): Optimizer => {
  checkOptions(kind, ADAM, options)
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

const byName: { readonly [K in keyof typeof optimizerNames]: () => Optimizer } = { sgd, rmsprop, adam, adamW }

/** The optimizer that a name or a value means. Throws a user's fault for an unknown name. */
export const findOptimizer = (given: string | Optimizer): Optimizer => {
  const name = typeof given === 'string' ? nameMeant(optimizerNames, given) : undefined
  const found = typeof given === 'string' ? name && byName[name]() : given
  if (found !== undefined) return found
  throw userFault('unknown-optimizer', `optimizer: '${given}' is not an optimizer`, {
    suggestion: meant(String(given), Object.keys(byName)),
  })
}
