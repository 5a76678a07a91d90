/** The weights that a model starts with. */
import { sizeOf } from '../../runtime/dtype.js'
import { foldIn, keyOf } from '../../runtime/random.js'
import { inLayer } from '../graph/place.js'
import { initialValues } from '../initializers.js'
import type { WeightLayout } from './layout.js'

/** The two vectors that weights lie in. */
export interface WeightVectors {
  /** Trainable weights, [P]. */
  readonly params: Float32Array
  /** State such as moving averages, [S]. */
  readonly state: Float32Array
}

/** Vectors for the weights of a layout, zeros so far. */
export const emptyVectors = (layout: WeightLayout): WeightVectors => ({
  params: new Float32Array(layout.params),
  state: new Float32Array(layout.state),
})

/** All weights as their initializers say, in fresh vectors unless given; the same seed gives the same bits. */
export const initialWeights = (
  layout: WeightLayout,
  seed: number,
  vectors: WeightVectors = emptyVectors(layout),
): WeightVectors => {
  for (const [i, { path, shape, trainable, offset, initializer }] of layout.weights.entries()) {
    const values = inLayer(path.join('/'), 'weight', () =>
      initialValues(initializer, shape, foldIn(keyOf(seed), i)),
    )
    const vector = trainable ? vectors.params : vectors.state
    vector.set(values.subarray(0, sizeOf(shape)), offset)
  }
  return vectors
}
