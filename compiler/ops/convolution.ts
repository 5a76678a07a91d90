import { sizeOf } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import { type ConvolutionDims, showType, type TensorType, type Value } from '../ir/program.js'
import { allBatched, shifted } from './batching.js'
import type { Row, Site, Table, TensorValue } from './row.js'
import { demand, demandDTypes, demandPerDimension, isFloat, NUMBERS, showTypes, two } from './rules.js'
import { at, stridesOf, zeros } from './tensor.js'

/*
 * Convolution (cross-correlation, as everywhere in this field) over any number of spatial dimensions: channels last,
 * the kernel [...window, channels of a group, features]. Both derivatives are convolutions again.
 */

/** Elements from the first to the last of `size` elements `dilation` apart. */
export const dilated = (size: number, dilation: number): number => Math.max(0, (size - 1) * dilation + 1)

/** Places of a window of `extent` elements, `stride` apart, among `size` elements. */
export const placesOf = (size: number, extent: number, stride: number): number =>
  size < extent ? 0 : Math.floor((size - extent) / stride) + 1

interface Sizes {
  readonly batch: number
  readonly space: readonly number[]
  readonly channels: number
  readonly window: readonly number[]
  readonly features: number
  readonly places: readonly number[]
}

const sizesOf = (x: readonly number[], kernel: readonly number[], dims: ConvolutionDims): Sizes => {
  const space = x.slice(1, -1)
  const window = kernel.slice(0, -2)
  const places = space.map((size, d) => {
    const padded = at(dims.low, d) + dilated(size, at(dims.lhsDilation, d)) + at(dims.high, d)
    return placesOf(padded, dilated(at(window, d), at(dims.rhsDilation, d)), at(dims.strides, d))
  })
  return {
    batch: at(x, 0),
    space,
    channels: x.at(-1) ?? 0,
    window,
    features: kernel.at(-1) ?? 0,
    places,
  }
}

const convolutionType = (inputs: readonly TensorType[], dims: ConvolutionDims): TensorType => {
  const [x, kernel] = two('convolution', inputs)
  demandDTypes('convolution', inputs, NUMBERS)
  demand(x.dtype === kernel.dtype, () => `convolution: operands have one dtype, got ${showTypes(inputs)}`)
  const rank = x.shape.length
  demand(
    rank >= 2 && kernel.shape.length === rank,
    () => `convolution: input and kernel have one rank of 2 or more, got ${showTypes(inputs)}`,
  )
  for (const name of ['strides', 'low', 'high', 'lhsDilation', 'rhsDilation'] as const) {
    demandPerDimension('convolution', name, dims[name], rank - 2)
  }
  demand(
    [...dims.strides, ...dims.lhsDilation, ...dims.rhsDilation, dims.featureGroups].every(n => n >= 1),
    () => `convolution: strides, dilations and groups are 1 or more, got ${JSON.stringify(dims)}`,
  )
  const sizes = sizesOf(x.shape, kernel.shape, dims)
  demand(
    at(kernel.shape, rank - 2) * dims.featureGroups === sizes.channels &&
      sizes.features % dims.featureGroups === 0,
    () => `convolution: ${dims.featureGroups} groups of channels and of features, got ${showTypes(inputs)}`,
  )
  demand(
    sizes.places.every(n => n >= 1),
    () => `convolution: the kernel fits into the padded input, got ${showType(kernel)} on ${showType(x)}`,
  )
  return { shape: [sizes.batch, ...sizes.places, sizes.features], dtype: x.dtype }
}

/** What lies under the kernel at one place: offsets of pixels and of kernel elements; padding is left out. */
type Pairs = readonly (readonly [pixel: number, tap: number])[]

const pairsAt = (place: readonly number[], sizes: Sizes, dims: ConvolutionDims): Pairs => {
  const pixels = stridesOf(sizes.space)
  const taps = stridesOf(sizes.window)
  let pairs: Pairs = [[0, 0]]
  place.forEach((o, d) => {
    const spread = at(dims.lhsDilation, d)
    const along: (readonly [number, number])[] = []
    for (let k = 0; k < at(sizes.window, d); k++) {
      const position = o * at(dims.strides, d) + k * at(dims.rhsDilation, d) - at(dims.low, d)
      const pixel = position / spread
      if (Number.isInteger(pixel) && pixel >= 0 && pixel < at(sizes.space, d)) along.push([pixel, k])
    }
    pairs = pairs.flatMap(([pixel, tap]) =>
      along.map(([p, k]) => [pixel + p * at(pixels, d), tap + k * at(taps, d)] as const),
    )
  })
  return pairs
}

