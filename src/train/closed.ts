import { isLayer } from '../../dsl/layers/layer.js'
import { sequential } from '../../dsl/model.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { Input } from '../../dsl/types/model.js'

/** The model itself; for a `seq` without an input, the model that it is on data of these dimensions. */
export const closed = (model: unknown, dims: Shape = []): unknown => {
  if (!isLayer(model) || !('layers' in model) || !Array.isArray(model.layers)) return model
  const from: Input<Shape> = { kind: 'input', shape: ['N', ...dims.slice(1)] }
  // Each was checked when the seq was made, and is checked again when this model is traced.
  return sequential(from, ...model.layers.map(layer => layer as never))
}
