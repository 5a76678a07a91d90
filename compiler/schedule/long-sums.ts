import { sizeOf } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import type { DotDims, EquationOf, Value } from '../ir/program.js'
import { at } from '../ops/tensor.js'

/*
 * Long sums in a few parts along their outermost dimension, and then the sum of the parts: what threads can share where
 * there is little else to share, as in the gradients of a convolution's kernel and bias. Shapes alone decide, and
 * nothing that grows with a batch of rows to predict: neither threads nor other rows change the bits of a result.
 */

/** Parts of a sum, the first that its outermost dimension can be divided into. */
const PARTS = [4, 8, 6, 2, 5, 3, 7]

/** Terms of a product from which on the sums of its parts, to be written and read, are a hundredth of the work. */
const LONG_PRODUCT = 8192
/** Columns of a product, from which on there are enough of them to share. */
const MANY_COLUMNS = 4096
/** Elements of a reduction, and terms of each of its sums, from which on another kernel is worth its while. */
const LARGE_REDUCTION = 131072
const LONG_REDUCTION = 4096
/** Sums of a reduction, from which on there are enough of them to share. */
const MANY_SUMS = 256

const sizeAlong = (shape: readonly number[], dims: readonly number[]): number =>
  dims.reduce((n, d) => n * at(shape, d), 1)

/** The parts of a sum along these dimensions, outermost first; 1 where the first longer than 1 cannot be divided. */
const partsAlong = (shape: readonly number[], dims: readonly number[]): number => {
  const extent = dims.map(d => at(shape, d)).find(size => size > 1) ?? 1
  return PARTS.find(parts => extent % parts === 0) ?? 1
}

/** `x` with dimension `d` as two: the parts, and what is in one. */
const apart = (b: Builder, x: Value, d: number, parts: number): Value => {
  const shape = b.shapeOf(x)
  return b.reshape(x, [...shape.slice(0, d), parts, at(shape, d) / parts, ...shape.slice(d + 1)])
}

/** Parts of a product with `columns` for each of its rows; 1 where it stays whole. */
export const partsOfProduct = (
  shape: readonly number[],
  contracting: readonly number[],
  columns: number,
): number => {
  const isLong = sizeAlong(shape, contracting) >= LONG_PRODUCT && columns <= MANY_COLUMNS
  return isLong ? partsAlong(shape, contracting) : 1
}

/** The product in so many parts of its sum, the first contracting dimension of more than one term divided. */
export const productInParts = (b: Builder, lhs: Value, rhs: Value, dims: DotDims, parts: number): Value => {
  if (parts === 1) return b.dot_general(lhs, rhs, dims)
  const { lhsBatch, rhsBatch, lhsContracting, rhsContracting } = dims
  const first = lhsContracting.findIndex(d => at(b.shapeOf(lhs), d) > 1)
  const [l, r] = [at(lhsContracting, first), at(rhsContracting, first)]
  // the parts are a batch; what was one dimension is now two, of which the second is summed over
  const batch = (own: readonly number[], d: number): number[] => [d, ...own.map(o => (o > d ? o + 1 : o))]
  const summed = (own: readonly number[], d: number): number[] => own.map(o => (o >= d ? o + 1 : o))
  const product = b.dot_general(apart(b, lhs, l, parts), apart(b, rhs, r, parts), {
    lhsBatch: batch(lhsBatch, l),
    rhsBatch: batch(rhsBatch, r),
    lhsContracting: summed(lhsContracting, l),
    rhsContracting: summed(rhsContracting, r),
  })
  return b.reduce('add', product, [0])
}

/** Parts of a reduction of an operand of this shape; 1 where it stays whole. */
export const partsOfReduction = (
  shape: readonly number[],
  { dimensions }: EquationOf<'reduce'>['params'],
): number => {
  const [size, terms] = [sizeOf(shape), sizeAlong(shape, dimensions)]
  const isLong = size >= LARGE_REDUCTION && terms >= LONG_REDUCTION && size / terms <= MANY_SUMS
  return isLong && dimensions.includes(0) ? partsAlong(shape, dimensions) : 1
}

/** The reduction in so many parts, the first reduced dimension of more than one element divided. */
export const reductionInParts = (
  b: Builder,
  x: Value,
  { reducer, dimensions }: EquationOf<'reduce'>['params'],
  parts: number,
): Value => {
  const first = dimensions.find(d => at(b.shapeOf(x), d) > 1) ?? 0
  const within = b.reduce(
    reducer,
    apart(b, x, first, parts),
    dimensions.map(d => (d >= first ? d + 1 : d)),
  )
  return b.reduce(reducer, within, [first - dimensions.filter(d => d < first).length])
}
