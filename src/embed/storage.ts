import type { WeightFormat } from './pack-weights.js'

/** How a module is stored: nothing here changes what it computes, but the format of the weights. */
export interface StorageOptions {
  /** Weights in the module's source, in a file beside it, or none: then the module has `load`. `inline` unless given. */
  readonly weights?: 'inline' | 'file' | 'none'
  /** `f32` unless given. */
  readonly format?: WeightFormat
  /**
   * WebAssembly in the module's source, in a file beside it that is fetched, or in one that is imported, for engines
   * that do not compile bytes at run time. `inline` unless given.
   */
  readonly wasm?: 'inline' | 'file' | 'import'
}
