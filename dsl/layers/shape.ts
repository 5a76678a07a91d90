/** Layers that only change the shape. */
import { reshape as reshapeNode } from '../graph/arrange.js'
import type { Shape } from '../types/dims.js'
import * as rules from '../types/rules.js'
import type { FlattenFn } from '../types/signatures.js'
import { type Definition, layerOf } from './layer.js'

/** Everything but the batch in one dimension. */
export const flatten: FlattenFn = () =>
  layerOf({
    kind: 'flatten',
    shape: rules.flatten,
    expand: x => reshapeNode(x, rules.flatten(x.shape)),
  })

/** What the reshape layer is: the batch stays, the rest becomes `to`. */
export const reshapeDefinition = (to: Shape): Definition => ({
  kind: 'reshape',
  shape: input => rules.reshapeLayer(input, to),
  expand: x => reshapeNode(x, rules.reshapeLayer(x.shape, to)),
})