/** All indices of a shape, in row-major order. */
const indicesOf = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (indices, size) => indices.flatMap(index => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  )

/** Sums in f64 (integers wrap at each step), rounded once to the dtype. */
const evaluateConvolution = (
  [x, kernel]: readonly [TensorValue, TensorValue],
  dims: ConvolutionDims,
  type: TensorType,
): TensorValue => {
  const sizes = sizesOf(x.type.shape, kernel.type.shape, dims)
  const { batch, channels, features } = sizes
  const image = sizes.space.reduce((n, size) => n * size, channels)
  const [groupChannels, groupFeatures] = [channels / dims.featureGroups, features / dims.featureGroups]
  const step = isFloat(type.dtype)
    ? (sum: number, a: number, b: number) => sum + a * b
    : (sum: number, a: number, b: number) => (sum + Math.imul(a, b)) | 0
  const result = zeros(type)
  const pairs = indicesOf(sizes.places).map(place => pairsAt(place, sizes, dims))
  let to = 0
  for (let n = 0; n < batch; n++) {
    for (const under of pairs) {
      for (let f = 0; f < features; f++) {
        const first = n * image + Math.floor(f / groupFeatures) * groupChannels
        let sum = 0
        for (const [pixel, tap] of under) {
          for (let c = 0; c < groupChannels; c++) {
            const a = x.data[first + pixel * channels + c]!
            sum = step(sum, a, kernel.data[(tap * groupChannels + c) * features + f]!)
          }
        }
        result.data[to++] = sum
      }
    }
  }
  return result
}

/** `[...front, groups * size]` with the groups and the size in dimensions of their own. */
const splitLast = (b: Builder, x: Value, groups: number): Value => {
  const shape = b.shapeOf(x)
  return b.reshape(x, [...shape.slice(0, -1), groups, (shape.at(-1) ?? 0) / groups])
}

/** The last two dimensions as one. */
const joinLast = (b: Builder, x: Value): Value => {
  const shape = b.shapeOf(x)
  return b.reshape(x, [...shape.slice(0, -2), (shape.at(-2) ?? 1) * (shape.at(-1) ?? 1)])
}

/**
 * y[o] = Σₖ x[s·o + d·k − low] w[k], so x̄[i] = Σₖ ȳ[(i + low − d·k) / s] w[k]: a convolution of ȳ, spread by s, with
 * the kernel turned round, channels and features exchanged within each group.
 */
const inputBar = ({ b, inputs, params }: Site<'convolution'>, yBar: Value): Value => {
  const [x, kernel] = two('convolution', inputs)
  const { strides, low, lhsDilation, rhsDilation, featureGroups } = params
  const sizes = sizesOf(b.shapeOf(x), b.shapeOf(kernel), params)
  const spatial = sizes.space.map((_, d) => d)
  const rank = spatial.length
  const grouped = splitLast(b, b.reverse(kernel, spatial), featureGroups)
  const turned = joinLast(b, b.transpose(grouped, [...spatial, rank + 2, rank + 1, rank]))
  const reach = spatial.map(d => at(rhsDilation, d) * (at(sizes.window, d) - 1))
  const before = spatial.map(d => at(reach, d) - at(low, d))
  const after = spatial.map(d => {
    const wanted = dilated(at(sizes.space, d), at(lhsDilation, d)) + at(reach, d)
    return wanted - at(before, d) - dilated(at(sizes.places, d), at(strides, d))
  })
  return b.convolution(yBar, turned, {
    strides: lhsDilation,
    low: before,
    high: after,
    lhsDilation: strides,
    rhsDilation,
    featureGroups,
  })
}

/**
 * w̄[k] = Σₒ x[d·k + s·o − low] ȳ[o]: a convolution of the padded input with ȳ as the kernel, strides and dilations
 * exchanged; the batch is what is summed over, the channels are what stays.
 */
