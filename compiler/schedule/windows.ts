import type { Builder } from '../ir/build.js'
import {
  type ConvolutionDims,
  type Equation,
  type PrimParams,
  sameShape,
  type Value,
  type WindowDims,
} from '../ir/program.js'
import { dilated, paddedImage } from '../ops/convolution.js'
import { identityOf } from '../ops/reductions.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { areTiles, tileDims, tiled, tileShape } from '../ops/windows.js'
import { resolveAccess } from './views.js'

/*
 * What looks through windows becomes padding, a view that shows every window, and a product or a reduction over it.
 * The view only has strides of its own, so no image is ever laid out window by window.
 */

type Bare = PrimParams['windows']

/** The equation written in ordinary primitives; `undefined` for one that has nothing to do with windows. */
export const lowerWindows = (b: Builder, equation: Equation, inputs: readonly Value[]): Value | undefined => {
  const [x, y] = inputs
  if (x === undefined) return undefined
  switch (equation.prim) {
    case 'convolution':
      return lowerConvolution(b, x, y ?? x, equation.params)
    case 'reduce_window': {
      const { reducer, ...dims } = equation.params
      const shown = windowsOf(b, x, dims, identityOf(reducer, b.typeOf(x).dtype))
      return b.reduce(reducer, shown.value, shown.within)
    }
    case 'select_and_gather':
      return gatherLargest(b, x, y ?? x, equation.params)
    case 'select_and_scatter':
      return scatterToLargest(b, x, y ?? x, equation.params)
    default:
      return undefined
  }
}

// ---- windows as a view

interface Shown {
  /** The places, and between them, before the dimensions that have no window, the elements within one. */
  readonly value: Value
  /** The dimensions within a window. */
  readonly within: readonly number[]
}

const padded = (
  b: Builder,
  x: Value,
  value: number,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[] = low.map(() => 0),
): Value =>
  [...low, ...high, ...interior].every(n => n === 0)
    ? x
    : b.pad(x, b.scalar(value, b.typeOf(x).dtype), low, high, interior)

/** All windows on a padded tensor. What has no window, such as channels, stays innermost, for vectors to run along. */
const windowsOf = (b: Builder, x: Value, dims: WindowDims, padding: number): Shown =>
  showWindows(b, padded(b, x, padding, dims.low, dims.high), dims)

const showWindows = (b: Builder, x: Value, dims: Bare): Shown => {
  const rank = dims.sizes.length
  const all = b.windows(x, dims)
  const windowed = dims.sizes.flatMap((size, d) => (size > 1 ? [d] : []))
  const last = windowed.at(-1) ?? -1
  const places = dims.sizes.map((_, d) => d)
  const order = [...places.slice(0, last + 1), ...windowed.map(d => rank + d), ...places.slice(last + 1)]
  const alone = places.filter(d => !windowed.includes(d)).map(d => rank + d)
  const moved = b.transpose(all, [...order, ...alone])
  return {
    value: b.reshape(moved, b.shapeOf(moved).slice(0, order.length)),
    within: windowed.map((_, i) => last + 1 + i),
  }
}

/** A value for each window, over all elements of the windows. */
const overWindows = (b: Builder, y: Value, { value, within }: Shown): Value => {
  const shape = b.shapeOf(value)
  return b.broadcast_in_dim(
    y,
    shape,
    shape.map((_, d) => d).filter(d => !within.includes(d)),
  )
}

/** The number of each element within its window, row by row. */
const numbersWithin = (b: Builder, shape: readonly number[], within: readonly number[]): Value => {
  let weight = 1
  let sum: Value | undefined
  for (const d of [...within].reverse()) {
    const index = b.iota(shape, d)
    const term = weight === 1 ? index : b.multiply(index, b.fullLike(index, weight))
    sum = sum === undefined ? term : b.add(term, sum)
    weight *= at(shape, d)
  }
  return sum ?? b.full(shape, 0, 'i32')
}

// ---- the largest of each window

/** The number of the largest element in each window: the first of equals, or of NaNs. */
const largestIn = (b: Builder, x: Value, dims: WindowDims): Value => {
  const shown = windowsOf(b, x, dims, Number.NEGATIVE_INFINITY)
  const { value, within } = shown
  const largest = overWindows(b, b.reduce('maximum', value, within), shown)
  const isLargest = b.or(b.compare('EQ', value, largest), b.compare('NE', value, value))
  const numbers = numbersWithin(b, b.shapeOf(value), within)
  const beyond = dims.sizes.reduce((n, size) => n * size, 1)
  return b.reduce('minimum', b.select(isLargest, numbers, b.fullLike(numbers, beyond)), within)
}

