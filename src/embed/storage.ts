import type { WeightFormat } from './pack-weights.js'

/** How a module stores its code and weights. Only `format` changes what it computes. */
export interface StorageOptions {
  /**
   * Where the weights are: in the module's source, in a file beside it, or nowhere, and the module has `load`. Default:
   * 'inline'.
   */
  readonly weights?: 'inline' | 'file' | 'none'
  /** The number format of the weights. Default: 'f32'. */
  readonly format?: WeightFormat
  /**
   * Where the WebAssembly is: in the module's source, in a file beside it that is fetched, or in one that is imported,
   * for engines that do not compile bytes at run time. Default: 'inline'.
   */
  readonly wasm?: 'inline' | 'file' | 'import'
}
