import { sizeOf } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import { type ConvolutionDims, sameShape, type Value } from '../ir/program.js'
import { paddedImage } from '../ops/convolution.js'
import type { View } from '../ops/row.js'
import { rowOf } from '../ops/rows.js'
import { at } from '../ops/tensor.js'
import { partsOfProduct, productInParts } from './long-sums.js'
import { resolveAccess } from './views.js'

/*
 * Convolution as a product over a view of all windows. Where the input is spread by zeros (as in the gradient of a
 * strided convolution), each phase of the output meets its own share of the kernel's elements, and never a zero.
 */

/** The convolution in padding, views and products. */
export const lowerConvolution = (b: Builder, x: Value, kernel: Value, dims: ConvolutionDims): Value => {
  const spread = dims.strides.flatMap((stride, d) =>
    at(dims.lhsDilation, d) > 1 && stride === 1 && dims.rhsDilation[d] === 1 ? [d] : [],
  )
  return spread.length === 0
    ? productOver(b, paddedImage(b, x, dims), kernel, dims)
    : byPhases(b, x, kernel, dims, spread)
}

// ---- phases

/** Every s-th place of the output, and the elements of the kernel that meet elements of the input there. */
interface Phase {
  /** the first such element of the kernel, and how many there are, s apart */
  readonly from: number
  readonly count: number
  /** where in the input that element lies for the first place */
  readonly start: number
}

/** The phases along one spatial dimension. */
interface Phased {
  readonly d: number
  readonly phases: readonly Phase[]
  /** places of each phase, the last of which the output may not have */
  readonly places: number
  /** padding that is enough for all phases */
  readonly low: number
  readonly high: number
}

/** Place p sees input element (p + k − low) / s under the kernel's element k, where that is whole. */
const phasedAlong = (
  d: number,
  s: number,
  size: number,
  window: number,
  low: number,
  out: number,
): Phased => {
  const places = Math.ceil(out / s)
  const phases = Array.from({ length: s }, (_, phase): Phase => {
    const from = (((low - phase) % s) + s) % s
    const count = Math.max(0, Math.ceil((window - from) / s))
    return { from, count, start: (phase + from - low) / s }
  })
  return {
    d,
    phases,
    places,
    low: Math.max(...phases.map(({ start }) => -start)),
    high: Math.max(...phases.map(({ start, count }) => start + places + count - 1 - size)),
  }
}

const byPhases = (
  b: Builder,
  x: Value,
  kernel: Value,
  dims: ConvolutionDims,
  spread: readonly number[],
): Value => {
  const { shape: out, dtype } = rowOf('convolution').type([b.typeOf(x), b.typeOf(kernel)], dims)
  const [space, window] = [b.shapeOf(x).slice(1), b.shapeOf(kernel)]
  const along = spread.map(d =>
    phasedAlong(d, at(dims.lhsDilation, d), at(space, d), at(window, d), at(dims.low, d), at(out, d + 1)),
  )
  const image = paddedImage(b, x, {
    ...dims,
    low: replaced(dims.low, along, ({ low }) => low),
    high: replaced(dims.high, along, ({ high }) => high),
    lhsDilation: replaced(dims.lhsDilation, along, () => 1),
  })
  const shape = [at(out, 0), ...replaced(out.slice(1), along, ({ places }) => places)]
  const product = (chosen: readonly Phase[]): Value =>
    chosen.every(({ count }) => count > 0)
      ? productOver(b, ...partsOf(b, image, kernel, dims, along, chosen), dims)
      : b.full(shape, 0, dtype)
  const all = interleaved(b, along, product)
  return b.slice(
    all,
    out.map(() => 0),
    out,
  )
}

/** The numbers along spatial dimensions, others in the phased ones. */
const replaced = (
  numbers: readonly number[],
  along: readonly Phased[],
  to: (side: Phased) => number,
): number[] =>
  numbers.map((number, d) => {
    const side = along.find(a => a.d === d)
    return side === undefined ? number : to(side)
  })

