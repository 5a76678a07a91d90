/** Convolution and pooling over images [..., height, width, channels]. */
import { convolution, reduceWindow } from '../../compiler/families/windows.js'
import type { Builder } from '../../compiler/ir/build.js'
import type { Value, WindowDims } from '../../compiler/ir/program.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import type { Shape } from '../types/dims.js'
import { extentOf, pairOf, samePadding, type Windowing } from '../types/window-rules.js'
import { operandAt } from './elementwise.js'
import { type Node, operation } from './node.js'

/** Images in one batch: [batch, height, width, channels], and the way back. */
const asBatch = (b: Builder, x: Value, write: (images: Value) => Value): Value => {
  const shape = b.shapeOf(x)
  const front = shape.slice(0, -3)
  const y = write(b.reshape(x, [sizeOf(front), ...shape.slice(-3)]))
  return b.reshape(y, [...front, ...b.shapeOf(y).slice(1)])
}

/** A window along height and width, with its padding on images of this size. */
const alongImage = (over: Windowing, image: readonly number[]) => {
  const [sizes, strides, dilations] = [pairOf(over.size), pairOf(over.strides), pairOf(over.dilation)]
  const along = ([0, 1] as const).map(d =>
    over.padding === 'same'
      ? samePadding(image[d] ?? 1, extentOf(sizes[d], dilations[d]), strides[d])
      : ([0, 0] as const),
  )
  return { sizes, strides, dilations, low: along.map(([low]) => low), high: along.map(([, high]) => high) }
}

/** A kernel [height, width, channels of a group, filters] moved over images; `shape` is the result's. */
export const convolve = (x: Node, kernel: Node, over: Windowing, groups: number, shape: Shape): Node =>
  operation('convolution', [x, kernel], shape, x.dtype, (b, values) =>
    asBatch(b, operandAt(values, 0), images => {
      const { strides, dilations, low, high } = alongImage(over, b.shapeOf(images).slice(1, 3))
      return convolution(b, images, operandAt(values, 1), {
        strides,
        low,
        high,
        lhsDilation: [1, 1],
        rhsDilation: dilations,
        featureGroups: groups,
      })
    }),
  )

const windowDims = (over: Windowing, image: readonly number[]): WindowDims => {
  const { sizes, strides, dilations, low, high } = alongImage(over, image)
  return {
    sizes: [1, ...sizes, 1],
    strides: [1, ...strides, 1],
    dilations: [1, ...dilations, 1],
    low: [0, ...low, 0],
    high: [0, ...high, 0],
  }
}

/** The largest element in each window. */
export const maxPool = (x: Node, over: Windowing, shape: Shape): Node =>
  operation('maxPool', [x], shape, x.dtype, (b, values) =>
    asBatch(b, operandAt(values, 0), images =>
      reduceWindow(b, 'maximum', images, windowDims(over, b.shapeOf(images).slice(1, 3))),
    ),
  )

/** The mean of the elements in each window; padding is not counted. */
export const averagePool = (x: Node, over: Windowing, shape: Shape): Node =>
  operation('averagePool', [x], shape, x.dtype, (b, values) =>
    asBatch(b, operandAt(values, 0), images => {
      const dims = windowDims(over, b.shapeOf(images).slice(1, 3))
      const sums = reduceWindow(b, 'add', images, dims)
      return b.divide(sums, countsOf(b, sums, dims, b.shapeOf(images)))
    }),
  )

/** How many real elements each window has: a number for all, or one for each place. */
const countsOf = (
  b: Builder,
  sums: Value,
  { sizes, strides, low, high }: WindowDims,
  image: readonly number[],
): Value => {
  if ([...low, ...high].every(n => n === 0)) return b.fullLike(sums, sizeOf(sizes))
  const { shape, dtype } = b.typeOf(sums)
  const [rows = [], columns = []] = [1, 2].map(d =>
    Array.from({ length: shape[d] ?? 0 }, (_, place) => {
      const first = place * (strides[d] ?? 1) - (low[d] ?? 0)
      return Math.min(first + (sizes[d] ?? 1), image[d] ?? 0) - Math.max(first, 0)
    }),
  )
  const data = allocate(dtype, rows.length * columns.length)
  data.set(rows.flatMap(row => columns.map(column => row * column)))
  const counts = b.constant({ shape: [rows.length, columns.length], dtype }, data)
  return b.broadcast_in_dim(counts, shape, [1, 2])
}