const kernelBar = ({ b, inputs, params }: Site<'convolution'>, yBar: Value): Value => {
  const [x, kernel] = two('convolution', inputs)
  const { strides, rhsDilation, featureGroups } = params
  const sizes = sizesOf(b.shapeOf(x), b.shapeOf(kernel), params)
  const spatial = sizes.space.map((_, d) => d + 1)
  const rank = spatial.length
  const ones = spatial.map(() => 1)
  // [batch, ...space, groups, channels] -> [channels, ...space, groups * batch]
  const image = usedPart(b, x, sizes, params)
  const images =
    featureGroups === 1
      ? b.transpose(image, [rank + 1, ...spatial, 0])
      : joinLast(b, b.transpose(splitLast(b, image, featureGroups), [rank + 2, ...spatial, rank + 1, 0]))
  const bar = b.convolution(images, b.transpose(yBar, [...spatial, 0, rank + 1]), {
    strides: rhsDilation,
    low: ones.map(() => 0),
    high: ones.map(() => 0),
    lhsDilation: ones,
    rhsDilation: strides,
    featureGroups,
  })
  return b.transpose(bar, [...spatial, 0, rank + 1])
}

/** The input with its padding, as the convolution pads it, without what no window reaches at the end. */
const usedPart = (b: Builder, x: Value, sizes: Sizes, params: ConvolutionDims): Value => {
  const { strides, rhsDilation } = params
  const image = paddedImage(b, x, params)
  const reached = sizes.places.map(
    (n, d) => dilated(n, at(strides, d)) + at(rhsDilation, d) * (at(sizes.window, d) - 1),
  )
  return b.slice(
    image,
    b.shapeOf(image).map(() => 0),
    [sizes.batch, ...reached, sizes.channels],
  )
}

/** The input of a convolution with its padding, its elements spread as far as the convolution spreads them. */
export const paddedImage = (b: Builder, x: Value, { low, high, lhsDilation }: ConvolutionDims): Value => {
  if ([...low, ...high].every(n => n === 0) && lhsDilation.every(n => n === 1)) return x
  const inner = (along: readonly number[]): number[] => [0, ...along, 0]
  const interior = inner(lhsDilation.map(n => n - 1))
  return b.pad(x, b.scalar(0, b.typeOf(x).dtype), inner(low), inner(high), interior)
}

/** `[size, ..., last]` as `[..., size * last]`: the batch goes into the channels, as groups of its own. */
const intoLast = (b: Builder, x: Value): Value => {
  const rank = b.shapeOf(x).length
  const order = [...shifted(Array.from({ length: rank - 2 }, (_, d) => d)), 0, rank - 1]
  return joinLast(b, b.transpose(x, order))
}

/** Images of many batches are one batch of images; many kernels are groups of their own. */
const batchConvolution: Row<'convolution'>['batch'] = site => {
  const { b, batched, size, params } = site
  if (!batched[1]) {
    const [x, kernel] = two('convolution', site.inputs)
    const [, images = 0, ...rest] = b.shapeOf(x)
    const y = b.convolution(b.reshape(x, [size * images, ...rest]), kernel, params)
    return b.reshape(y, [size, images, ...b.shapeOf(y).slice(1)])
  }
  const [x, kernel] = two('convolution', allBatched(site))
  const groups = { ...params, featureGroups: params.featureGroups * size }
  const y = splitLast(b, b.convolution(intoLast(b, x), intoLast(b, kernel), groups), size)
  const rank = b.shapeOf(y).length
  return b.transpose(y, [rank - 2, ...Array.from({ length: rank - 2 }, (_, d) => d), rank - 1])
}

/** The row of convolution. */
export const convolutionRows = {
  convolution: {
    arity: 2,
    type: convolutionType,
    evaluate: (inputs, dims, type) => evaluateConvolution(two('convolution', inputs), dims, type),
    vjp: (site, yBar) => {
      // padding alone can make room for a kernel: the gradient of no elements is no convolution
      const bars = [inputBar, kernelBar]
      return bars.map((bar, i) => {
        const isWanted = site.needs[i] && sizeOf(site.b.shapeOf(at(site.inputs, i))) > 0
        return isWanted ? bar(site, yBar) : undefined
      })
    },
    // d(x * w) = dx * w + x * dw
    jvp: ({ b, inputs, params }, [xDot, kernelDot]) => {
      const [x, kernel] = two('convolution', inputs)
      const terms = [
        ...(xDot === undefined ? [] : [b.convolution(xDot, kernel, params)]),
        ...(kernelDot === undefined ? [] : [b.convolution(x, kernelDot, params)]),
      ]
      return terms.reduce((sum, term) => b.add(sum, term))
    },
    batch: batchConvolution,
    lower: { kind: 'rewritten', by: 'lowerWindows' },
  },
} satisfies Partial<Table>
