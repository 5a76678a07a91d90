/** Layers one after the other, as one layer. */
import { userFault } from '../../runtime/fault.js'
import type { LayerContext, Node } from '../graph/node.js'
import { inLayer } from '../graph/place.js'
import type { Shape } from '../types/dims.js'
import type { SeqFn } from '../types/signatures.js'
import { nameTwice, notALayer } from '../types/wording.js'
import { callLayer, type Definition, isLayer, type LayerValue, layerOf } from './layer.js'

/** The layers with their keys: their names, `layer<i>` for those without one. */
export const keyed = (op: string, layers: readonly unknown[]): readonly (readonly [string, LayerValue])[] => {
  const seen = new Set<string>()
  return layers.map((layer, i) => {
    if (!isLayer(layer)) throw userFault('not-a-layer', notALayer(op, i))
    const name = layer['~name']
    if (name !== '' && seen.has(name)) throw userFault('name-twice', nameTwice(op, name))
    seen.add(name)
    return [name === '' ? `layer${i}` : name, layer] as const
  })
}

/** What a chain of layers is; `op` names the function that the user called. */
export const chain = (op: string, layers: readonly unknown[]): Definition => ({
  kind: op,
  shape: (input: Shape) =>
    keyed(op, layers).reduce(
      (shape, [key, { definition }]) => inLayer(key, definition.kind, () => definition.shape(shape)),
      input,
    ),
  expand: (x: Node, _context: LayerContext) =>
    keyed(op, layers).reduce((node, [key, { definition }]) => callLayer(definition, key, node), x),
  made: { by: 'seq', layers },
})

/**
 * Layers one after the other, as one layer. It is a part of a model, or a model without an input: `fit` then
 * takes the input's shape from the data. Fails with a fault if two layers have the same name, or an argument
 * is not a layer.
 *
 * @example
 * ```ts
 * import { dense, dropout, input, seq, sequential } from 'densor'
 *
 * const hidden = (units: number) => seq(dense(units, 'relu'), dropout(0.1))
 * const model = sequential(input(4), hidden(64), hidden(32), dense(3))
 * ```
 */
export const seq: SeqFn = (...layers) => layerOf(chain('seq', layers), { layers })
