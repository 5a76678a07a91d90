import type { Builder } from '../ir/build.js'
import type { Equation, EquationOf, PrimParams, Value, WindowDims } from '../ir/program.js'
import { dilated } from '../ops/convolution.js'
import { identityOf } from '../ops/reductions.js'
import { rowOf } from '../ops/rows.js'
import { at } from '../ops/tensor.js'
import { areTiles, tileDims, tiled, tileShape } from '../ops/windows.js'
import { lowerConvolution } from './convolution.js'

/*
 * What looks through windows becomes padding, a view that shows every window, and a product or a reduction over it.
 * The view only has strides of its own, so no image is ever laid out window by window.
 */

type Bare = PrimParams['windows']

/** The equation written in ordinary primitives; `undefined` for one that has nothing to do with windows. */
export const lowerWindows = (b: Builder, equation: Equation, inputs: readonly Value[]): Value | undefined => {
  const [x, y] = inputs
  if (x === undefined) return undefined
  if (isOverWindows(equation) && inputs.some(v => b.shapeOf(v).includes(0)))
    return ofNothing(b, equation, inputs)
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

type OverWindows = EquationOf<'convolution' | 'reduce_window' | 'select_and_gather' | 'select_and_scatter'>

const isOverWindows = (equation: Equation): equation is Equation & OverWindows =>
  ['convolution', 'reduce_window', 'select_and_gather', 'select_and_scatter'].includes(equation.prim)

/** Windows on operands without elements: what folding nothing gives. */
const ofNothing = (b: Builder, equation: Equation, inputs: readonly Value[]): Value => {
  const { shape, dtype } = rowOf(equation.prim).type(
    inputs.map(v => b.typeOf(v)),
    equation.params,
  )
  const identity = equation.prim === 'reduce_window' ? identityOf(equation.params.reducer, dtype) : 0
  return b.full(shape, identity, dtype)
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
