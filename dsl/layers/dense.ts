/** A fully connected layer, with everything that Keras's Dense takes. */
import { activate, isActivation } from '../activations.js'
import { tensorDot } from '../graph/contract.js'
import { add, div } from '../graph/elementwise.js'
import type { LayerContext, Node } from '../graph/node.js'
import { countOf } from '../graph/reduce.js'
import { penaltyOf } from '../regularizers.js'
import type { Dim, Shape } from '../types/dims.js'
import type { ActivationName, DenseOptions } from '../types/options.js'
import * as rules from '../types/rules.js'
import type { DenseFn } from '../types/signatures.js'
import { checkLayerOptions, checkUnits, DENSE } from './domains.js'
import { lastDim, layerOf } from './layer.js'
import { normalizeBatch } from './normalization.js'

type Options = Omit<DenseOptions<unknown, boolean, boolean>, 'in'> & { readonly in?: unknown }

/**
 * A fully connected layer on the last axis, activation(x · kernel + bias): Keras's `Dense`. [..., n] becomes
 * [..., units]; its weights are `kernel` [n, units] and `bias` [units].
 *
 * Defaults: no activation, useBias true, kernelInitializer 'glorotUniform', biasInitializer 'zeros', no
 * regularizers, no constraints. In place of the options, the name of an activation. `batchNormalization:
 * true` normalizes before the activation, and `in` states the size of the input, which is then checked.
 * Fails with a fault if `units` is not a positive whole number.
 *
 * @example
 * ```ts
 * import { dense, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(16, 'relu'), dense(3, { activation: 'softmax', kernelRegularizer: 'l2' }))
 * console.log(model.out) // ['N', 3]
 * ```
 */
export const dense: DenseFn = (units, given) => {
  const options: Options = isActivation(given) ? { activation: given } : (given ?? {})
  checkUnits('dense', 'units', units)
  checkLayerOptions('dense', DENSE, options)
  const size = dimOf(units) ?? 0
  const stated = dimOf(options.in)
  return layerOf(
    {
      kind: 'dense',
      shape: input => shapeOf(input, size, stated),
      expand: (x, context) => apply(x, context, size, options),
      made: { by: 'dense', given: { units, options } },
    },
    { units, options },
  )
}

const dimOf = (x: unknown): Dim | undefined =>
  typeof x === 'number' || typeof x === 'string' ? x : undefined

const shapeOf = (input: Shape, units: Dim, stated: Dim | undefined): Shape => {
  rules.checkCount('dense', units)
  if (stated !== undefined) rules.checkSize('dense', stated)
  return rules.dense(input, units, stated)
}

const apply = (x: Node, context: LayerContext, units: Dim, options: Options): Node => {
  const { activation, activityRegularizer, batchNormalization } = options
  const linear = affine(x, context, units, options)
  const normal = batchNormalization === true ? normalizeBatch(linear, context, {}) : linear
  const y = activated(activation, normal)
  if (activityRegularizer !== undefined) {
    // Keras divides what it adds for activities by the size of the batch.
    context.penalty(div(penaltyOf(activityRegularizer, y), countOf(y, 0)))
  }
  return y
}

const activated = (activation: Options['activation'] | ActivationName, x: Node): Node =>
  activation === undefined ? x : activate(activation, x)

const affine = (x: Node, context: LayerContext, units: Dim, options: Options): Node => {
  const width = Number(units) // The shape rule has refused what is no number.
  const product = tensorDot(
    x,
    context.weight('kernel', {
      shape: [lastDim('dense', x.shape), width],
      initializer: options.kernelInitializer ?? 'glorotUniform',
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    }),
  )
  if (options.useBias === false) return product
  const bias = context.weight('bias', {
    shape: [width],
    initializer: options.biasInitializer ?? 'zeros',
    regularizer: options.biasRegularizer,
    constraint: options.biasConstraint,
  })
  return add(product, bias)
}
