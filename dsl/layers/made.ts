/**
 * What each layer was made of, as data: files keep it, and make the layer again from it. Every definition has it; a
 * layer of densor's own without an entry here does not compile.
 */

/** What the constructors of layers without blocks were given, by their names. */
export interface Given {
  readonly activation: { readonly activation: unknown }
  readonly averagePool2d: { readonly poolSize: unknown; readonly options: unknown }
  readonly batchNorm: { readonly options: unknown }
  readonly conv2d: { readonly filters: unknown; readonly kernelSize: unknown; readonly options: unknown }
  readonly dense: { readonly units: unknown; readonly options: unknown }
  readonly depthwiseConv2d: { readonly kernelSize: unknown; readonly options: unknown }
  readonly dropout: { readonly rate: unknown; readonly options: unknown }
  readonly flatten: object
  readonly globalAveragePool2d: { readonly options: unknown }
  readonly layerNorm: { readonly options: unknown }
  readonly maxPool2d: { readonly poolSize: unknown; readonly options: unknown }
  readonly reshape: { readonly to: unknown }
}

/** Layers that hold others. */
export type BlockKind = 'seq' | 'residual' | 'checkpoint'

/** What a layer was made of. */
export type Made =
  | { readonly [K in keyof Given]: { readonly by: K; readonly given: Given[K] } }[keyof Given]
  | { readonly by: BlockKind; readonly layers: readonly unknown[] }
  /** A model in the place of a layer: it says itself what it was made of. */
  | { readonly by: 'model' }
  /** A layer of the user's own: code. */
  | { readonly by: 'layer' }
