/** Keras's constraints: projections of a weight after each update. */
import { userFault } from '../runtime/fault.js'
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
/** A projection of the user's own: any function that keeps the shape. */
export interface CustomConstraint extends Constraint {
  readonly kind: 'custom'
  readonly name: string
  readonly apply: (x: AnyNode) => AnyNode
}

type Known = MaxNorm | NonNegative | UnitNorm | MinMaxNorm | CustomConstraint

/** Norms of at most `maxValue`, 2 unless given, along axis 0 unless given. */
export const maxNorm = (options: { readonly maxValue?: number; readonly axis?: Axes } = {}): MaxNorm => ({
  kind: 'maxNorm',
  maxValue: options.maxValue ?? 2,
  axis: options.axis ?? 0,
})
/** Nothing below zero. */
export const nonNegative = (): NonNegative => ({ kind: 'nonNegative' })
/** Norms of one, along axis 0 unless given. */
export const unitNorm = (options: { readonly axis?: Axes } = {}): UnitNorm => ({
  kind: 'unitNorm',
  axis: options.axis ?? 0,
})
/** Norms between `minValue` and `maxValue`, 0 and 1 unless given, along axis 0 unless given. */
export const minMaxNorm = (options: Partial<Omit<MinMaxNorm, 'kind'>> = {}): MinMaxNorm => ({
  kind: 'minMaxNorm',
  minValue: options.minValue ?? 0,
  maxValue: options.maxValue ?? 1,
  rate: options.rate ?? 1,
  axis: options.axis ?? 0,
})
/** A projection of the user's own: any function that keeps the shape, with a name for summaries. */
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

const isKnown = (x: Constraint): x is Known => Object.hasOwn(byName, x.kind) || x.kind === 'custom'

const find = (constraint: ConstraintName | Constraint): Known => {
  const found = typeof constraint === 'string' ? byName[constraint] : constraint
  if (found !== undefined && isKnown(found)) return found
  const name = typeof constraint === 'string' ? constraint : constraint.kind
  throw userFault('unknown-constraint', `constraint: '${name}' is not a constraint`, {
    suggestion: `Use one of ${Object.keys(byName).join(', ')}.`,
  })
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
