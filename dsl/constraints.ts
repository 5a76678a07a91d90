import { ownOf } from '../runtime/own.js'
import {
  checkOptions,
  type Domain,
  type Domains,
  family,
  fraction,
  listOf,
  notNegative,
  wholeNumber,
} from './domains.js'
import { add, clip, div, maximum, minimum, mul } from './graph/elementwise.js'
import { type AnyNode, type Node, nodeOf } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { type Axes, norm } from './graph/reduce.js'
import type { Constraint, ConstraintName } from './types/options.js'

/** Norms along `axis` of at most `maxValue`. */
export interface MaxNorm extends Constraint {
  readonly kind: 'maxNorm'
  readonly maxValue: number
  readonly axis: Axes
}
/** Nothing below zero. */
export interface NonNegative extends Constraint {
  readonly kind: 'nonNegative'
}
/** Norms along `axis` of one. */
export interface UnitNorm extends Constraint {
  readonly kind: 'unitNorm'
  readonly axis: Axes
}
/** Norms along `axis` between two values; `rate` is how far one update goes there. */
export interface MinMaxNorm extends Constraint {
  readonly kind: 'minMaxNorm'
  readonly minValue: number
  readonly maxValue: number
  readonly rate: number
  readonly axis: Axes
}
/** A projection of your own: any function that keeps the shape. */
export interface CustomConstraint extends Constraint {
  readonly kind: 'custom'
  readonly name: string
  readonly apply: (x: AnyNode) => AnyNode
}

type Known = MaxNorm | NonNegative | UnitNorm | MinMaxNorm | CustomConstraint

const axes = listOf('whole numbers', wholeNumber)
/** An axis, or a list of axes. */
const axis: Domain = x => (Array.isArray(x) ? axes(x) : wholeNumber(x))

interface AxisOptions {
  readonly axis?: Axes
}
interface MaxNormOptions extends AxisOptions {
  readonly maxValue?: number
}
type MinMaxOptions = Partial<Omit<MinMaxNorm, 'kind'>>

const UNIT_NORM: Domains<AxisOptions> = { axis }
const MAX_NORM: Domains<MaxNormOptions> = { maxValue: notNegative, axis }
const MIN_MAX_NORM: Domains<MinMaxOptions> = { minValue: notNegative, ...MAX_NORM, rate: fraction }

/**
 * A constraint that scales a weight down after each update, so that its norms along `axis` are at most
 * `maxValue`: Keras's `MaxNorm`. Defaults: maxValue 2, axis 0, which is the norm of each unit's inputs in a
 * dense layer.
 *
 * @example
 * ```ts
 * import { dense, input, maxNorm, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelConstraint: maxNorm({ maxValue: 1 }) }))
 * ```
 */
export const maxNorm = (options: MaxNormOptions = {}): MaxNorm => {
  checkOptions('maxNorm', MAX_NORM, options)
  return { kind: 'maxNorm', maxValue: options.maxValue ?? 2, axis: options.axis ?? 0 }
}
/**
 * A constraint that makes negative elements 0 after each update: Keras's `NonNeg`.
 *
 * @example
 * ```ts
 * import { dense, input, nonNegative, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelConstraint: nonNegative() }))
 * ```
 */
export const nonNegative = (): NonNegative => ({ kind: 'nonNegative' })
/**
 * A constraint that scales a weight after each update, so that its norms along `axis` are 1: Keras's
 * `UnitNorm`. Default axis: 0.
 *
 * @example
 * ```ts
 * import { dense, input, sequential, unitNorm } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelConstraint: unitNorm() }))
 * ```
 */
export const unitNorm = (options: AxisOptions = {}): UnitNorm => {
  checkOptions('unitNorm', UNIT_NORM, options)
  return { kind: 'unitNorm', axis: options.axis ?? 0 }
}
/**
 * A constraint that scales a weight after each update, so that its norms along `axis` are between two
 * values: Keras's `MinMaxNorm`. `rate` is the fraction of the way that one update goes. Defaults: minValue
 * 0, maxValue 1, rate 1, axis 0.
 *
 * @example
 * ```ts
 * import { dense, input, minMaxNorm, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelConstraint: minMaxNorm({ minValue: 0.5, maxValue: 2 }) }))
 * ```
 */
export const minMaxNorm = (options: MinMaxOptions = {}): MinMaxNorm => {
  checkOptions('minMaxNorm', MIN_MAX_NORM, options)
  const { minValue = 0, maxValue = 1, rate = 1, axis = 0 } = options
  return { kind: 'minMaxNorm', minValue, maxValue, rate, axis }
}
/**
 * A constraint of your own: a name for summaries, and a function that maps a weight to one of the same shape
 * after each update.
 *
 * @example
 * ```ts
 * import { clip, customConstraint, dense, input, sequential } from 'densor'
 *
 * const clipped = customConstraint('clipped', w => clip(w, -0.01, 0.01))
 * const model = sequential(input(4), dense(8, { kernelConstraint: clipped }))
 * ```
 */
export const customConstraint = (name: string, apply: (x: AnyNode) => AnyNode): CustomConstraint => ({
  kind: 'custom',
  name,
  apply: x => inOwnCode(`the constraint ${name}`, () => apply(x)),
})

const byName: { readonly [K in ConstraintName]: Known } = {
  maxNorm: maxNorm(),
  nonNegative: nonNegative(),
  unitNorm: unitNorm(),
  minMaxNorm: minMaxNorm(),
}

const isKind = (kind: string): boolean => Object.hasOwn(byName, kind) || kind === 'custom'

const isKnown = (x: Constraint): x is Known => isKind(x.kind)

/** Constraints as an option. */
export const constraints = family('constraint', Object.keys(byName), isKind, 'maxNorm(…) and the like make')

const find = (constraint: ConstraintName | Constraint): Known => {
  const found = typeof constraint === 'string' ? ownOf(byName, constraint) : constraint
  if (found !== undefined && isKnown(found)) return found
  throw constraints.unknown(typeof constraint === 'string' ? constraint : constraint.kind)
}

/** Keras's `epsilon()`: keeps a norm of zero from dividing by zero. */
const EPSILON = 1e-7

/** The weight that a constraint makes of w. */
export const constrain = (constraint: ConstraintName | Constraint, w: Node): Node => {
  const c = find(constraint)
  switch (c.kind) {
    case 'maxNorm':
      return rescale(w, c.axis, norms => clip(norms, 0, c.maxValue))
    case 'nonNegative':
      return maximum(w, 0)
    case 'unitNorm':
      return div(w, add(norm(w, c.axis, { keepdims: true }), EPSILON))
    case 'minMaxNorm':
      return rescale(w, c.axis, norms => {
        const within = minimum(maximum(norms, c.minValue), c.maxValue)
        return add(mul(within, c.rate), mul(norms, 1 - c.rate))
      })
    case 'custom':
      return nodeOf(c.apply(w), 'constraint')
    default:
      return c satisfies never
  }
}

const rescale = (w: Node, axis: Axes, desired: (norms: Node) => Node): Node => {
  const norms = norm(w, axis, { keepdims: true })
  return mul(w, div(desired(norms), add(norms, EPSILON)))
}
