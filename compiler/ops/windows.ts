import type { Builder } from '../ir/build.js'
import { type PrimParams, showType, type TensorType, type Value, type WindowDims } from '../ir/program.js'
import { allBatched } from './batching.js'
import { dilated, placesOf } from './convolution.js'
import { identityOf } from './reductions.js'
import type { Row, Table, TensorValue } from './row.js'
import {
  demand,
  demandDTypes,
  demandPerDimension,
  FLOATS,
  isFloat,
  NUMBERS,
  one,
  showTypes,
  two,
} from './rules.js'
import { at, stridesOf, zeros } from './tensor.js'
import { viewRow } from './views.js'

/*
 * Windows on a tensor: shown as they are, folded, or searched for their largest element.
 */

type Bare = PrimParams['windows']

const demandWindows = (prim: string, x: TensorType, dims: Bare): void => {
  for (const name of ['sizes', 'strides', 'dilations'] as const) {
    demandPerDimension(prim, name, dims[name], x.shape.length)
    demand(
      dims[name].every(n => n >= 1),
      () => `${prim}: ${name} are 1 or more, got [${dims[name]}]`,
    )
  }
}

/** Windows along each dimension of a shape that is padded already. */
const placesIn = (shape: readonly number[], { sizes, strides, dilations }: Bare): number[] =>
  shape.map((size, d) => placesOf(size, dilated(at(sizes, d), at(dilations, d)), at(strides, d)))

const demandFit = (prim: string, x: TensorType, { sizes }: Bare, places: readonly number[]): void =>
  demand(
    places.every(n => n >= 1),
    () => `${prim}: the window fits into the padded operand, got [${sizes}] on ${showType(x)}`,
  )

