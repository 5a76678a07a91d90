/** What happens to gradients and weights before an optimizer's own formula: clipping and decay. */
import { userFault } from '../runtime/fault.js'
import { concat } from './graph/arrange.js'
import {
  add,
  clip,
  div,
  greater,
  maximum,
  minimum,
  mul,
  sqrt,
  square,
  sub,
  where,
} from './graph/elementwise.js'
import type { Node } from './graph/node.js'
import { sum } from './graph/reduce.js'
import type { Optimizer } from './optimizer.js'

/** w -= w λ lr, before the update, on every optimizer alike. */
export const decayed = ({ weightDecay }: Pick<Optimizer, 'weightDecay'>, params: Node, rate: Node): Node =>
  weightDecay === undefined ? params : sub(params, mul(mul(params, weightDecay), rate))

/** What clipping needs of an optimizer. */
type Clipped = Pick<Optimizer, 'clipping'>

/**
 * The gradients, one for each weight, clipped as the optimizer says. Norms are per weight for `clipnorm`, and over
 * everything for `globalClipnorm`.
 */
export const clippedEach = ({ clipping }: Clipped, grads: readonly Node[]): readonly Node[] => {
  const { clipnorm, clipvalue, globalClipnorm } = clipping
  if (clipnorm !== undefined) return grads.map(g => clipNorm(g, clipnorm))
  if (clipvalue !== undefined) return grads.map(g => clip(g, -clipvalue, clipvalue))
  return globalClipnorm === undefined ? grads : clipGlobal(grads, globalClipnorm)
}

/** The same as one vector [P]; `pieces` are the gradients of the weights, flat. */
export const clipped = (optimizer: Clipped, pieces: readonly Node[]): Node =>
  optimizer.clipping.clipnorm === undefined
    ? join(clippedEach(optimizer, [join(pieces)]))
    : join(clippedEach(optimizer, pieces))

const join = (pieces: readonly Node[]): Node => {
  const [first, ...rest] = pieces
  if (first === undefined)
    throw userFault('nothing-to-train', 'optimizer: the model has no trainable weights')
  return rest.length === 0 ? first : concat(0, first, ...rest)
}

/** g c / max(|g|, c). */
const clipNorm = (g: Node, c: number): Node => {
  const squares = sum(square(g))
  const norm = where(greater(squares, 0), sqrt(where(greater(squares, 0), squares, 1)), squares)
  return div(mul(g, c), maximum(norm, c))
}

/** g c min(1 / |g|, 1 / c), |g| over all; a norm that is not finite makes everything NaN. */
const clipGlobal = (grads: readonly Node[], c: number): readonly Node[] => {
  const [first, ...rest] = grads.map(g => sum(square(g)))
  if (first === undefined) return grads
  const norm = sqrt(rest.reduce((a, b) => add(a, b), first))
  const scale = mul(minimum(div(1, norm), 1 / c), c)
  return grads.map(g => mul(g, add(scale, sub(norm, norm))))
}
