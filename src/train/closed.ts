import { isLayer } from '../../dsl/layers/layer.js'
import { sequential } from '../../dsl/model.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { Input } from '../../dsl/types/model.js'
import type { GivenSamples } from './samples.js'

/** The model itself; for a `seq` without an input, the model that it is on data like x. */
export const closed = (model: unknown, x: GivenSamples['x']): unknown => {
  if (!isLayer(model) || !('layers' in model) || !Array.isArray(model.layers)) return model
  const { dims } = x as AnyTensor // A seq was fed with one tensor, or it would have been refused.
  const from: Input<Shape> = { kind: 'input', shape: ['N', ...dims.slice(1)] }
  // Each was checked when the seq was made, and is checked again when this model is traced.
  return sequential(from, ...model.layers.map(layer => layer as never))
}
