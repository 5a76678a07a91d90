/** The weights that a model starts with. */
import { ARENA_BYTES } from '../../runtime/arena.js'
import { sizeOf } from '../../runtime/dtype.js'
import { limitation } from '../../runtime/fault.js'
import { foldIn, keyOf } from '../../runtime/random.js'
import { inLayer } from '../graph/place.js'
import { initialValues } from '../initial-values.js'
import type { WeightLayout } from './layout.js'

/** The two vectors that weights lie in. */
export interface WeightVectors {
  /** Trainable weights, [P]. */
  readonly params: Float32Array
  /** State such as moving averages, [S]. */
  readonly state: Float32Array
}

/** Weights that fit an arena. */
const MOST = ARENA_BYTES / Float32Array.BYTES_PER_ELEMENT

/** Vectors for the weights of a layout, zeros so far. Throws a limitation where there are more than fit any memory. */
export const emptyVectors = (layout: WeightLayout): WeightVectors => {
  const count = layout.params + layout.state
  if (count > MOST) {
    throw limitation('too-many-weights', `the model has ${count} weights; at most ${MOST} fit the memory`, {
      suggestion: 'Use fewer units.',
    })
  }
  return { params: new Float32Array(layout.params), state: new Float32Array(layout.state) }
}

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
