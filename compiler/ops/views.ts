import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import { type Prim, type PrimParams, showType, type TensorType, type Value } from '../ir/program.js'
import { shifted } from './batching.js'
import type { Row, Site, Table, View } from './row.js'
import { demand, demandDimensions, demandPerDimension, demandShape, one } from './rules.js'
import { at, gathered, otherDimensions, stridesOf, wholeOf } from './tensor.js'

/*
 * The same elements, addressed otherwise. Each row says once how a strided window changes; evaluation and lowering
 * both read it. All are linear: the tangent goes through the primitive itself, the cotangent through its transpose.
 */

/** What a primitive says of itself that only addresses elements otherwise. */
export interface ViewSpec<P extends Prim> {
  readonly type: (x: TensorType, params: PrimParams[P]) => TensorType
  readonly view: (of: View, params: PrimParams[P]) => View | undefined
  /** The parameters that do the same behind a leading dimension of `size`. */
  readonly batched: (params: PrimParams[P], size: number) => PrimParams[P]
  /** The operand's cotangent from the result's; `shape` is the operand's. */
  readonly transposed: (site: Site<P>, yBar: Value, shape: readonly number[]) => Value
}

/** The row of such a primitive. */
export const viewRow = <P extends Prim>(prim: P, spec: ViewSpec<P>): Row<P> => ({
  arity: 1,
  facts: { cheap: true, linearIn: [0] },
  type: (inputs, params) => spec.type(one(prim, inputs), params),
  evaluate: (inputs, params, type) => {
    const x = one(prim, inputs)
    const view = spec.view(wholeOf(x.type.shape), params)
    if (view === undefined) throw bug(`${prim}: a whole tensor has no view ${JSON.stringify(params)}`)
    return gathered(x, view, type)
  },
  vjp: (site, yBar) => [spec.transposed(site, yBar, site.b.shapeOf(one(prim, site.inputs)))],
  batch: ({ b, inputs, params, size }) => b.emit(prim, inputs, spec.batched(params, size)),
  jvp: ({ b, params }, tangents) =>
    b.emit(
      prim,
      [
        one(
          prim,
          tangents.filter(t => t !== undefined),
        ),
      ],
      params,
    ),
  lower: { kind: 'view', view: spec.view },
})

/**
 * Strides that show a view in another shape, where there are any: NumPy's rule. Dimensions of size 1 are set aside;
 * both shapes are cut into the shortest runs of dimensions of equal size, and the view must be dense within a run.
 */
const reshapedStrides = (of: View, shape: readonly number[]): readonly number[] | undefined => {
  if (sizeOf(shape) === 0) return stridesOf(shape)
  const old = of.shape
    .map((size, d) => ({ size, stride: at(of.strides, d) }))
    .filter(({ size }) => size !== 1)
  const strides = shape.map(() => 1)
  let from = 0
  let to = 0
  while (from < old.length) {
    let [fromEnd, toEnd] = [from + 1, to + 1]
    let [fromSize, toSize] = [at(old, from).size, at(shape, to)]
    while (fromSize !== toSize) {
      if (fromSize < toSize) fromSize *= at(old, fromEnd++).size
      else toSize *= at(shape, toEnd++)
    }
    for (let d = from; d < fromEnd - 1; d++) {
      if (at(old, d).stride !== at(old, d + 1).size * at(old, d + 1).stride) return undefined
    }
    let stride = at(old, fromEnd - 1).stride
    for (let d = toEnd - 1; d >= to; d--) {
      strides[d] = stride
      stride *= at(shape, d)
    }
    ;[from, to] = [fromEnd, toEnd]
  }
  return strides
}

/** Elements of `slice` along each dimension. */
const sliceShape = ({ start, limit, strides }: PrimParams['slice']): number[] =>
  start.map((first, d) => Math.ceil((at(limit, d) - first) / at(strides, d)))

/** The permutation that undoes one. */
export const inverseOf = (permutation: readonly number[]): number[] =>
  permutation.map((_, d) => permutation.indexOf(d))