const gatherLargest = (b: Builder, x: Value, y: Value, dims: WindowDims): Value => {
  const shown = windowsOf(b, y, dims, 0)
  const { value, within } = shown
  const numbers = numbersWithin(b, b.shapeOf(value), within)
  const isLargest = b.compare('EQ', numbers, overWindows(b, largestIn(b, x, dims), shown))
  return b.reduce('add', b.select(isLargest, value, b.fullLike(value, 0)), within)
}

const scatterToLargest = (b: Builder, x: Value, values: Value, dims: WindowDims): Value => {
  const numbers = largestIn(b, x, dims)
  return areTiles(dims)
    ? scatterInTiles(b, x, values, numbers, dims)
    : scatterInWindows(b, x, values, numbers, dims)
}

/** Each element is in one window at most: it gets that one's value, or zero. */
const scatterInTiles = (b: Builder, x: Value, values: Value, numbers: Value, dims: WindowDims): Value => {
  const places = b.shapeOf(values)
  const shape = tileShape(places, dims.sizes)
  const spread = (v: Value): Value => b.broadcast_in_dim(v, shape, tileDims(places))
  const own = numbersWithin(
    b,
    shape,
    places.flatMap((_, d) => (at(dims.sizes, d) > 1 ? [2 * d + 1] : [])),
  )
  const value = spread(values)
  const tiles = b.select(b.compare('EQ', own, spread(numbers)), value, b.fullLike(value, 0))
  return tiled(b, tiles, b.shapeOf(x), dims)
}

/** Each element sums over the windows that it is in, seen from it: those before it, the nearest last. */
const scatterInWindows = (b: Builder, x: Value, values: Value, numbers: Value, dims: WindowDims): Value => {
  const { sizes, strides, dilations, low } = dims
  const places = b.shapeOf(values)
  const reach = sizes.map((size, d) => at(dilations, d) * (size - 1))
  const before = reach.map((n, d) => n - at(low, d))
  const after = b
    .shapeOf(x)
    .map((size, d) => size + at(reach, d) - at(before, d) - dilated(at(places, d), at(strides, d)))
  const seen = (v: Value, nothing: number): Shown => {
    const spread = padded(
      b,
      v,
      nothing,
      before,
      after,
      strides.map(s => s - 1),
    )
    const shown = showWindows(b, spread, { sizes, strides: sizes.map(() => 1), dilations })
    return { value: b.reverse(shown.value, shown.within), within: shown.within }
  }
  const { value, within } = seen(values, 0)
  const own = numbersWithin(b, b.shapeOf(value), within)
  const isChosen = b.compare('EQ', own, seen(numbers, -1).value)
  return b.reduce('add', b.select(isChosen, value, b.fullLike(value, 0)), within)
}

// ---- convolution

const lowerConvolution = (b: Builder, x: Value, kernel: Value, dims: ConvolutionDims): Value => {
  const { strides, rhsDilation, featureGroups } = dims
  const spatial = strides.map((_, d) => d + 1)
  const image = paddedImage(b, x, dims)
  const split = featureGroups === 1 ? image : splitChannels(b, image, featureGroups)
  const rank = b.shapeOf(split).length
  const around = (inner: readonly number[]): number[] => [
    1,
    ...inner,
    ...Array.from({ length: rank - 1 - spatial.length }, () => 1),
  ]
  const sizes = around(b.shapeOf(kernel).slice(0, -2))
  const all = b.windows(split, { sizes, strides: around(strides), dilations: around(rhsDilation) })
  const places = sizes.map((_, d) => d)
  const channels = places.slice(1 + spatial.length)
  const order = [0, ...spatial, ...spatial.map(d => rank + d), ...channels]
  const moved = b.transpose(all, [...order, rank, ...channels.map(d => rank + d)])
  const shown = b.reshape(moved, b.shapeOf(moved).slice(0, order.length))
  if (featureGroups === 1) return denseProduct(b, shown, kernel, spatial.length)
  const [each = 0, features = 0] = b.shapeOf(kernel).slice(-2)
  return each === 1 || features === featureGroups
    ? depthwiseProduct(b, shown, kernel, spatial.length)
    : groupedProduct(b, shown, kernel, spatial.length)
}

/** `[..., groups, channels of a group]`; where the channels were joined from these before, as they were. */
const splitChannels = (b: Builder, x: Value, groups: number): Value => {
  const shape = b.shapeOf(x)
  const split = [...shape.slice(0, -1), groups, (shape.at(-1) ?? 0) / groups]
  const maker = b.producerOf(x)
  const source = maker?.prim === 'reshape' ? maker.inputs[0] : undefined
  return source !== undefined && sameShape(b.shapeOf(source), split) ? source : b.reshape(x, split)
}

/** Where the elements of a value lie in what it is a view of. */
const viewOf = (b: Builder, x: Value): View =>
  resolveAccess(
    x,
    b.shapeOf(x),
    v => b.producerOf(v),
    new Map(),
    v => b.shapeOf(v),
  ).view

