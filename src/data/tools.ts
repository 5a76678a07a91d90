/** What projects do with tensors around a model: rows of them, classes of scores, arrays and words. */
import type * as E from 'fp-ts/lib/Either.js'
import { checkValue, count, wholeNumber } from '../../dsl/domains.js'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor, DType, Tensor } from '../../dsl/types/layer.js'
import { axisOf } from '../../dsl/types/rules.js'
import type { Reduce } from '../../dsl/types/shape-rules.js'
import { sizeOf } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { argmaxOf } from '../argmax.js'
import { attempt, FaultError } from '../errors.js'
import { flawOf, requireTensor } from './checks.js'
import { isTensor } from './elements.js'
import { countRows, type RowsOf, type Samples } from './rows.js'
import { tensorOf } from './tensor.js'

/** Some rows of a tensor, or of all tensors of a record; how many is known at run time. */
export type Taken<X> = X extends AnyTensor
  ? RowsOf<number, X>
  : { readonly [K in keyof X]: RowsOf<number, X[K]> }

/** Rows `from` to `to` of a tensor, in its memory. */
const rowsOf = (x: AnyTensor, from: number, to: number): AnyTensor => {
  const [, ...rest] = x.dims
  const width = sizeOf(rest)
  return tensorOf([to - from, ...rest], x.dtype, x.data.subarray(from * width, to * width))
}

const taken = <X extends AnyTensor | Samples>(x: X, from: number, to: number): Taken<X> => {
  const rows = isTensor(x)
    ? rowsOf(x, from, to)
    : Object.fromEntries(Object.entries(x as Samples).map(([name, one]) => [name, rowsOf(one, from, to)]))
  // The typed edge: a record is rebuilt name by name, which Object.fromEntries cannot say.
  return rows as never
}

const countOf = (op: string, x: AnyTensor | Samples): number =>
  countRows(op, isTensor(x) ? { 'the tensor': x } : (x as Samples))

/**
 * Rows `from` up to, but not including, `to` of a tensor, or of every tensor of a record. A negative number
 * counts from the end, as in `Array.slice`. Default of `to`: the number of rows. The rows are not copied:
 * they share the memory of `x`. Fails with a user fault `empty-data` if such rows do not exist, and
 * `shape-mismatch` if the tensors have different numbers of rows.
 *
 * @example
 * ```ts
 * import { take, tensor, toArrays, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([3, 2], [1, 2, 3, 4, 5, 6]))
 * console.log(toArrays(unwrap(take(x, 1, 3)))) // [[3, 4], [5, 6]]
 * ```
 */
export const take = <const X extends AnyTensor | Samples>(
  x: X,
  from: number,
  to?: number,
): E.Either<Fault, Taken<X>> =>
  attempt(() => {
    const count = countOf('take', x)
    for (const [name, at] of Object.entries({ from, to: to ?? count }))
      checkValue('take', name, wholeNumber, at)
    const place = (at: number): number => Math.min(count, Math.max(0, at < 0 ? count + at : at))
    const [first, end] = [place(from), place(to ?? count)]
    if (first >= end)
      throw userFault('empty-data', `take: there are no rows from ${from} to ${to ?? count} of ${count}`, {
        suggestion: `rows go from 0 to ${count - 1}, and 'to' is not included`,
      })
    return taken(x, first, end)
  })

/**
 * A tensor, or a record of tensors, in batches of `size` rows; the last batch has the rows that remain. The
 * rows are not copied: they share the memory of `x`. Fails with a user fault `bad-option` if `size` is not a
 * positive whole number, and `shape-mismatch` if the tensors have different numbers of rows.
 *
 * @example
 * ```ts
 * import { batches, tensor, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([5, 2], new Float32Array(10)))
 * for (const batch of unwrap(batches({ x }, 2))) console.log(batch.x.dims) // [2, 2], [2, 2], [1, 2]
 * ```
 */
