import fc from 'fast-check'
import { input, sequential } from '../../dsl/model.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyModel } from '../../dsl/types/model.js'
import type { Feedable } from '../../dsl/types/training.js'
import { sizeOf } from '../../runtime/dtype.js'
import { tensorOf } from '../data/tensor.js'
import { printsAs } from './prints-as.js'
import { numbersFrom } from './sample.js'
import { type SizeOptions, wishes } from './wishes.js'
import { rowOf, textOf, type Written, writerWith } from './written.js'

/** What random models are like. */
export interface ModelOptions extends SizeOptions {
  /** Most dimensions of the input, the batch's aside; 2 unless given. */
  readonly maxRank?: number
  /** Most rows of the data; 4 unless given. */
  readonly maxBatch?: number
}

/** A model with data for it. */
export interface ModelSample {
  /** The expression that makes the model, e.g. `sequential(input([3]), dense(4, 'relu'))`. */
  readonly source: string
  /** The model as a TypeScript module of its own, exported as `model`. */
  readonly module: string
  /**
   * The model. Its shapes are not in its type, since they are random: the functions that take data accept what they
   * are given, and check it when they run.
   */
  readonly model: Feedable
  /** Features from -1 to 1, f32[batch, ...input]. */
  readonly x: AnyTensor
  /** Targets from 0 to 1, f32[batch, ...output]: what meanSquaredError and meanAbsoluteError want. */
  readonly y: AnyTensor
}

/**
 * Well-typed sequential models with data: rows of layers, nested `seq`, `residual` blocks. Unless told otherwise at
 * most 4 layers in a row, two levels of blocks, dimensions to 6, an input of 1 or 2 dimensions, 1 to 4 rows of data.
 * Shrinks to fewer, plainer and smaller layers; prints as its source.
 */
export const model = (options: ModelOptions = {}): fc.Arbitrary<ModelSample> =>
  fc.record(drawn(options)).map(({ wishes: list, input: shape, batch, seed }) =>
    sampleOf(
      shape,
      rowOf(
        list,
        shape,
        writerWith(() => []),
      ),
      batch,
      seed,
    ),
  )

/** What a random model is made from. */
export const drawn = (options: ModelOptions) => ({
  wishes: wishes(options),
  input: fc.array(fc.integer({ min: 1, max: options.maxWidth ?? 6 }), {
    minLength: 1,
    maxLength: options.maxRank ?? 2,
  }),
  batch: fc.integer({ min: 1, max: options.maxBatch ?? 4 }),
  seed: fc.nat(),
})

/** A row of layers as a model, with data. */
export const sampleOf = (
  shape: readonly number[],
  row: readonly Written[],
  batch: number,
  seed: number,
): ModelSample => {
  const source = sourceOf(shape, row)
  const next = numbersFrom(seed)
  const filled = (dims: readonly number[], element: () => number): AnyTensor =>
    tensorOf(dims, 'f32', Float32Array.from({ length: sizeOf(dims) }, element))
  return printsAs(source, {
    source,
    module: moduleOf(source),
    model: modelOf(shape, row),
    x: filled([batch, ...shape], () => 2 * next() - 1),
    y: filled([batch, ...(row.at(-1)?.after ?? shape)], next),
  })
}

/** The model that the layers make. Throws what their constructors throw. */
export const modelOf = (shape: readonly number[], row: readonly Written[]): AnyModel =>
  sequential(input(shape), ...row.map(({ make }) => make()))

/** The expression that makes the model. */
export const sourceOf = (shape: readonly number[], row: readonly Written[]): string =>
  `sequential(input([${shape.join(', ')}]), ${textOf(row)})`

/** An expression that makes a model, as a module that imports what it needs. */
export const moduleOf = (source: string): string => {
  const words = [...new Set([...source.matchAll(/\b([a-zA-Z]\w*)\(/g)].map(([, word = '']) => word))]
  const imported = words.filter(word => word !== 'as').sort()
  return `import { ${imported.join(', ')} } from 'densor'\n\nexport const model = ${source}\n`
}
