/** Weights to begin with. */
import { checkOptions, type Domains, wholeNumber } from '../../dsl/domains.js'
import { initialWeights } from '../../dsl/trace/initial.js'
import type { InitFn } from '../../dsl/types/signatures.js'
import { isTensor } from '../data/elements.js'
import { attempt } from '../errors.js'
import * as domains from './domains.js'
import { layoutFor } from './layout.js'
import { treeOf } from './weights.js'

/** Options of `init`. */
export interface InitOptions {
  /** Seed of the random numbers. Default: 0. */
  readonly seed?: number
  /** Sizes of the symbols in the model's input that weights depend on, by name. */
  readonly sizes?: Readonly<Record<string, number>>
}

const INIT: Domains<InitOptions> = { seed: wholeNumber, sizes: domains.sizes }

/**
 * Fresh weights of a model, drawn by its layers' initializers: a record of tensors by layer and name. The
 * same seed gives the same weights. A `seq` without an input takes a tensor as second argument and builds for
 * its shape. Fails with a user fault if the layers do not fit together, or if a size that weights depend on
 * is missing.
 *
 * @example
 * ```ts
 * import { dense, init, input, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(4), dense(8, 'relu'), dense(3, 'softmax'))
 * const weights = unwrap(init(model, { seed: 1 }))
 * console.log(weights.layer0.kernel.dims, weights.layer1.bias.dims) // [4, 8] [3]
 * ```
 */
export const init: InitFn<InitOptions> = (
  model: unknown,
  likeOrOptions?: unknown,
  options: InitOptions = {},
) =>
  attempt(() => {
    const like = isTensor(likeOrOptions) ? likeOrOptions : undefined
    const given = like === undefined ? (likeOrOptions ?? {}) : options
    checkOptions('init', INIT, given)
    const { seed = 0, sizes } = given as InitOptions
    const layout = layoutFor(model, like, sizes)
    // The typed edge: the layout has the layers and weights that WeightsOf computes.
    return treeOf(layout, initialWeights(layout, seed)) as never
  })
