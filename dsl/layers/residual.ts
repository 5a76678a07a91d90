/** A block whose input is added to its output. */
import { userFault } from '../../runtime/fault.js'
import { add } from '../graph/elementwise.js'
import type { Shape } from '../types/dims.js'
import type { LayerFn } from '../types/layer.js'
import { residual as residualShape } from '../types/rules.js'
import type { ResidualFn } from '../types/signatures.js'
import { notALayer } from '../types/wording.js'
import { callLayer, type Definition, isLayer, layerOf } from './layer.js'

const definitionOf = (block: LayerFn): Definition => {
  if (isLayer(block)) return block.definition
  throw userFault('not-a-layer', notALayer('residual', 0))
}

/**
 * A residual block, x + block(x): a layer whose input is added to its output (He et al. 2015). The block is
 * a layer or a `seq`, and its weights are the residual's own. Fails with a fault if the block changes the
 * shape; for shapes that are known this is an error of the types.
 *
 * @example
 * ```ts
 * import { dense, input, residual, seq, sequential } from 'densor'
 *
 * const block = residual(seq(dense(32, 'relu'), dense(16)))
 * const model = sequential(input(16), block, dense(3))
 * ```
 */
export const residual: ResidualFn = block =>
  layerOf(
    {
      kind: 'residual',
      shape: (input: Shape) => residualShape(input, definitionOf(block).shape(input)),
      expand: x => add(x, callLayer(definitionOf(block), undefined, x)),
      made: { by: 'residual', layers: [block] },
    },
    { block },
  )