export const batches = <const X extends AnyTensor | Samples>(
  x: X,
  size: number,
): E.Either<Fault, readonly Taken<X>[]> =>
  attempt(() => {
    checkValue('batches', 'size', count, size)
    const rows = countOf('batches', x)
    return Array.from({ length: Math.ceil(rows / size) }, (_, i) =>
      taken(x, i * size, Math.min(rows, (i + 1) * size)),
    )
  })

/** S without one axis; a sentence for an axis that S does not have becomes a shape known at run time only. */
type ReducedAt<S extends Shape, Axis extends number> =
  Reduce<'argmax', S, Axis, false> extends infer To extends Shape ? To : Shape

type WithoutLast<S> = S extends readonly [...infer Front extends Shape, Dim] ? Front : Shape

/**
 * The class of each row of scores, i32: the index of the largest score in the last dimension, the first one
 * if several are equal. If the last dimension is 1, the class is 1 for a score above 0.5 and otherwise 0.
 * Fails with a user fault `shape-mismatch` if `scores` is a scalar.
 *
 * @example
 * ```ts
 * import { classesOf, tensor, toArrays, unwrap } from 'densor'
 *
 * const scores = unwrap(tensor([2, 3], [0.1, 0.7, 0.2, 0.5, 0.3, 0.2]))
 * console.log(toArrays(unwrap(classesOf(scores)))) // [1, 0]
 * ```
 */
export const classesOf = <S extends Shape>(
  scores: Tensor<S, DType>,
): E.Either<Fault, Tensor<WithoutLast<S>, 'i32'>> =>
  attempt(() => {
    const { dims, data } = requireTensor('classesOf: the scores', scores)
    const classes = dims.at(-1)
    if (classes === undefined)
      throw userFault('shape-mismatch', 'classesOf: the scores are one number, expected [rows, classes]')
    const classAt = (row: number): number =>
      classes === 1 ? Number((data[row] ?? 0) > 0.5) : argmaxOf(data, row * classes, classes)
    const labels = Int32Array.from({ length: data.length / classes }, (_, row) => classAt(row))
    return tensorOf<WithoutLast<S>, 'i32'>(dims.slice(0, -1), 'i32', labels)
  })

/**
 * The index of the largest element along an axis, i32, with that axis removed: NumPy's `argmax`. The first one if
 * several are equal. A negative axis counts from the end. Default: the last axis.
 * Fails with a user fault if the axis does not exist (`bad-axis`) or has length 0 (`empty-data`).
 *
 * @example
 * ```ts
 * import { argmax, tensor, toArrays, unwrap } from 'densor'
 *
 * const x = unwrap(tensor([2, 3], [3, 1, 2, 4, 9, 5]))
 * console.log(toArrays(unwrap(argmax(x))), toArrays(unwrap(argmax(x, 0)))) // [0, 1] [1, 1, 1]
 * ```
 */
export const argmax = <S extends Shape, const Axis extends number = -1>(
  x: Tensor<S, DType>,
  axis?: Axis,
): E.Either<Fault, Tensor<ReducedAt<S, Axis>, 'i32'>> =>
  attempt(() => {
    const { dims, data } = requireTensor('argmax: the tensor', x)
    const at = axisOf('argmax', dims, axis ?? -1)
    const count = dims[at] ?? 0
    if (count === 0)
      throw userFault('empty-data', `argmax: axis ${at} of [${dims.join(', ')}] has no elements`)
    const inner = sizeOf(dims.slice(at + 1))
    const indices = Int32Array.from({ length: data.length / count }, (_, i) => {
      const outer = Math.floor(i / inner)
      return argmaxOf(data, outer * count * inner + (i % inner), count, inner)
    })
    const rest = dims.filter((_, d) => d !== at)
    return tensorOf<ReducedAt<S, Axis>, 'i32'>(rest, 'i32', indices)
  })

