import { forward } from '../../dsl/trace/forward.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { WeightLayout } from './programs.js'

/**
 * Where the weights of a model lie; a seq takes its input from a tensor like its data. `sizes` are those of the
 * input's symbols that weights depend on. Throws what the layers throw, `unknown-dimension` where such a size is missing.
 */
export const layoutFor = (
  model: unknown,
  like?: AnyTensor,
  sizes: Readonly<Record<string, number>> = {},
): WeightLayout =>
  forward({ model, batch: 1, sizes, ...(like === undefined ? {} : { dataShape: like.dims }) }, false).layout
