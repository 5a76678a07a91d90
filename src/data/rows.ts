import type * as E from 'fp-ts/lib/Either.js'
import { checkOptions, checkValue, type Domains, finite, wholeNumber } from '../../dsl/domains.js'
import type { Dim, NormalDim, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor, DType, Tensor } from '../../dsl/types/layer.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { keyOf, permutation } from '../../runtime/random.js'
import { attempt } from '../errors.js'
import { labelOutOfRange, requireTensor } from './checks.js'
import { placeOf } from './elements.js'
import { tensorOf } from './tensor.js'

/** The shape S with its rows counted by the symbol `Rows`. */
export type RowsOf<Rows extends Dim, X> =
  X extends Tensor<infer S, infer D>
    ? S extends readonly [Dim, ...infer Rest extends Shape]
      ? Tensor<[Rows, ...Rest], D>
      : never
    : never

/** Tensors whose rows belong together: features, labels, weights. */
export type Samples = Readonly<Record<string, AnyTensor>>

/** The rows of x in the order of `rows`, copied. */
export const takeRows = (x: AnyTensor, rows: ArrayLike<number>): AnyTensor => {
  const [, ...rest] = x.dims
  const width = sizeOf(rest)
  const data = allocate(x.dtype, rows.length * width)
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] ?? 0) * width
    data.set(x.data.subarray(start, start + width), i * width)
  }
  return tensorOf([rows.length, ...rest], x.dtype, data)
}

/**
 * How many rows all tensors have; throws `shape-mismatch` where they differ and `empty-data` where there is
 * none.
 */
export const countRows = (op: string, samples: Samples): number => {
  const entries = Object.entries(samples)
  const [first] = entries
  if (first === undefined) throw userFault('empty-data', `${op}: there are no tensors`)
  for (const [name, x] of entries) requireTensor(`${op}: ${name}`, x)
  const count = first[1].dims[0] ?? 0
  for (const [name, { dims }] of entries)
    if (dims.length === 0 || dims[0] !== count)
      throw userFault(
        'shape-mismatch',
        `${op}: '${first[0]}' has ${count} rows, '${name}' is [${dims.join(', ')}]`,
        {
          suggestion: 'give every tensor one row for each sample',
        },
      )
  if (count === 0) throw userFault('empty-data', `${op}: there are no rows`)
  return count
}

/** All tensors with the same rows in the same order. */
const takeAll = <Xs extends Samples, Rows extends Dim>(
  samples: Xs,
  rows: ArrayLike<number>,
): { readonly [K in keyof Xs]: RowsOf<Rows, Xs[K]> } => {
  const taken = Object.fromEntries(Object.entries(samples).map(([name, x]) => [name, takeRows(x, rows)]))
  // The typed edge: a record is rebuilt name by name, which Object.fromEntries cannot say.
  return taken as never
}

/** The samples in an order that only the seed decides. Left: `shape-mismatch` where the rows differ. */
export const shuffle = <Xs extends Samples>(samples: Xs, seed: number): E.Either<Fault, Xs> =>
  attempt(() => {
    checkValue('shuffle', 'the seed', wholeNumber, seed)
    const order = permutation(keyOf(seed), countRows('shuffle', samples))
    return takeAll<Xs, Dim>(samples, order) as never
  })

/**
 * How to split: how many rows (a whole number, or a share below 1) are held out, and the seed of the shuffle.
 */
export interface SplitOptions {
  readonly holdOut: number
  /** Without a seed the order stays, and the last rows are held out. */
  readonly seed?: number
}

const SPLIT: Domains<SplitOptions> = { holdOut: finite, seed: wholeNumber }

/** Samples in two parts; the row counts are the symbols 'train' and 'test'. */
export interface Split<Xs extends Samples> {
  readonly train: { readonly [K in keyof Xs]: RowsOf<'train', Xs[K]> }
  readonly test: { readonly [K in keyof Xs]: RowsOf<'test', Xs[K]> }
}

/**
 * Splits samples into a part to train on and a part held out.
 * Left: `shape-mismatch` where the rows differ, `bad-split` where a part would be empty.
 */
export const split = <Xs extends Samples>(samples: Xs, options: SplitOptions): E.Either<Fault, Split<Xs>> =>
  attempt(() => {
    checkOptions('split', SPLIT, options)
    const rows = countRows('split', samples)
    const held = options.holdOut < 1 ? Math.round(rows * options.holdOut) : options.holdOut
    if (!Number.isInteger(held) || held <= 0 || held >= rows)
      throw userFault('bad-split', `split: ${options.holdOut} of ${rows} rows cannot be held out`, {
        suggestion: `hold out a share between 0 and 1, or 1 to ${rows - 1} rows`,
      })
    const order =
      options.seed === undefined
        ? Int32Array.from({ length: rows }, (_, i) => i)
        : permutation(keyOf(options.seed), rows)
    return {
      train: takeAll<Xs, 'train'>(samples, order.subarray(0, rows - held)),
      test: takeAll<Xs, 'test'>(samples, order.subarray(rows - held)),
    }
  })

/**
 * Class numbers as rows of zeros with a one: labels [...] -> [..., classes].
 * Left: `label-out-of-range` naming the row and the label.
 */
export const oneHot = <S extends Shape, const Classes extends number>(
  labels: Tensor<S, DType>,
  classes: Classes,
): E.Either<Fault, Tensor<[...S, NormalDim<Classes>]>> =>
  attempt(() => {
    if (!Number.isInteger(classes) || classes < 1)
      throw userFault('bad-size', `oneHot: ${classes} is not a number of classes`)
    requireTensor('oneHot: the labels', labels)
    const data = new Float32Array(labels.data.length * classes)
    labels.data.forEach((label: number, i: number) => {
      if (!Number.isInteger(label) || label < 0 || label >= classes)
        throw labelOutOfRange('oneHot', placeOf(labels.dims, i), label, classes)
      data[i * classes + label] = 1
    })
    return tensorOf<[...S, NormalDim<Classes>], 'f32'>([...labels.dims, classes], 'f32', data)
  })
