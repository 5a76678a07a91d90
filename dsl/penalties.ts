/** What is added to a model's loss. */
import type { Elaborated } from './graph/elaborate.js'
import type { Node } from './graph/node.js'
import { penaltyOf } from './regularizers.js'

/** What the layers and their regularizers add to the loss, scalars each. */
export const penaltiesOf = (elaborated: Elaborated): readonly Node[] => [
  ...elaborated.weights.flatMap(({ node, declaration }) =>
    declaration.regularizer === undefined || declaration.trainable === false
      ? []
      : [penaltyOf(declaration.regularizer, node)],
  ),
  ...elaborated.penalties,
]