/** The rows of views. */
export const viewRows = {
  broadcast_in_dim: viewRow('broadcast_in_dim', {
    type: (x, { shape, dimensions }) => {
      const got = () => `got ${showType(x)} to [${shape}] by [${dimensions}]`
      demandShape('broadcast_in_dim', shape)
      demand(
        dimensions.length === x.shape.length,
        () => `broadcast_in_dim: each dimension of the operand has its place, ${got()}`,
      )
      demandDimensions('broadcast_in_dim', 'the places', dimensions, shape.length)
      demand(
        dimensions.every((d, i) => i === 0 || d > at(dimensions, i - 1)),
        () => `broadcast_in_dim: the places are in rising order, ${got()}`,
      )
      demand(
        dimensions.every((d, i) => x.shape[i] === 1 || x.shape[i] === shape[d]),
        () => `broadcast_in_dim: sizes are equal or 1, ${got()}`,
      )
      return { shape, dtype: x.dtype }
    },
    batched: ({ shape, dimensions }, size) => ({
      shape: [size, ...shape],
      dimensions: [0, ...shifted(dimensions)],
    }),
    view: (of, { shape, dimensions }) => ({
      shape,
      strides: shape.map((_, d) => {
        const from = dimensions.indexOf(d)
        return from < 0 || of.shape[from] === 1 ? 0 : at(of.strides, from)
      }),
      offset: of.offset,
    }),
    // x̄ sums ȳ over every dimension that was repeated
    transposed: ({ b, params: { shape, dimensions } }, yBar, xShape) => {
      const kept = dimensions.filter((d, i) => xShape[i] === at(shape, d))
      return b.reshape(b.reduce('add', yBar, otherDimensions(shape.length, kept)), xShape)
    },
  }),

  reshape: viewRow('reshape', {
    type: (x, { shape }) => {
      demandShape('reshape', shape)
      demand(
        sizeOf(shape) === sizeOf(x.shape),
        () => `reshape: both shapes have as many elements, got ${showType(x)} to [${shape}]`,
      )
      return { shape, dtype: x.dtype }
    },
    batched: ({ shape }, size) => ({ shape: [size, ...shape] }),
    view: (of, { shape }) => {
      const strides = reshapedStrides(of, shape)
      return strides && { shape, strides, offset: of.offset }
    },
    transposed: ({ b }, yBar, xShape) => b.reshape(yBar, xShape),
  }),

  reverse: viewRow('reverse', {
    type: (x, { dimensions }) => {
      demandDimensions('reverse', 'the dimensions', dimensions, x.shape.length)
      return x
    },
    batched: ({ dimensions }) => ({ dimensions: shifted(dimensions) }),
    view: ({ shape, strides, offset }, { dimensions }) => ({
      shape,
      strides: strides.map((stride, d) => (dimensions.includes(d) ? -stride : stride)),
      offset: dimensions.reduce((sum, d) => sum + Math.max(at(shape, d) - 1, 0) * at(strides, d), offset),
    }),
    transposed: ({ b, params }, yBar) => b.reverse(yBar, params.dimensions),
  }),

  slice: viewRow('slice', {
    type: (x, params) => {
      const { start, limit, strides } = params
      const rank = x.shape.length
      demandPerDimension('slice', 'start', start, rank)
      demandPerDimension('slice', 'limit', limit, rank)
      demandPerDimension('slice', 'strides', strides, rank)
      demand(
        x.shape.every((size, d) => 0 <= at(start, d) && at(start, d) <= at(limit, d) && at(limit, d) <= size),
        () => `slice: 0 ≤ start ≤ limit ≤ size, got [${start}] to [${limit}] of ${showType(x)}`,
      )
      demand(
        strides.every(s => s >= 1),
        () => `slice: strides are 1 or more, got [${strides}]`,
      )
      return { shape: sliceShape(params), dtype: x.dtype }
    },
    batched: ({ start, limit, strides }, size) => ({
      start: [0, ...start],
      limit: [size, ...limit],
      strides: [1, ...strides],
    }),
    view: (of, params) => ({
      shape: sliceShape(params),
      strides: of.strides.map((stride, d) => stride * at(params.strides, d)),
      offset: params.start.reduce((sum, first, d) => sum + first * at(of.strides, d), of.offset),
    }),
    // x̄ is ȳ where it was read, 0 elsewhere
    transposed: ({ b, params }, yBar, xShape) => {
      const { start, strides } = params
      const covered = sliceShape(params).map((n, d) => n + Math.max(n - 1, 0) * (at(strides, d) - 1))
      const high = xShape.map((size, d) => size - at(start, d) - at(covered, d))
      const zero = b.scalar(0, b.typeOf(yBar).dtype)
      return b.pad(
        yBar,
        zero,
        start,
        high,
        strides.map(s => s - 1),
      )
    },
  }),

  transpose: viewRow('transpose', {
    type: (x, { permutation }) => {
      demand(
        permutation.length === x.shape.length,
        () => `transpose: every dimension has its place, got ${showType(x)} by [${permutation}]`,
      )
      demandDimensions('transpose', 'the places', permutation, x.shape.length)
      return { shape: permutation.map(d => at(x.shape, d)), dtype: x.dtype }
    },
    batched: ({ permutation }) => ({ permutation: [0, ...shifted(permutation)] }),
    view: (of, { permutation }) => ({
      shape: permutation.map(d => at(of.shape, d)),
      strides: permutation.map(d => at(of.strides, d)),
      offset: of.offset,
    }),
    transposed: ({ b, params }, yBar) => b.transpose(yBar, inverseOf(params.permutation)),
  }),
} satisfies Partial<Table>
