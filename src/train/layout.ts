import { bodyOf } from '../../dsl/model.js'
import { tracePredict } from '../../dsl/trace/step.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { WeightLayout } from './programs.js'

/**
 * Where the weights of a model lie; a seq takes its input from a tensor like its data. The sizes of the
 * input's symbols do not matter: no weight's shape depends on them. Throws what the layers throw.
 */
export const layoutFor = (model: unknown, like?: AnyTensor): WeightLayout => {
  const patterns = Object.values(bodyOf(model, like?.dims).inputs)
  const symbols = patterns.flat().filter(dim => typeof dim === 'string' && dim !== 'N')
  const sizes = Object.fromEntries(symbols.map(symbol => [symbol, 1]))
  return tracePredict({ model, batch: 1, sizes, ...(like === undefined ? {} : { dataShape: like.dims }) })
    .layout
}