const indicesOf = (sizes: readonly number[]): readonly (readonly number[])[] =>
  sizes.reduce<readonly (readonly number[])[]>(
    (indices, size) => indices.flatMap(index => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  )

// ---- folded windows

const foldedType = (prim: string, x: TensorType, dims: WindowDims): TensorType => {
  demandWindows(prim, x, dims)
  demandPerDimension(prim, 'low', dims.low, x.shape.length)
  demandPerDimension(prim, 'high', dims.high, x.shape.length)
  const places = foldedShape(x.shape, dims)
  demandFit(prim, x, dims, places)
  return { shape: places, dtype: x.dtype }
}

/** Windows along each dimension: the shape that folding them gives. */
export const foldedShape = (shape: readonly number[], dims: WindowDims): number[] =>
  placesIn(
    shape.map((size, d) => at(dims.low, d) + size + at(dims.high, d)),
    dims,
  )

/** The elements under each window, as offsets in the operand; -1 on padding. */
const offsetsUnder = (shape: readonly number[], dims: WindowDims): readonly (readonly number[])[] => {
  const strides = stridesOf(shape)
  const taps = indicesOf(dims.sizes)
  return indicesOf(foldedShape(shape, dims)).map(place =>
    taps.map(tap =>
      tap.reduce((offset, k, d) => {
        const i = at(place, d) * at(dims.strides, d) + k * at(dims.dilations, d) - at(dims.low, d)
        return offset < 0 || i < 0 || i >= at(shape, d) ? -1 : offset + i * at(strides, d)
      }, 0),
    ),
  )
}

/** The operand's cotangent under windows that add: ȳ spread by the strides, and the same windows over that. */
const spreadBar = (b: Builder, yBar: Value, shape: readonly number[], dims: WindowDims): Value => {
  const { sizes, strides, dilations, low } = dims
  const places = b.shapeOf(yBar)
  if (areTiles(dims))
    return tiled(b, b.broadcast_in_dim(yBar, tileShape(places, sizes), tileDims(places)), shape, dims)
  const reach = sizes.map((size, d) => at(dilations, d) * (size - 1))
  const before = reach.map((n, d) => n - at(low, d))
  const after = shape.map(
    (size, d) => size + at(reach, d) - at(before, d) - dilated(at(places, d), at(strides, d)),
  )
  const spread = b.pad(
    yBar,
    b.scalar(0, b.typeOf(yBar).dtype),
    before,
    after,
    strides.map(s => s - 1),
  )
  const none = sizes.map(() => 0)
  return b.reduce_window('add', spread, {
    sizes,
    strides: sizes.map(() => 1),
    dilations,
    low: none,
    high: none,
  })
}

// ---- tiles: windows that neither overlap nor leave gaps

/** True where each element is in one window, apart from those at the end that are in none. */
export const areTiles = ({ sizes, strides, dilations }: WindowDims): boolean =>
  sizes.every((size, d) => size === at(strides, d) && (size === 1 || at(dilations, d) === 1))

/** `[places, size]` for each dimension, one after the other. */
export const tileShape = (places: readonly number[], sizes: readonly number[]): number[] =>
  places.flatMap((n, d) => [n, at(sizes, d)])

/** The dimensions of the places in a `tileShape`. */
export const tileDims = (places: readonly number[]): number[] => places.map((_, d) => 2 * d)

/** Tiles side by side in the shape that they were cut from: padding goes, what was in no tile is zero. */
export const tiled = (b: Builder, tiles: Value, shape: readonly number[], { low }: WindowDims): Value => {
  const covered = shape.map((_, d) => at(b.shapeOf(tiles), 2 * d) * at(b.shapeOf(tiles), 2 * d + 1))
  const whole = b.reshape(tiles, covered)
  const high = shape.map((size, d) => size + at(low, d) - at(covered, d))
  if (low.every(n => n === 0) && high.every(n => n === 0)) return whole
  const zero = b.scalar(0, b.typeOf(tiles).dtype)
  return b.pad(
    whole,
    zero,
    low.map(n => 0 - n),
    high,
  )
}

const bareDims = ({ sizes, strides, dilations, low, high }: WindowDims): WindowDims => ({
  sizes,
  strides,
  dilations,
  low,
  high,
})

// ---- the largest element of each window

/** For each window the offset of its largest element, the first of equals or of NaNs; -1 on padding, which is -∞. */
const largestUnder = (x: TensorValue, dims: WindowDims): readonly number[] =>
  offsetsUnder(x.type.shape, dims).map(offsets => {
    const elements = offsets.map(offset => (offset < 0 ? -Infinity : x.data[offset]!))
    const firstNaN = elements.findIndex(Number.isNaN)
    return at(offsets, firstNaN >= 0 ? firstNaN : elements.indexOf(Math.max(...elements)))
  })

// ---- rows

/** Windows of one element along a new leading dimension. */
const behindBatch = ({ sizes, strides, dilations }: Bare): Bare => ({
  sizes: [1, ...sizes],
  strides: [1, ...strides],
  dilations: [1, ...dilations],
})

const paddedBehindBatch = (dims: WindowDims): WindowDims => ({
  ...behindBatch(dims),
  low: [0, ...dims.low],
  high: [0, ...dims.high],
})

const windowsRow: Row<'windows'> = viewRow('windows', {
  type: (x, dims) => {
    demandWindows('windows', x, dims)
    const places = placesIn(x.shape, dims)
    demandFit('windows', x, dims, places)
    return { shape: [...places, ...dims.sizes], dtype: x.dtype }
  },
  batched: dims => behindBatch(dims),
  view: (of, dims) => ({
    shape: [...placesIn(of.shape, dims), ...dims.sizes],
    strides: [
      ...of.strides.map((stride, d) => stride * at(dims.strides, d)),
      ...of.strides.map((stride, d) => stride * at(dims.dilations, d)),
    ],
    offset: of.offset,
  }),
  // x̄ = Σₖ of the k-th elements of all windows, put where they were read
  transposed: ({ b, params: { sizes, strides, dilations } }, yBar, shape) => {
    const rank = shape.length
    const places = b.shapeOf(yBar).slice(0, rank)
    const zero = b.scalar(0, b.typeOf(yBar).dtype)
    const terms = indicesOf(sizes).map(k => {
      const limit = [...places, ...k.map(i => i + 1)]
      const kth = b.reshape(b.slice(yBar, [...places.map(() => 0), ...k], limit), places)
      const low = k.map((i, d) => i * at(dilations, d))
      const high = shape.map((size, d) => size - at(low, d) - dilated(at(places, d), at(strides, d)))
      return b.pad(
        kth,
        zero,
        low,
        high,
        strides.map(s => s - 1),
      )
    })
    return terms.reduce((sum, term) => b.add(sum, term))
  },
})

/** The rows of windows. */
export const windowRows = {
  windows: {
    ...windowsRow,
    // the window's own dimension along the batch has one element, and goes
    batch: ({ b, inputs, params }) => {
      const y = b.windows(one('windows', inputs), behindBatch(params))
      const rank = params.sizes.length
      return b.reshape(y, [...b.shapeOf(y).slice(0, rank + 1), ...params.sizes])
    },
  },
  reduce_window: {
    arity: 1,
    type: (inputs, params) => {
      demandDTypes('reduce_window', inputs, NUMBERS)
      return foldedType('reduce_window', one('reduce_window', inputs), params)
    },
    evaluate: (inputs, params, type) => {
      const x = one('reduce_window', inputs)
      const { reducer } = params
      const wraps = !isFloat(type.dtype)
      const identity = identityOf(reducer, type.dtype)
      const result = zeros(type)
      offsetsUnder(x.type.shape, params).forEach((offsets, to) => {
        const elements = offsets.filter(offset => offset >= 0).map(offset => x.data[offset]!)
        result.data[to] =
          reducer === 'maximum'
            ? elements.reduce((a, e) => Math.max(a, e), identity)
            : elements.reduce((sum, e) => (wraps ? (sum + e) | 0 : sum + e), 0)
      })
      return result
    },
    // d Σ x = Σ dx; d max x = dx of the first of the largest (as JAX)
    vjp: ({ b, inputs, params }, yBar) => {
      const x = one('reduce_window', inputs)
      return [
        params.reducer === 'add'
          ? spreadBar(b, yBar, b.shapeOf(x), params)
          : b.select_and_scatter(x, yBar, bareDims(params)),
      ]
    },
    jvp: ({ b, inputs, params }, tangents) => {
      const xDot = one(
        'reduce_window',
        tangents.filter(t => t !== undefined),
      )
      return params.reducer === 'add'
        ? b.reduce_window('add', xDot, params)
        : b.select_and_gather(one('reduce_window', inputs), xDot, bareDims(params))
    },
    batch: ({ b, inputs, params }) =>
      b.reduce_window(params.reducer, one('reduce_window', inputs), paddedBehindBatch(params)),
    lower: { kind: 'rewritten', by: 'lowerWindows' },
  },
  // its place in each window does not move with x: x has no derivative here, and the rest is linear
  select_and_gather: {
    arity: 2,
    facts: { linearIn: [1] },
    type: (inputs, dims) => {
      const [x, y] = two('select_and_gather', inputs)
      demandDTypes('select_and_gather', inputs, FLOATS)
      demand(
        showType(x) === showType(y),
        () => `select_and_gather: operands have one type, got ${showTypes(inputs)}`,
      )
      return foldedType('select_and_gather', x, dims)
    },
    evaluate: (inputs, dims, type) => {
      const [x, y] = two('select_and_gather', inputs)
      const result = zeros(type)
      largestUnder(x, dims).forEach((offset, to) => {
        // a sum of zeros and this one: -0 is 0
        result.data[to] = offset < 0 ? 0 : y.data[offset]! + 0
      })
      return result
    },
    vjp: ({ b, inputs, params, needs }, zBar) => [
      undefined,
      needs[1] ? b.select_and_scatter(two('select_and_gather', inputs)[0], zBar, params) : undefined,
    ],
    jvp: ({ b, inputs, params }, [, yDot]) => {
      const [x, y] = two('select_and_gather', inputs)
      return b.select_and_gather(x, yDot ?? b.fullLike(y, 0), params)
    },
    batch: site =>
      site.b.select_and_gather(...two('select_and_gather', allBatched(site)), paddedBehindBatch(site.params)),
    lower: { kind: 'rewritten', by: 'lowerWindows' },
  },
  select_and_scatter: {
    arity: 2,
    facts: { linearIn: [1] },
    type: (inputs, dims) => {
      const [x, values] = two('select_and_scatter', inputs)
      demandDTypes('select_and_scatter', inputs, FLOATS)
      const type = foldedType('select_and_scatter', x, dims)
      demand(
        showType(type) === showType(values),
        () => `select_and_scatter: a value for each window, ${showType(type)}, got ${showType(values)}`,
      )
      return x
    },
    evaluate: (inputs, dims, type) => {
      const [x, values] = two('select_and_scatter', inputs)
      const sums = new Float64Array(x.data.length)
      largestUnder(x, dims).forEach((offset, from) => {
        if (offset >= 0) sums[offset] = sums[offset]! + values.data[from]!
      })
      const result = zeros(type)
      result.data.set(sums)
      return result
    },
    vjp: ({ b, inputs, params, needs }, zBar) => [
      undefined,
      needs[1] ? b.select_and_gather(two('select_and_scatter', inputs)[0], zBar, params) : undefined,
    ],
    jvp: ({ b, inputs, params }, [, valuesDot]) => {
      const [x, values] = two('select_and_scatter', inputs)
      return b.select_and_scatter(x, valuesDot ?? b.fullLike(values, 0), params)
    },
    batch: site =>
      site.b.select_and_scatter(
        ...two('select_and_scatter', allBatched(site)),
        paddedBehindBatch(site.params),
      ),
    lower: { kind: 'rewritten', by: 'lowerWindows' },
  },
} satisfies Partial<Table>
