import { fc } from '@fast-check/vitest'
import { activation, batchNorm, dense, dropout, input, layerNorm, sequential } from '../../src/index.js'

/** One layer of a random model. */
type LayerSpec =
  | { readonly kind: 'dense'; readonly units: number; readonly activation: string; readonly bias: boolean }
  | { readonly kind: 'activation'; readonly name: string }
  | { readonly kind: 'batchNorm' | 'layerNorm' | 'dropout' }

/** A random model on rows of `width` numbers, and how it is embedded. */
export interface ModelSpec {
  readonly width: number
  readonly layers: readonly LayerSpec[]
  readonly batch: number
  readonly target: 'wasm' | 'js'
  readonly rows: number
  readonly seed: number
}

const names = ['relu', 'tanh', 'sigmoid', 'gelu', 'softmax', 'elu', 'softplus', 'swish'] as const

const layer: fc.Arbitrary<LayerSpec> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('dense' as const),
      units: fc.integer({ min: 1, max: 70 }),
      activation: fc.constantFrom('linear', ...names),
      bias: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('activation' as const), name: fc.constantFrom(...names) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('batchNorm', 'layerNorm', 'dropout') }) },
)

/** Models of one input, their batch sizes, targets and numbers of rows. */
export const arbitraryModel: fc.Arbitrary<ModelSpec> = fc.record({
  width: fc.integer({ min: 1, max: 90 }),
  layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
  batch: fc.constantFrom(1, 1, 2, 5, 8, 16, 32),
  target: fc.constantFrom('wasm', 'wasm', 'js'),
  rows: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(),
})

const layerOf = (spec: LayerSpec) => {
  switch (spec.kind) {
    case 'dense':
      return dense(spec.units, { activation: spec.activation as 'relu', useBias: spec.bias })
    case 'activation':
      return activation(spec.name as 'relu')
    case 'batchNorm':
      return batchNorm()
    case 'layerNorm':
      return layerNorm()
    case 'dropout':
      return dropout(0.5)
    default:
      return spec satisfies never
  }
}

/** The model of a spec. */
export const modelOf = ({ width, layers }: ModelSpec) => sequential(input(width), ...layers.map(layerOf))
