/** Layers that only change the shape. */
import { checkValue, dims } from '../domains.js'
import { reshape as reshapeNode } from '../graph/arrange.js'
import type { Shape } from '../types/dims.js'
import * as rules from '../types/rules.js'
import type { FlattenFn } from '../types/signatures.js'
import { type Definition, layerOf } from './layer.js'

/**
 * A layer that makes each sample one-dimensional: [N, 7, 7, 8] becomes [N, 392]. Keras's `Flatten`.
 *
 * @example
 * ```ts
 * import { flatten, input, sequential } from 'densor'
 *
 * const model = sequential(input([7, 7, 8]), flatten())
 * console.log(model.out) // ['N', 392]
 * ```
 */
export const flatten: FlattenFn = () =>
  layerOf({
    kind: 'flatten',
    shape: rules.flatten,
    expand: x => reshapeNode(x, rules.flatten(x.shape)),
    made: { by: 'flatten', given: {} },
  })

/** What the reshape layer is: the batch stays, the rest becomes `to`. */
export const reshapeDefinition = (to: Shape): Definition => {
  checkValue('reshape', 'the shape', dims, to, 'bad-size')
  return {
    kind: 'reshape',
    shape: input => rules.reshapeLayer(input, to),
    expand: x => reshapeNode(x, rules.reshapeLayer(x.shape, to)),
    made: { by: 'reshape', given: { to } },
  }
}
