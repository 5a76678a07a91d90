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

/** x + block(x); the block must keep the shape, and its weights are the residual's own. */
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