/** Dimensions of a view from the widest stride to the narrowest. */
const byStride = ({ strides }: View, dims: readonly number[]): number[] =>
  [...dims].sort((d, e) => at(strides, e) - at(strides, d) || d - e)

/** True where the dimensions, in this order, are one with a positive stride. */
const areOne = ({ shape, strides }: View, dims: readonly number[]): boolean => {
  const wide = dims.filter(d => at(shape, d) !== 1)
  return wide.every((d, i) => {
    const next = wide[i + 1]
    return (
      at(strides, d) > 0 && (next === undefined || at(strides, d) === at(shape, next) * at(strides, next))
    )
  })
}

/**
 * One product. Its sum runs in the order in which the kernel lies, if it is a matrix in some order (else it is
 * copied into one); the rows run in the order in which the image lies.
 */
const denseProduct = (b: Builder, shown: Value, kernel: Value, spatial: number): Value => {
  const dims = Array.from({ length: spatial + 1 }, (_, d) => d)
  const view = viewOf(b, kernel)
  const sorted = byStride(view, dims)
  const [features = 1, stride = 1] = [view.shape.at(-1), view.strides.at(-1)]
  const isMatrix = areOne(view, sorted) && (features === 1 || stride === 1)
  const order = isMatrix ? sorted : dims
  const rows = byStride(viewOf(b, shown), dims)
  const product = b.dot_general(
    b.transpose(shown, [...rows, ...order.map(d => 1 + spatial + d)]),
    asMatrix(b, b.transpose(kernel, [...order, spatial + 1]), 0),
    {
      lhsBatch: [],
      rhsBatch: [],
      lhsContracting: dims.map(d => 1 + spatial + d),
      rhsContracting: dims,
    },
  )
  return b.transpose(product, [...dims.map(d => rows.indexOf(d)), spatial + 1])
}

/** All dimensions but the last, and the first `batch` ones, as one and back: a copy if strides cannot say it. */
const asMatrix = (b: Builder, x: Value, batch: number): Value => {
  const shape = b.shapeOf(x)
  const rows = shape.slice(batch, -1).reduce((n, size) => n * size, 1)
  return b.reshape(b.reshape(x, [...shape.slice(0, batch), rows, ...shape.slice(-1)]), shape)
}

/** A product for each group, then the groups' features side by side. */
const groupedProduct = (b: Builder, shown: Value, kernel: Value, spatial: number): Value => {
  const shape = b.shapeOf(shown)
  const places = shape.slice(0, spatial + 1)
  const groups = at(shape, 2 * spatial + 1)
  const window = places.slice(1).map((_, d) => d)
  const kernelShape = b.shapeOf(kernel)
  const features = kernelShape.at(-1) ?? 0
  const split = b.reshape(kernel, [...kernelShape.slice(0, -1), groups, features / groups])
  const front = b.transpose(split, [spatial + 1, ...window, spatial, spatial + 2])
  const product = b.dot_general(shown, asMatrix(b, front, 1), {
    lhsBatch: [2 * spatial + 1],
    rhsBatch: [0],
    lhsContracting: [...window.map(d => 1 + spatial + d), 2 * spatial + 2],
    rhsContracting: [...window.map(d => 1 + d), spatial + 1],
  })
  const back = b.transpose(product, [...places.map((_, d) => 1 + d), 0, spatial + 2])
  return b.reshape(back, [...places, features])
}

/** One channel, or one feature, a group: there is no matrix in it, so the groups are the columns of a sum. */
const depthwiseProduct = (b: Builder, shown: Value, kernel: Value, spatial: number): Value => {
  const shape = b.shapeOf(shown)
  const places = shape.slice(0, spatial + 1)
  const window = shape.slice(spatial + 1, 2 * spatial + 1)
  const [groups = 1, channels = 1] = shape.slice(-2)
  const features = b.shapeOf(kernel).at(-1) ?? 0
  // [...places, channels, ...window, groups, features of a group], summed over the channels and the window
  const space = [...places, channels, ...window, groups, features / groups]
  const placeDims = places.map((_, d) => d)
  const channel = 1 + spatial
  const windowDims = window.map((_, d) => 1 + channel + d)
  const group = 1 + channel + spatial
  const x = b.transpose(shown, [...placeDims, group, ...windowDims.map(d => d - 1), group - 1])
  const split = b.reshape(kernel, [...window, channels, groups, features / groups])
  const w = b.transpose(split, [spatial, ...window.map((_, d) => d), spatial + 1, spatial + 2])
  const product = b.multiply(
    b.broadcast_in_dim(x, space, [...placeDims, channel, ...windowDims, group]),
    b.broadcast_in_dim(w, space, [channel, ...windowDims, group, group + 1]),
  )
  return b.reshape(b.reduce('add', product, [channel, ...windowDims]), [...places, features])
}
