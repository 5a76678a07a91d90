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

/** How many rows all tensors have. Throws `shape-mismatch` if they differ, and `empty-data` if there are none. */
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

/**
 * The samples with their rows in a random order, which is the same for all tensors of the record. The same
 * seed gives the same order. The rows are copied. Fails with a user fault `shape-mismatch` if the tensors
 * have different numbers of rows, and `empty-data` if they are empty.
 *
 * @example
 * ```ts
 * import { shuffle, tensor, unwrap } from 'densor'
 *
 * const samples = { x: unwrap(tensor([3, 2], [1, 1, 2, 2, 3, 3])), y: unwrap(tensor([3], [1, 2, 3])) }
 * const { x, y } = unwrap(shuffle(samples, 7))
 * console.log(x.data, y.data) // row i of x still belongs to row i of y
 * ```
 */
export const shuffle = <Xs extends Samples>(samples: Xs, seed: number): E.Either<Fault, Xs> =>
  attempt(() => {
    checkValue('shuffle', 'the seed', wholeNumber, seed)
    const order = permutation(keyOf(seed), countRows('shuffle', samples))
    return takeAll<Xs, Dim>(samples, order) as never
  })

/** How many rows `split` holds out, and in which order it takes them. */
export interface SplitOptions {
  /** Below 1 the fraction of the rows to hold out; from 1 on their number. */
  readonly holdOut: number
  /** Seed of a shuffle before the split. Default: no shuffle; the last rows are held out. */
  readonly seed?: number
}

const SPLIT: Domains<SplitOptions> = { holdOut: finite, seed: wholeNumber }

/** Samples in two parts. Their row counts are known at run time; in the types they are 'train' and 'test'. */
export interface Split<Xs extends Samples> {
  /** The rows to train on. */
  readonly train: { readonly [K in keyof Xs]: RowsOf<'train', Xs[K]> }
  /** The rows that were held out. */
  readonly test: { readonly [K in keyof Xs]: RowsOf<'test', Xs[K]> }
}

/**
 * Splits samples into rows to train on and rows to test with. All tensors of the record are split alike, and
 * the rows are copied. Fails with a user fault `shape-mismatch` if the tensors have different numbers of
 * rows, and `bad-split` if one of the parts would be empty.
 *
 * @example
 * ```ts
 * import { split, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([10, 2], new Float32Array(20)))
 * const y = unwrap(tensor([10], new Int32Array(10), 'i32'))
 * const { train, test } = unwrap(split({ x, y }, { holdOut: 0.2, seed: 1 }))
 * console.log(train.x.dims, test.y.dims) // [8, 2] [2]
 * ```
 */
export const split = <Xs extends Samples>(samples: Xs, options: SplitOptions): E.Either<Fault, Split<Xs>> =>
  attempt(() => {
    checkOptions('split', SPLIT, options)
    checkValue('split', 'holdOut', finite, options?.holdOut)
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
 * Class numbers as one-hot rows: labels [...] become f32 [..., classes], with 1 at the label and 0 elsewhere.
 * Keras's `to_categorical`. Fails with a user fault `label-out-of-range`, which names the row, if a label is
 * not a whole number from 0 to classes - 1.
 *
 * @example
 * ```ts
 * import { oneHot, tensor, toArrays, unwrap } from 'densor'
 *
 * const labels = unwrap(tensor([3], [0, 2, 1], 'i32'))
 * console.log(toArrays(unwrap(oneHot(labels, 3)))) // [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
 * ```
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
