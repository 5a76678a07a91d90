/** The domains of layers' options. */
import { activations } from '../activations.js'
import { constraints } from '../constraints.js'
import {
  checkOptions,
  checkValue,
  type Domain,
  type Domains,
  flag,
  fraction,
  notNegative,
  oneOf,
  wholeNumber,
} from '../domains.js'
import { initializers } from '../initializers.js'
import { regularizers } from '../regularizers.js'
import type { BatchNormOptions, DenseOptions, DropoutOptions, LayerNormOptions } from '../types/options.js'
import type { Conv2dOptions, DepthwiseConv2dOptions, PoolOptions } from '../types/signatures-windows.js'
import type { Padding } from '../types/windows.js'

const activation = activations.domain
const initializer = initializers.domain
const regularizer = regularizers.domain
const constraint = constraints.domain

/** Sizes are checked with the shapes, in the sentences of the types; what is not even a number or a symbol, here. */
const size: Domain = x =>
  typeof x === 'number' || typeof x === 'string' ? undefined : 'a positive whole number'

const pair: Domain = x =>
  typeof x === 'number' || (Array.isArray(x) && x.length === 2)
    ? undefined
    : 'a positive whole number, or two: [height, width]'

const OUTPUT = {
  activation,
  useBias: flag,
  biasInitializer: initializer,
  biasRegularizer: regularizer,
  biasConstraint: constraint,
  activityRegularizer: regularizer,
}

const KERNEL = {
  kernelInitializer: initializer,
  kernelRegularizer: regularizer,
  kernelConstraint: constraint,
}

export const DENSE: Domains<DenseOptions<unknown, boolean, boolean>> = {
  ...OUTPUT,
  ...KERNEL,
  in: size,
  batchNormalization: flag,
}

const PLACES = { strides: pair, padding: oneOf<Padding>({ valid: 1, same: 1 }) }
const WINDOWS = { ...OUTPUT, ...PLACES, dilationRate: pair }

export const CONV2D: Domains<Conv2dOptions<unknown, Padding, unknown, unknown, boolean>> = {
  ...WINDOWS,
  ...KERNEL,
  groups: size,
}

export const DEPTHWISE: Domains<DepthwiseConv2dOptions<unknown, unknown, Padding, unknown, boolean>> = {
  ...WINDOWS,
  depthMultiplier: size,
  depthwiseInitializer: initializer,
  depthwiseRegularizer: regularizer,
  depthwiseConstraint: constraint,
}

export const POOL: Domains<PoolOptions<string, unknown, Padding>> = PLACES

export const GLOBAL_POOL: Domains<{ readonly keepdims?: boolean }> = { keepdims: flag }

const SCALED = {
  epsilon: notNegative,
  center: flag,
  scale: flag,
  betaInitializer: initializer,
  gammaInitializer: initializer,
  betaRegularizer: regularizer,
  gammaRegularizer: regularizer,
  betaConstraint: constraint,
  gammaConstraint: constraint,
}

export const LAYER_NORM: Domains<LayerNormOptions<boolean, boolean>> = SCALED

export const BATCH_NORM: Domains<BatchNormOptions<boolean, boolean>> = {
  ...SCALED,
  momentum: fraction,
  movingMeanInitializer: initializer,
  movingVarianceInitializer: initializer,
}

export const DROPOUT: Domains<DropoutOptions> = { seed: wholeNumber }

/** What Keras's layers take that is said in another way here. */
const HINTS = {
  name: "write .as('name') after the layer",
  trainable: 'layers cannot be frozen yet; in a graph, stopGradient(…) keeps what is before it as it is',
  inputShape: 'begin the model with input(…)',
  input_shape: 'begin the model with input(…)',
  units: 'give the number of units first: dense(8, { … })',
  filters: 'give filters and their size first: conv2d(8, 3, { … })',
}

/** Refuses options of a layer that are not in their domains. */
export const checkLayerOptions = (
  kind: string,
  table: Readonly<Record<string, Domain>>,
  options: unknown,
): void => checkOptions(kind, table, options, HINTS)

/** Refuses a size that is not even a number or a symbol: Keras's one object for all. */
export const checkUnits = (kind: string, name: string, given: unknown): void =>
  checkValue(
    kind,
    name,
    x => size(x) && ['a positive whole number', `write ${kind}(8, { … })`],
    given,
    'bad-size',
  )

/** Refuses the size of a window that is neither a number nor two. */
export const checkWindow = (kind: string, name: string, given: unknown): void =>
  checkValue(kind, name, pair, given, 'bad-size')

/** Refuses a rate that is not a share; 30 was meant as 30 %. */
export const checkRate = (kind: string, rate: unknown): void =>
  checkValue(
    kind,
    'the rate',
    x => {
      const want = fraction(x)
      return typeof want === 'string' && typeof x === 'number' && x >= 2 && x < 100
        ? [want, `write ${x / 100} for ${x} %`]
        : want
    },
    rate,
  )
