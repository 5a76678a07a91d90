/** Keras's regularizers: penalties on a tensor, added to the loss. */
import { userFault } from '../runtime/fault.js'
import { ownOf } from '../runtime/own.js'
import { checkOptions, checkValue, type Domains, family, notNegative, oneOf } from './domains.js'
import { transpose } from './graph/arrange.js'
import { matmul } from './graph/contract.js'
import { abs, add, div, equal, maximum, mul, sqrt, square, where } from './graph/elementwise.js'
import { type AnyNode, type Node, nodeOf } from './graph/node.js'
import { inOwnCode } from './graph/place.js'
import { indexAlong, sum } from './graph/reduce.js'
import type { Regularizer, RegularizerName } from './types/options.js'
import { show } from './types/wording.js'

/** factor Σ|x|. */
export interface L1 extends Regularizer {
  readonly kind: 'l1'
  readonly l1: number
}
/** factor Σx², without a half. */
export interface L2 extends Regularizer {
  readonly kind: 'l2'
  readonly l2: number
}
/** l1 Σ|x| + l2 Σx². */
export interface L1L2 extends Regularizer {
  readonly kind: 'l1l2'
  readonly l1: number
  readonly l2: number
}
/** factor times the mean |cosine| between the rows, or the columns, of a matrix. */
export interface Orthogonal extends Regularizer {
  readonly kind: 'orthogonal'
  readonly factor: number
  readonly mode: 'rows' | 'columns'
}
/** A penalty of your own: any function from a tensor to a scalar. */
export interface CustomRegularizer extends Regularizer {
  readonly kind: 'custom'
  readonly name: string
  readonly apply: (x: AnyNode) => AnyNode
}

type Known = L1 | L2 | L1L2 | Orthogonal | CustomRegularizer

/**
 * A penalty of factor · Σ|x|, added to the loss: Keras's `L1`. Default factor: 0.01. It drives weights to 0.
 *
 * @example
 * ```ts
 * import { dense, input, l1, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelRegularizer: l1(1e-4) }))
 * ```
 */
export const l1 = (factor = 0.01): L1 => {
  checkValue('l1', 'the factor', notNegative, factor)
  return { kind: 'l1', l1: factor }
}
/**
 * A penalty of factor · Σx², added to the loss: Keras's `L2`. Default factor: 0.01. It keeps weights small.
 *
 * @example
 * ```ts
 * import { dense, input, l2, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelRegularizer: l2(1e-4) }))
 * ```
 */
export const l2 = (factor = 0.01): L2 => {
  checkValue('l2', 'the factor', notNegative, factor)
  return { kind: 'l2', l2: factor }
}

interface L1L2Options {
  readonly l1?: number
  readonly l2?: number
}

const L1L2: Domains<L1L2Options> = { l1: notNegative, l2: notNegative }

/**
 * A penalty of l1 · Σ|x| + l2 · Σx², added to the loss: Keras's `L1L2`. Defaults: both 0, as in Keras.
 *
 * @example
 * ```ts
 * import { dense, input, l1l2, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelRegularizer: l1l2({ l1: 1e-5, l2: 1e-4 }) }))
 * ```
 */
export const l1l2 = (factors: L1L2Options = {}): L1L2 => {
  checkOptions('l1l2', L1L2, factors)
  return { kind: 'l1l2', l1: factors.l1 ?? 0, l2: factors.l2 ?? 0 }
}

interface OrthogonalOptions {
  readonly factor?: number
  readonly mode?: 'rows' | 'columns'
}

const ORTHOGONAL: Domains<OrthogonalOptions> = {
  factor: notNegative,
  mode: oneOf<Orthogonal['mode']>({ rows: 1, columns: 1 }),
}

/**
 * A penalty on the rows, or columns, of a matrix that are not orthogonal to each other: Keras's
 * `OrthogonalRegularizer`. It is factor times the mean of |cosine| between them. Defaults: factor 0.01, mode
 * 'rows'.
 *
 * @example
 * ```ts
 * import { dense, input, orthogonalRegularizer, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelRegularizer: orthogonalRegularizer({ mode: 'columns' }) }))
 * ```
 */
export const orthogonalRegularizer = (options: OrthogonalOptions = {}): Orthogonal => {
  checkOptions('orthogonalRegularizer', ORTHOGONAL, options)
  return { kind: 'orthogonal', factor: options.factor ?? 0.01, mode: options.mode ?? 'rows' }
}
/**
 * A penalty of your own, added to the loss: a name for summaries, and a function from a weight to a scalar
 * node.
 *
 * @example
 * ```ts
 * import { abs, customRegularizer, dense, input, max, mul, sequential } from 'densor'
 *
 * const largest = customRegularizer('largest', w => mul(max(abs(w)), 0.1))
 * const model = sequential(input(4), dense(8, { kernelRegularizer: largest }))
 * ```
 */
export const customRegularizer = (name: string, apply: (x: AnyNode) => AnyNode): CustomRegularizer => ({
  kind: 'custom',
  name,
  apply: x => inOwnCode(`the regularizer ${name}`, () => apply(x)),
})

// By name too, the factors of l1l2 are 0: what Keras does, though not what its documentation says.
const byName: { readonly [K in RegularizerName]: Known } = {
  l1: l1(),
  l2: l2(),
  l1l2: l1l2(),
  orthogonal: orthogonalRegularizer(),
}

const KINDS: readonly string[] = [
  'l1',
  'l2',
  'l1l2',
  'orthogonal',
  'custom',
] satisfies readonly Known['kind'][]

const isKind = (kind: string): boolean => KINDS.includes(kind)

const isKnown = (x: Regularizer): x is Known => isKind(x.kind)

/** Regularizers as an option. */
export const regularizers = family('regularizer', Object.keys(byName), isKind, 'l2(…) and the like make')

const find = (regularizer: RegularizerName | Regularizer): Known => {
  const found = typeof regularizer === 'string' ? ownOf(byName, regularizer) : regularizer
  if (found !== undefined && isKnown(found)) return found
  throw regularizers.unknown(typeof regularizer === 'string' ? regularizer : regularizer.kind)
}

/** The penalty of a tensor, a scalar. */
export const penaltyOf = (regularizer: RegularizerName | Regularizer, x: Node): Node => {
  const r = find(regularizer)
  switch (r.kind) {
    case 'l1':
      return mul(sum(abs(x)), r.l1)
    case 'l2':
      return mul(sum(square(x)), r.l2)
    case 'l1l2':
      return add(mul(sum(abs(x)), r.l1), mul(sum(square(x)), r.l2))
    case 'orthogonal':
      return orthogonality(r, x)
    case 'custom':
      return nodeOf(r.apply(x), 'regularizer')
    default:
      return r satisfies never
  }
}

const orthogonality = ({ factor, mode }: Orthogonal, x: Node): Node => {
  const rows = mode === 'rows' ? x : transpose(x)
  const size = rows.shape[0]
  if (x.shape.length !== 2 || typeof size !== 'number') {
    throw userFault('shape-mismatch', `orthogonal: the regularizer needs a matrix, received ${show(x.shape)}`)
  }
  const unit = div(rows, sqrt(maximum(sum(square(rows), 1, { keepdims: true }), 1e-12)))
  const cosines = matmul(unit, transpose(unit))
  const pairs = (size * (size - 1)) / 2
  return div(
    mul(sum(where(equal(indexAlong(cosines, 0), indexAlong(cosines, 1)), 0, abs(cosines))), factor * 0.5),
    pairs,
  )
}
