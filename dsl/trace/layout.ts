/** Where each weight of a model lies: trainable ones in one vector, state in another. */
import { sizeOf } from '../../runtime/dtype.js'
import type { CollectedWeight } from '../graph/elaborate.js'
import type {
  Constraint,
  ConstraintName,
  Initializer,
  InitializerName,
  Regularizer,
  RegularizerName,
} from '../types/options.js'

/** One weight. */
export interface WeightSpec {
  /** e.g. ['layer0', 'kernel']. */
  readonly path: readonly string[]
  readonly shape: readonly number[]
  readonly trainable: boolean
  /** Elements within `params`, or within `state`. */
  readonly offset: number
  readonly initializer: InitializerName | Initializer
  readonly regularizer: RegularizerName | Regularizer | undefined
  readonly constraint: ConstraintName | Constraint | undefined
}

/** All weights, in Keras's order within each layer, layers in the order in which they are computed. */
export interface WeightLayout {
  readonly weights: readonly WeightSpec[]
  /** Elements of the vector of trainable weights. */
  readonly params: number
  /** Elements of the vector of state. */
  readonly state: number
}

/** The layout of weights in the order in which the layers asked for them. */
export const layoutOf = (collected: readonly CollectedWeight[]): WeightLayout => {
  const next = { params: 0, state: 0 }
  const weights = collected.map(({ path, declaration }): WeightSpec => {
    const { shape, trainable = true, initializer, regularizer, constraint } = declaration
    const vector = trainable ? 'params' : 'state'
    const offset = next[vector]
    next[vector] += sizeOf(shape)
    return { path, shape, trainable, offset, initializer, regularizer, constraint }
  })
  return { weights, ...next }
}
