/** Features of about one size: scales that are learned from some rows and applied to others. */
import type * as E from 'fp-ts/lib/Either.js'
import type { RowsLike } from '../../dsl/types/data.js'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor, Tensor } from '../../dsl/types/layer.js'
import type { ShapeOf } from '../../dsl/types/unify.js'
import { allocate } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { attempt } from '../errors.js'
import { toTensor } from '../train/given.js'
import { checkFinite, requireTensor } from './checks.js'
import { tensorOf } from './tensor.js'

/** The shape of one row. */
type RowOf<X> = ShapeOf<X> extends readonly [Dim, ...infer Row extends Shape] ? Row : Shape

/** X's shape in f32. */
type Like<X> = ShapeOf<X> extends infer S extends Shape ? Tensor<S> : never

/** Scaled data, and the function that scales later rows in the same way. */
export interface Scaled<X extends AnyTensor> {
  /** The scaled data, f32. */
  readonly x: Like<X>
  /** Scales other rows in the same way, to f32. Fails with a user fault if they have other columns. */
  readonly apply: (rows: RowsLike<RowOf<X>>) => E.Either<Fault, Tensor<[number, ...RowOf<X>]>>
}

/** The result of `standardize`. */
export interface Standardized<X extends AnyTensor> extends Scaled<X> {
  /** The mean of each column. */
  readonly mean: readonly number[]
  /** The standard deviation of each column. */
  readonly std: readonly number[]
}

/** The result of `normalize`. */
export interface Normalized<X extends AnyTensor> extends Scaled<X> {
  /** The smallest number of each column. */
  readonly min: readonly number[]
  /** The largest number of each column. */
  readonly max: readonly number[]
}

/** (x - shift) / scale, column by column; a column of one value, whose scale is 0, becomes zeros. */
const scaledBy = (
  { dims, data }: AnyTensor,
  shift: readonly number[],
  scale: readonly number[],
): AnyTensor => {
  const width = shift.length
  const out = allocate('f32', data.length)
  for (let i = 0; i < data.length; i++) {
    const column = i % width
    const by = scale[column] ?? 1
    out[i] = ((data[i] ?? 0) - (shift[column] ?? 0)) / (by === 0 ? 1 : by)
  }
  return tensorOf(dims, 'f32', out)
}

/** For each column the fold of its numbers, in f64. */
const columns = (
  { dims, data }: AnyTensor,
  first: number,
  fold: (so: number, x: number, column: number) => number,
): readonly number[] => {
  const width = dims.length < 2 ? 1 : (dims.at(-1) ?? 1)
  const out = new Float64Array(width).fill(first)
  for (let i = 0; i < data.length; i++)
    out[i % width] = fold(out[i % width] ?? first, data[i] ?? 0, i % width)
  return [...out]
}

const scaled = (
  op: string,
  x: AnyTensor,
  shift: readonly number[],
  scale: readonly number[],
): Scaled<AnyTensor> => {
  const [, ...row] = x.dims
  return {
    x: scaledBy(x, shift, scale) as never,
    apply: rows =>
      attempt(() => {
        const given = toTensor(`${op}: the rows`, rows, { as: 'input', dtype: 'f32', shape: ['N', ...row] })
        if (given.dims.slice(1).join() !== row.join())
          throw userFault(
            'shape-mismatch',
            `${op}: the rows are [${given.dims.join(', ')}], expected [N${row.map(d => `, ${d}`).join('')}]`,
            {
              suggestion: 'give rows of the columns that the scale was learned from, also for one row: [[…]]',
            },
          )
        return scaledBy(given, shift, scale) as never
      }),
  }
}

const checked = (op: string, x: AnyTensor): AnyTensor => {
  const tensor = requireTensor(op, x)
  checkFinite(op, tensor)
  return tensor
}

/**
 * Data scaled to mean 0 and standard deviation 1 in each column (the last dimension), which most models
 * learn from best. `apply` scales later rows by the mean and deviation that were learned here. A column with
 * only one value becomes zeros. Fails with a user fault `non-finite-data` if there is a NaN or an infinity.
 *
 * @example
 * ```ts
 * import { standardize, tensor, toArrays, unwrap } from 'densor'
 *
 * const { x, apply, mean, std } = unwrap(standardize(unwrap(tensor([2, 2], [1, 10, 3, 20]))))
 * console.log(toArrays(x), mean, std) // [[-1, -1], [1, 1]] [2, 15] [1, 5]
 * console.log(toArrays(unwrap(apply([[2, 25]])))) // [[0, 2]]
 * ```
 */
export const standardize = <X extends AnyTensor>(x: X): E.Either<Fault, Standardized<X>> =>
  attempt(() => {
    const tensor = checked('standardize', x)
    const count = tensor.data.length / (tensor.dims.length < 2 ? 1 : (tensor.dims.at(-1) ?? 1))
    const mean = columns(tensor, 0, (sum, value) => sum + value).map(sum => sum / count)
    const squares = columns(tensor, 0, (sum, value, column) => sum + (value - (mean[column] ?? 0)) ** 2)
    const std = squares.map(sum => Math.sqrt(sum / count))
    // The typed edge: the shape is that of x.
    return { ...scaled('standardize', tensor, mean, std), mean, std } as never
  })

/**
 * Data scaled to the range from 0 to 1 in each column (the last dimension). `apply` scales later rows by the
 * smallest and the largest number that were learned here. A column that has only one value becomes zeros.
 * Fails with a user fault `non-finite-data` if there is a NaN or an infinity.
 *
 * @example
 * ```ts
 * import { normalize, tensor, toArrays, unwrap } from 'densor'
 *
 * const { x, min, max } = unwrap(normalize(unwrap(tensor([3, 1], [5, 10, 15]))))
 * console.log(toArrays(x), min, max) // [[0], [0.5], [1]] [5] [15]
 * ```
 */
export const normalize = <X extends AnyTensor>(x: X): E.Either<Fault, Normalized<X>> =>
  attempt(() => {
    const tensor = checked('normalize', x)
    const min = columns(tensor, Number.POSITIVE_INFINITY, (least, x) => Math.min(least, x))
    const max = columns(tensor, Number.NEGATIVE_INFINITY, (most, x) => Math.max(most, x))
    const range = max.map((most, i) => most - (min[i] ?? 0))
    return { ...scaled('normalize', tensor, min, range), min, max } as never
  })