/** What one phase sees of the padded image, and its elements of the kernel. */
const partsOf = (
  b: Builder,
  image: Value,
  kernel: Value,
  { lhsDilation }: ConvolutionDims,
  along: readonly Phased[],
  chosen: readonly Phase[],
): [Value, Value] => {
  const [limits, steps] = [[...b.shapeOf(image)], b.shapeOf(kernel).map(() => 1)]
  const [starts, from] = [limits.map(() => 0), steps.map(() => 0)]
  along.forEach(({ d, places, low }, i) => {
    const phase = at(chosen, i)
    starts[d + 1] = low + phase.start
    limits[d + 1] = low + phase.start + places + phase.count - 1
    from[d] = phase.from
    steps[d] = at(lhsDilation, d)
  })
  return [b.slice(image, starts, limits), b.slice(kernel, from, b.shapeOf(kernel), steps)]
}

/** The products of all phases, taking turns along each phased dimension. */
const interleaved = (
  b: Builder,
  [side, ...rest]: readonly Phased[],
  product: (chosen: readonly Phase[]) => Value,
): Value => {
  if (side === undefined) return product([])
  const parts = side.phases.map(phase => interleaved(b, rest, chosen => product([phase, ...chosen])))
  const axis = side.d + 2
  const shape = b.shapeOf(at(parts, 0))
  const apart = parts.map(part => b.reshape(part, [...shape.slice(0, axis), 1, ...shape.slice(axis)]))
  const turns = shape.map((size, d) => (d === axis - 1 ? size * parts.length : size))
  return b.reshape(b.concatenate(apart, axis), turns)
}

// ---- one product

/** The kernel at every place of a padded image. */
const productOver = (
  b: Builder,
  image: Value,
  kernel: Value,
  { strides, rhsDilation, featureGroups }: ConvolutionDims,
): Value => {
  const spatial = strides.map((_, d) => d + 1)
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
  const contracting = dims.map(d => 1 + spatial + d)
  const lhs = b.transpose(shown, [...rows, ...order.map(d => 1 + spatial + d)])
  const rhs = asMatrix(b, b.transpose(kernel, [...order, spatial + 1]), 0)
  // of the images' dimensions the first may be any number of them, the others are as the layer has them
  const columns = b
    .shapeOf(shown)
    .slice(1, spatial + 1)
    .reduce((n, size) => n * size, features)
  const parts = partsOfProduct(b.shapeOf(lhs), contracting, columns)
  const product = productInParts(
    b,
    lhs,
    rhs,
    { lhsBatch: [], rhsBatch: [], lhsContracting: contracting, rhsContracting: dims },
    parts,
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
  const images = imageByImage(places, window) ? at(windowDims, 0) : undefined
  const order = images === undefined ? space.map((_, d) => d) : [images, ...others(space, [images])]
  /** A value with some dimensions of the space, over all of it. */
  const over = (v: Value, dims: readonly number[]): Value => {
    const sorted = dims.toSorted((d, e) => order.indexOf(d) - order.indexOf(e))
    const moved = b.transpose(
      v,
      sorted.map(d => dims.indexOf(d)),
    )
    return b.broadcast_in_dim(
      moved,
      order.map(d => at(space, d)),
      sorted.map(d => order.indexOf(d)),
    )
  }
  const split = b.reshape(kernel, [...window, channels, groups, features / groups])
  const product = b.multiply(
    over(shown, [...placeDims, ...windowDims, group, channel]),
    over(split, [...windowDims, channel, group, group + 1]),
  )
  const summed = [channel, ...windowDims].filter(d => d !== images).map(d => order.indexOf(d))
  const sums = b.reduce('add', product, summed)
  return b.reshape(images === undefined ? sums : b.reduce('add', sums, [0]), [...places, features])
}

const others = (shape: readonly number[], dims: readonly number[]): number[] =>
  shape.map((_, d) => d).filter(d => !dims.includes(d))

/** Elements of a window for each place of it, from which on a sum over one slice of it is worth a place of its own. */
const LARGE_SLICE = 64

/**
 * Whether to sum over the outermost dimension of the windows last. In the gradient of a kernel that are the images, of
 * which the cache holds one at a time while all places see it.
 */
const imageByImage = (places: readonly number[], [images = 1, ...pixels]: readonly number[]): boolean =>
  images > 1 && sizeOf(pixels) >= LARGE_SLICE * sizeOf(places.slice(1))
