import fc from 'fast-check'
import type { ActivationName } from '../../dsl/types/options.js'

/*
 * A random layer is drawn as a wish, plain data that shrinks well; the shape that it meets decides what becomes of it
 * (`written.ts`), so that every list of wishes is a well-typed model.
 */

/** A dense layer, and which of its options are used. */
export interface DenseWish {
  readonly kind: 'dense'
  readonly units: number
  readonly activation: ActivationName | undefined
  /** Whether it is named. */
  readonly named: boolean
  /** Whether it states its input dimension. */
  readonly stated: boolean
  readonly bare: boolean
  readonly normalized: boolean
}

/** A layer that looks through windows; what else it is told follows from the shape that it meets. */
export interface WindowWish {
  readonly kind: 'window'
  readonly layer: 'conv2d' | 'depthwiseConv2d' | 'maxPool2d' | 'averagePool2d'
  /** The size of its windows, both ways. */
  readonly size: number
  readonly padding: 'same' | 'valid'
  readonly strides: number
  /** How its input becomes an image where it is none, and its channels groups, of those ways that are possible. */
  readonly choice: number
  readonly bare: boolean
}

/** A layer to come. */
export type Wish =
  | DenseWish
  | WindowWish
  | { readonly kind: 'batchNorm' | 'flatten' }
  | { readonly kind: 'layerNorm'; readonly center: boolean }
  | { readonly kind: 'dropout'; readonly rate: number }
  | { readonly kind: 'activation'; readonly activation: ActivationName }
  /** To two dimensions; which ones, of those that are possible. */
  | { readonly kind: 'reshape'; readonly choice: number; readonly fill: boolean }
  | { readonly kind: 'seq' | 'residual'; readonly inner: readonly Wish[] }

/** How large random models are. */
export interface SizeOptions {
  /** Most layers in one row. Default: 4. */
  readonly maxLayers?: number
  /** Largest dimension of an input or a dense layer. Default: 6. */
  readonly maxWidth?: number
  /** How deep `seq` and `residual` are nested. Default: 2. */
  readonly maxDepth?: number
}

const ACTIVATIONS = ['linear', 'relu', 'tanh', 'sigmoid', 'softmax', 'gelu', 'elu', 'softplus'] as const

const PLAIN: DenseWish = {
  kind: 'dense',
  units: 1,
  activation: undefined,
  named: false,
  stated: false,
  bare: false,
  normalized: false,
}

const hasWeights = (wish: Wish): boolean => {
  switch (wish.kind) {
    case 'dense':
    case 'batchNorm':
    case 'layerNorm':
      return true
    case 'window':
      return wish.layer === 'conv2d' || wish.layer === 'depthwiseConv2d'
    case 'seq':
    case 'residual':
      return wish.inner.some(hasWeights)
    case 'activation':
    case 'dropout':
    case 'flatten':
    case 'reshape':
      return false
    default:
      return wish satisfies never
  }
}

/**
 * Lists of wishes with something to learn: 1 to `maxLayers`, or one more where none of them has weights. Shrinks to
 * fewer, plainer and smaller layers.
 */
export const wishes = ({ maxLayers = 4, maxWidth = 6, maxDepth = 2 }: SizeOptions) => {
  const activation = fc.constantFrom(...ACTIVATIONS)
  const dense: fc.Arbitrary<DenseWish> = fc.record({
    kind: fc.constant('dense'),
    units: fc.integer({ min: 1, max: maxWidth }),
    activation: fc.option(activation, { nil: undefined }),
    named: fc.boolean(),
    stated: fc.boolean(),
    bare: fc.boolean(),
    normalized: fc.boolean(),
  })
  const window: fc.Arbitrary<WindowWish> = fc.record({
    kind: fc.constant('window'),
    layer: fc.constantFrom('conv2d', 'depthwiseConv2d', 'maxPool2d', 'averagePool2d'),
    size: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom('same', 'valid'),
    strides: fc.integer({ min: 1, max: 2 }),
    choice: fc.nat(15),
    bare: fc.boolean(),
  })
  const simple: fc.Arbitrary<Wish> = fc.oneof(
    fc.record({ kind: fc.constantFrom('batchNorm', 'flatten') }),
    fc.record({ kind: fc.constant('layerNorm'), center: fc.boolean() }),
    fc.record({ kind: fc.constant('dropout'), rate: fc.constantFrom(0.5, 0.25) }),
    fc.record({ kind: fc.constant('activation'), activation }),
    fc.record({ kind: fc.constant('reshape'), choice: fc.nat(15), fill: fc.boolean() }),
  )
  const { list } = fc.letrec<{ readonly wish: Wish; readonly list: readonly Wish[] }>(tie => ({
    wish: fc.oneof(
      { maxDepth, depthIdentifier: 'layers', withCrossShrink: true },
      { weight: 6, arbitrary: dense },
      { weight: 4, arbitrary: simple },
      { weight: 3, arbitrary: window },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constantFrom('seq', 'residual'), inner: tie('list') }),
      },
    ),
    list: fc.array(tie('wish'), { minLength: 1, maxLength: maxLayers, size: 'max' }),
  }))
  return list.map(drawn => (drawn.some(hasWeights) ? drawn : [...drawn, PLAIN]))
}
