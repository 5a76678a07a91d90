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

/** Options of `model`. */
export interface ModelOptions extends SizeOptions {
  /** Most dimensions of the input, without the batch. Default: 2. */
  readonly maxRank?: number
  /** Most rows of the data. Default: 4. */
  readonly maxBatch?: number
}

/** A random model with data for it. */
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
 * A fast-check arbitrary of well-typed sequential models with data: layers in a row, in `seq` and in
 * `residual`. Defaults: at most 4 layers in a row, two levels of blocks, dimensions up to 6, an input of 1 or
 * 2 dimensions, 1 to 4 rows of data. Shrinks to fewer, plainer and smaller layers; prints as its source.
 *
 * @example
 * ```ts
 * import { init, predict, unwrap } from 'densor'
 * import { model } from 'densor/testing'
 * import * as fc from 'fast-check'
 *
 * const predicts = fc.asyncProperty(model(), async ({ model, x }) => {
 *   await predict(model, unwrap(init(model)), x)
 * })
 * await fc.assert(predicts, { numRuns: 5 })
 * ```
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
