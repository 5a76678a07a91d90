/** The shape rules of windows.ts at run time, for convolution and pooling. */
import { type Fault, userFault } from '../../runtime/fault.js'
import { lastDim, multiplyDims } from './dim-values.js'
import type { Dim, Shape } from './dims.js'
import { checkCount, checkSize } from './rules.js'
import type { Padding, Pair } from './windows.js'
import * as say from './wording.js'

const mismatch = (sentence: string): Fault => userFault('shape-mismatch', sentence)

/** Height and width of what may be given as one number. */
export const pairOf = (pair: Pair): readonly [number, number] =>
  typeof pair === 'number' ? [pair, pair] : pair

/** The pair that a caller gave, or another where none was; the rules refuse what is no size. */
export const pairOr = (given: unknown, otherwise: Pair): Pair => {
  if (typeof given === 'number') return given
  if (!Array.isArray(given)) return otherwise
  const [height, width] = given.map(Number)
  return [height ?? 1, width ?? height ?? 1]
}

/** What a window is, along height and width. */
export interface Windowing {
  readonly size: Pair
  readonly strides: Pair
  readonly padding: Padding
  readonly dilation: Pair
}

/** Elements from the first to the last under a kernel. */
export const extentOf = (size: number, dilation: number): number => dilation * (size - 1) + 1

const validPlaces = (op: string, size: Dim, kernel: number, stride: number): Dim => {
  if (typeof size !== 'number')
    return kernel === 1 && stride === 1 ? size : `valid(${size},k${kernel},s${stride})`
  if (kernel > size) throw mismatch(say.kernelTooLarge(op, kernel, size))
  return Math.floor((size - kernel) / stride) + 1
}

const samePlaces = (size: Dim, stride: number): Dim => {
  if (stride === 1) return size
  return typeof size === 'number' ? Math.ceil(size / stride) : `same(${size},s${stride})`
}

/** Height, width and channels of a batch of images. A batch is no height: [N, 28, 28] lacks channels. */
const imageOf = (op: string, shape: Shape): readonly [Dim, Dim, Dim] => {
  const [batch, height, width] = shape
  if (shape.length === 3 && typeof batch === 'string' && height !== undefined && width !== undefined)
    throw mismatch(say.noChannels(op, shape, height, width))
  const [h, w, channels] = shape.slice(-3)
  if (shape.length < 4 || h === undefined || w === undefined || channels === undefined)
    throw mismatch(say.mustBeImages(op, shape))
  return [h, w, channels]
}

/** Images [batch, ..., height, width, channels] after windows, with these channels; their own unless told. */
export const windows = (op: string, shape: Shape, over: Windowing, channels?: Dim): Shape => {
  for (const pair of [over.size, over.strides, over.dilation]) {
    for (const size of pairOf(pair)) checkSize(op, size)
  }
  const [height, width, last] = imageOf(op, shape)
  const [strides, sizes, dilations] = [pairOf(over.strides), pairOf(over.size), pairOf(over.dilation)]
  const places = (size: Dim, d: 0 | 1): Dim =>
    over.padding === 'same'
      ? samePlaces(size, strides[d])
      : validPlaces(op, size, extentOf(sizes[d], dilations[d]), strides[d])
  return [...shape.slice(0, -3), places(height, 0), places(width, 1), channels ?? last]
}

const demandGroups = (op: string, count: Dim | undefined, what: string, groups: number): void => {
  if (typeof count === 'number' && count % groups !== 0) {
    throw mismatch(say.notIntoGroups(op, count, what, groups))
  }
}

/** [..., height, width, channels] -> [..., height', width', filters]. */
export const conv2d = (shape: Shape, filters: Dim, over: Windowing, groups: number): Shape => {
  checkCount('conv2d', filters)
  checkSize('conv2d', groups)
  const out = windows('conv2d', shape, over, filters)
  demandGroups('conv2d', lastDim(shape), 'channels', groups)
  demandGroups('conv2d', filters, 'filters', groups)
  return out
}

/** [..., height, width, channels] -> [..., height', width', channels * multiplier]. */
export const depthwiseConv2d = (shape: Shape, multiplier: number, over: Windowing): Shape => {
  checkSize('depthwiseConv2d', multiplier)
  return windows('depthwiseConv2d', shape, over, multiplyDims(multiplier, lastDim(shape) ?? 1))
}

/** [..., height, width, channels] -> [..., channels], or [..., 1, 1, channels]. */
export const globalPool = (op: string, shape: Shape, keepdims: boolean): Shape => {
  const [, , channels] = imageOf(op, shape)
  return [...shape.slice(0, -3), ...(keepdims ? [1, 1] : []), channels]
}

/** Zeros before and after a dimension, so that `same` has its places: more of them at the end. */
export const samePadding = (
  size: number,
  kernel: number,
  stride: number,
): readonly [low: number, high: number] => {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}
