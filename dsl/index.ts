/** The DSL: models, layers, graph operations, derivatives, and what training is told. */

export {
  type ActivationKind,
  type ActivationOptions,
  activationNames,
  activationOf,
  type CustomActivation,
  customActivation,
  glu,
  type KnownActivation,
} from './activations.js'
export { checkpoint } from './checkpoint.js'
export {
  type CustomConstraint,
  customConstraint,
  type MaxNorm,
  type MinMaxNorm,
  maxNorm,
  minMaxNorm,
  type NonNegative,
  nonNegative,
  type UnitNorm,
  unitNorm,
} from './constraints.js'
export { type CustomDerivative, customVjp } from './custom-vjp.js'
export {
  grad,
  jvp,
  type ValueAndGrad,
  valueAndGrad,
  vjp,
} from './functional.js'
export {
  type Constant,
  type CustomInitializer,
  constant,
  customInitializer,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Identity,
  identity,
  lecunNormal,
  lecunUniform,
  type OrthogonalInitializer,
  ones,
  orthogonal,
  type RandomNormal,
  type RandomUniform,
  randomNormal,
  randomUniform,
  truncatedNormal,
  type VarianceScaling,
  varianceScaling,
  zeros,
} from './initializers.js'
export { activation, dropout } from './layers/activation.js'
export { conv2d, depthwiseConv2d } from './layers/convolution.js'
export { dense } from './layers/dense.js'
export { type CustomContext, type CustomLayer, layer } from './layers/layer.js'
export { batchNorm, layerNorm } from './layers/normalization.js'
export { averagePool2d, globalAveragePool2d, maxPool2d } from './layers/pooling.js'
export { residual } from './layers/residual.js'
export { seq } from './layers/seq.js'
export { flatten } from './layers/shape.js'
export {
  binaryCrossentropy,
  type CrossentropyOptions,
  type CustomLoss,
  categoricalCrossentropy,
  customLoss,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from './losses.js'
export {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  customMetric,
  type Metric,
  type MetricName,
  sparseCategoricalAccuracy,
} from './metrics.js'
export { graph, graphs, input, sequential } from './model.js'
export * from './ops.js'
export {
  type AdamOptions,
  adam,
  adamW,
  type Clipping,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './optimizers.js'
export {
  type CustomRegularizer,
  customRegularizer,
  type L1,
  type L1L2,
  type L2,
  l1,
  l1l2,
  l2,
  type Orthogonal,
  orthogonalRegularizer,
} from './regularizers.js'
export type * from './types/index.js'
