/** Layers without weights that keep the shape: an activation on its own, and dropout. */
import { activate, activations } from '../activations.js'
import { checkValue } from '../domains.js'
import { greaterEqual, mul, where } from '../graph/elementwise.js'
import { uniformLike } from '../graph/random.js'
import type { ActivationFn, DropoutFn } from '../types/signatures.js'
import { checkLayerOptions, checkRate, DROPOUT } from './domains.js'
import { layerOf } from './layer.js'

/** An activation as a layer of its own. */
export const activation: ActivationFn = given => {
  checkValue('activation', 'the activation', activations.domain, given)
  return layerOf(
    {
      kind: 'activation',
      shape: input => input,
      expand: x => activate(given, x),
      made: { by: 'activation', given: { activation: given } },
    },
    { activation: given },
  )
}

/** Zeroes a share `rate` of its input while training, and scales the rest by 1 / (1 - rate). */
export const dropout: DropoutFn = (rate, options = {}) => {
  checkRate('dropout', rate)
  checkLayerOptions('dropout', DROPOUT, options)
  return layerOf(
    {
      kind: 'dropout',
      shape: input => input,
      expand: (x, context) => {
        if (!context.training || rate === 0) return x
        if (rate === 1) return mul(x, 0)
        const kept = greaterEqual(uniformLike(context.random(options.seed), x), rate)
        return where(kept, mul(x, 1 / (1 - rate)), 0)
      },
      made: { by: 'dropout', given: { rate, options } },
    },
    { rate },
  )
}
