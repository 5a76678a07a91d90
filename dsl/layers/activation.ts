/** Layers without weights that keep the shape: an activation on its own, and dropout. */
import { activate, activations } from '../activations.js'
import { checkValue } from '../domains.js'
import { greaterEqual, mul, where } from '../graph/elementwise.js'
import { uniformLike } from '../graph/random.js'
import type { ActivationFn, DropoutFn } from '../types/signatures.js'
import { checkLayerOptions, checkRate, DROPOUT } from './domains.js'
import { layerOf } from './layer.js'

/**
 * An activation as a layer of its own, by name or with options: Keras's `Activation`. It keeps the shape and
 * has no weights.
 *
 * @example
 * ```ts
 * import { activation, dense, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8), activation('relu'), dense(3, 'softmax'))
 * ```
 */
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

/**
 * A layer that drops elements at random: while training, each is 0 with probability `rate` (0 to 1), and the
 * others are scaled by 1 / (1 - rate); otherwise the input is unchanged. Keras's `Dropout` (Srivastava et
 * al. 2014). `seed` gives the layer random numbers of its own. Default: they follow from the training's
 * seed. Fails with a fault if the rate is not between 0 and 1.
 *
 * @example
 * ```ts
 * import { dense, dropout, input, sequential } from 'densor'
 *
 * const model = sequential(input(784), dense(128, 'relu'), dropout(0.2), dense(10, 'softmax'))
 * ```
 */
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
