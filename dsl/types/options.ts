/** The values that layer constructors take as options. What they compute is the run time's affair. */
import type { PositiveSize } from './sizes.js'

/** Keras's activations, in camelCase; those that need no numbers. */
export type ActivationName =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'celu'
  | 'gelu'
  | 'silu'
  | 'swish'
  | 'mish'
  | 'softplus'
  | 'softsign'
  | 'squareplus'
  | 'softmax'
  | 'logSoftmax'
  | 'sigmoid'
  | 'logSigmoid'
  | 'hardSigmoid'
  | 'tanh'
  | 'hardTanh'
  | 'tanhShrink'
  | 'softShrink'
  | 'hardShrink'
  | 'sparsePlus'
  | 'sparseSigmoid'
  | 'sparsemax'
  | 'exponential'
  | 'hardSilu'
  | 'hardSwish'

/** An activation with its numbers, e.g. leaky relu with its slope; plain data, told apart by `kind`. */
export interface Activation {
  readonly kind: string
}

/** Keras's initializers by name, with Keras's defaults. */
export type InitializerName =
  | 'zeros'
  | 'ones'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'randomNormal'
  | 'randomUniform'
  | 'truncatedNormal'
  | 'varianceScaling'
  | 'orthogonal'
  | 'identity'

/** How a weight starts; plain data, told apart by `kind`. */
export interface Initializer {
  readonly kind: string
}

/** Keras's regularizers by name, with Keras's default factors. */
export type RegularizerName = 'l1' | 'l2' | 'l1l2' | 'orthogonal'

/** A penalty on a tensor, added to the loss; plain data, told apart by `kind`. */
export interface Regularizer {
  readonly kind: string
}

/** Keras's constraints by name, with Keras's defaults. */
export type ConstraintName = 'maxNorm' | 'nonNegative' | 'unitNorm' | 'minMaxNorm'

/** A projection of a weight after each update; plain data, told apart by `kind`. */
export interface Constraint {
  readonly kind: string
}

/** What `dense` takes beside its units: Keras's Dense, `in`, and the batch normalization shorthand. */
export interface DenseOptions<In, UseBias extends boolean, BatchNormalization extends boolean> {
  /** The input dimension, stated; it is checked against the layer before. */
  readonly in?: PositiveSize<'dense', In>
  readonly activation?: ActivationName | Activation
  readonly useBias?: UseBias
  readonly kernelInitializer?: InitializerName | Initializer
  readonly biasInitializer?: InitializerName | Initializer
  readonly kernelRegularizer?: RegularizerName | Regularizer
  readonly biasRegularizer?: RegularizerName | Regularizer
  readonly activityRegularizer?: RegularizerName | Regularizer
  readonly kernelConstraint?: ConstraintName | Constraint
  readonly biasConstraint?: ConstraintName | Constraint
  /** Dense, then batch normalization, then the activation. */
  readonly batchNormalization?: BatchNormalization
}

/** What `batchNorm` takes: Keras's BatchNormalization on the last axis. */
export interface BatchNormOptions<Center extends boolean, Scale extends boolean> {
  /** The fraction of the old average that is kept at each step. Default: 0.99. */
  readonly momentum?: number
  /** Added to the variance. Default: 1e-3. */
  readonly epsilon?: number
  /** Whether there is a beta. */
  readonly center?: Center
  /** Whether there is a gamma. */
  readonly scale?: Scale
  readonly betaInitializer?: InitializerName | Initializer
  readonly gammaInitializer?: InitializerName | Initializer
  readonly movingMeanInitializer?: InitializerName | Initializer
  readonly movingVarianceInitializer?: InitializerName | Initializer
  readonly betaRegularizer?: RegularizerName | Regularizer
  readonly gammaRegularizer?: RegularizerName | Regularizer
  readonly betaConstraint?: ConstraintName | Constraint
  readonly gammaConstraint?: ConstraintName | Constraint
}

/** What `layerNorm` takes: Keras's LayerNormalization on the last axis. */
export interface LayerNormOptions<Center extends boolean, Scale extends boolean> {
  /** Added to the variance. Default: 1e-3. */
  readonly epsilon?: number
  /** Whether there is a beta. */
  readonly center?: Center
  /** Whether there is a gamma. */
  readonly scale?: Scale
  readonly betaInitializer?: InitializerName | Initializer
  readonly gammaInitializer?: InitializerName | Initializer
  readonly betaRegularizer?: RegularizerName | Regularizer
  readonly gammaRegularizer?: RegularizerName | Regularizer
  readonly betaConstraint?: ConstraintName | Constraint
  readonly gammaConstraint?: ConstraintName | Constraint
}

/** What `dropout` takes beside its rate. */
export interface DropoutOptions {
  /** Seed of this layer's own random numbers. Default: drawn from the model's seed. */
  readonly seed?: number
}
