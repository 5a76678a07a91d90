/** The real constructors have the types that words.ts declares; compiled with the project. */
import type * as layersActivation from '../../dsl/layers/activation.js'
import type * as layersConvolution from '../../dsl/layers/convolution.js'
import type * as layersDense from '../../dsl/layers/dense.js'
import type * as layersNormalization from '../../dsl/layers/normalization.js'
import type * as layersPooling from '../../dsl/layers/pooling.js'
import type * as layersResidual from '../../dsl/layers/residual.js'
import type * as layersSeq from '../../dsl/layers/seq.js'
import type * as layersShape from '../../dsl/layers/shape.js'
import type * as models from '../../dsl/model.js'
import type * as ops from '../../dsl/ops.js'
import type * as data from '../../src/data/tensor.js'
import type * as words from './words.js'

/** The names whose real type is not the declared one. */
type Strangers<Real> = {
  [K in keyof Real & keyof typeof words]: words.Equal<Real[K], (typeof words)[K]> extends true ? never : K
}[keyof Real & keyof typeof words]

export type Same = [
  words.Check<words.Equal<Strangers<typeof models>, never>>,
  words.Check<words.Equal<Strangers<typeof ops>, never>>,
  words.Check<words.Equal<Strangers<typeof layersActivation>, never>>,
  words.Check<words.Equal<Strangers<typeof layersConvolution>, never>>,
  words.Check<words.Equal<Strangers<typeof layersDense>, never>>,
  words.Check<words.Equal<Strangers<typeof layersNormalization>, never>>,
  words.Check<words.Equal<Strangers<typeof layersPooling>, never>>,
  words.Check<words.Equal<Strangers<typeof layersResidual>, never>>,
  words.Check<words.Equal<Strangers<typeof layersSeq>, never>>,
  words.Check<words.Equal<Strangers<typeof layersShape>, never>>,
  words.Check<words.Equal<Strangers<typeof data>, never>>,
]

/** All of these names were compared: none is missing from the real modules. */
type Compared = keyof (typeof models &
  typeof ops &
  typeof layersActivation &
  typeof layersConvolution &
  typeof layersDense &
  typeof layersNormalization &
  typeof layersPooling &
  typeof layersResidual &
  typeof layersSeq &
  typeof layersShape &
  typeof data) &
  keyof typeof words

export type Complete = words.Check<
  words.Equal<
    Compared,
    | 'input'
    | 'sequential'
    | 'graph'
    | 'graphs'
    | 'seq'
    | 'residual'
    | 'dense'
    | 'activation'
    | 'batchNorm'
    | 'layerNorm'
    | 'dropout'
    | 'flatten'
    | 'reshape'
    | 'conv2d'
    | 'depthwiseConv2d'
    | 'maxPool2d'
    | 'averagePool2d'
    | 'globalAveragePool2d'
    | 'asNode'
    | 'greater'
    | 'where'
    | 'add'
    | 'sub'
    | 'mul'
    | 'concat'
    | 'matmul'
    | 'einsum'
    | 'permute'
    | 'mean'
    | 'sum'
    | 'relu'
    | 'asShape'
    | 'asShapes'
    | 'tensor'
  >
>

interface Drifted {
  readonly dense: typeof layersDense.dense
  readonly seq: (layer: string) => string
}
/** Control: a word whose type has drifted is named. */
export type Control = words.Check<words.Equal<Strangers<Drifted>, 'seq'>>