/** Numbers nested as deep as S has dimensions. */
export type ArraysOf<S> = S extends readonly [Dim, ...infer Inner extends Shape]
  ? readonly ArraysOf<Inner>[]
  : S extends readonly []
    ? number
    : unknown

/**
 * The elements of a tensor as nested arrays, as `fromArrays` takes them; a scalar as its number. Throws a
 * `FaultError` if the tensor's data is missing or has the wrong length.
 *
 * @example
 * ```ts
 * import { tensor, toArrays, unwrap } from 'densor'
 *
 * console.log(toArrays(unwrap(tensor([2, 2], [1, 2, 3, 4])))) // [[1, 2], [3, 4]]
 * ```
 */
export const toArrays = <S extends Shape>(x: Tensor<S, DType>): ArraysOf<S> => {
  const { dims, data } = whole('toArrays', x)
  const nest = (level: number, at: number): unknown => {
    const [length = 1, ...inner] = dims.slice(level)
    if (level === dims.length) return data[at]
    const width = sizeOf(inner)
    return Array.from({ length }, (_, i) => nest(level + 1, at + i * width))
  }
  // The typed edge: the depth is that of the dimensions.
  return nest(0, 0) as never
}

/** The tensor, whole; for functions that give plain values. */
const whole = (op: string, x: AnyTensor): AnyTensor => {
  if (isTensor(x) && flawOf(x) === undefined) return x
  const checked = attempt(() => requireTensor(op, x))
  if (checked._tag === 'Left') throw new FaultError(checked.left)
  return checked.right
}

const short = (x: number): string => String(Number(x.toPrecision(4)))

/** The numbers of one column as a line: least, largest, mean, deviation, and how many are not finite. */
const columnLine = ({ dims, data }: AnyTensor, column: number): string => {
  const width = dims.at(-1) ?? 1
  let [min, max, sum, squares, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0]
  for (let i = column; i < data.length; i += width) {
    const x = data[i] ?? Number.NaN
    if (!Number.isFinite(x)) continue
    ;[min, max, sum, count] = [Math.min(min, x), Math.max(max, x), sum + x, count + 1]
  }
  const mean = sum / count
  for (let i = column; i < data.length; i += width) {
    const x = data[i] ?? Number.NaN
    if (Number.isFinite(x)) squares += (x - mean) ** 2
  }
  const strange = data.length / width - count
  const rest = strange === 0 ? '' : `, ${strange} not finite`
  if (count === 0) return `no finite number${rest}`
  return `from ${short(min)} to ${short(max)}, mean ${short(mean)}, deviation ${short(Math.sqrt(squares / count))}${rest}`
}

/** Columns that are described one by one. */
const COLUMNS_SHOWN = 20

/**
 * A text about what a tensor holds: its shape, and for each column (the last dimension) the smallest and the
 * largest number, the mean, the standard deviation, and how many numbers are not finite. Throws a
 * `FaultError` if the tensor's data is missing or has the wrong length.
 *
 * @example
 * ```ts
 * import { describe, tensor, unwrap } from 'densor'
 *
 * console.log(describe(unwrap(tensor([2, 2], [1, 10, 3, 20]))))
 * // f32 [2, 2]
 * // column 0: from 1 to 3, mean 2, deviation 1
 * // column 1: from 10 to 20, mean 15, deviation 5
 * ```
 */
export const describe = (x: AnyTensor): string => {
  const { dims, dtype, data } = whole('describe', x)
  const head = `${dtype} [${dims.join(', ')}]`
  if (dims.length < 2 || (dims.at(-1) ?? 1) > COLUMNS_SHOWN)
    return `${head}\n${columnLine(tensorOf([data.length, 1], dtype, data), 0)}`
  const lines = Array.from({ length: dims.at(-1) ?? 1 }, (_, i) => `column ${i}: ${columnLine(x, i)}`)
  return [head, ...lines].join('\n')
}
