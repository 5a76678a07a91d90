/** The same elements, arranged otherwise: reshape, permute, concat, slice, broadcast. */
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import type { Dim, Shape } from '../types/dims.js'
import * as rules from '../types/rules.js'
import { show } from '../types/wording.js'
import { broadcastValue, operandAt } from './elementwise.js'
import { type Node, nodeOf, type Operand, operation } from './node.js'
import { sizesOf } from './shapes.js'

/** The same elements under another shape; one -1 is filled in. */
export const reshape = (x: Operand, to: Shape): Node => {
  const node = nodeOf(x, 'reshape')
  const shape = rules.reshape(node.shape, to)
  return operation('reshape', [node], shape, node.dtype, (b, values, sizes) => {
    const operand = operandAt(values, 0)
    return b.reshape(operand, filled(to, sizeOf(b.shapeOf(operand)), sizes))
  })
}

/** `to` as numbers, its -1 replaced by what is left of `total`. */
const filled = (to: Shape, total: number, sizes: ReadonlyMap<string, number>): number[] => {
  const known = sizesOf(
    to.map(d => (d === -1 ? 1 : d)),
    sizes,
  )
  const rest = total / sizeOf(known)
  return known.map((size, i) => (to[i] === -1 ? rest : size))
}

/** The axes in another order: axis i of the result is axis `axes[i]` of x. */
export const permute = (x: Operand, axes: readonly number[]): Node => {
  const node = nodeOf(x, 'permute')
  const shape = rules.permute(node.shape, axes)
  return operation('permute', [node], shape, node.dtype, (b, values) =>
    b.transpose(operandAt(values, 0), axes),
  )
}

/** The last two axes exchanged. */
export const transpose = (x: Operand): Node => {
  const { length } = nodeOf(x, 'transpose').shape
  const axes = Array.from({ length }, (_, i) => i)
  return permute(x, [...axes.slice(0, -2), length - 1, length - 2])
}

/** Nodes joined along an axis. */
export const concat = (axis: number, first: Operand, ...rest: readonly Operand[]): Node => {
  const nodes = [first, ...rest].map(x => nodeOf(x, 'concat'))
  const head = nodeOf(first, 'concat')
  const shape = nodes.map(x => x.shape).reduce((a, b) => rules.concat(a, b, axis))
  const dimension = rules.axisOf('concat', head.shape, axis)
  const stranger = nodes.find(x => x.dtype !== head.dtype)
  if (stranger !== undefined) {
    throw userFault('wrong-dtype', `concat: ${head.dtype} and ${stranger.dtype} cannot be joined`, {
      suggestion: 'Convert one of them with cast.',
    })
  }
  return operation('concat', nodes, shape, head.dtype, (b, values) => b.concatenate(values, dimension))
}

/** Elements `start` (included) to `limit` (excluded) along one axis; negative numbers count from the end. */
export const slice = (x: Operand, axis: number, start: number, limit?: number): Node => {
  const node = nodeOf(x, 'slice')
  const index = rules.axisOf('slice', node.shape, axis)
  const size = node.shape[index]
  if (typeof size !== 'number') {
    throw userFault('unknown-dimension', `slice: axis ${axis} of ${show(node.shape)} has no size yet`, {
      suggestion: 'Slice an axis whose size is a number.',
    })
  }
  const from = start < 0 ? size + start : start
  const to = limit === undefined ? size : limit < 0 ? size + limit : limit
  if (!(from >= 0 && from < to && to <= size)) {
    throw userFault(
      'bad-slice',
      `slice: [${from}, ${to}) is not a range within axis ${axis} of ${show(node.shape)}`,
    )
  }
  const shape = node.shape.map((d, i) => (i === index ? to - from : d))
  return operation('slice', [node], shape, node.dtype, (b, values) => {
    const operand = operandAt(values, 0)
    const sizes = b.shapeOf(operand)
    const starts = sizes.map((_, i) => (i === index ? from : 0))
    const limits = sizes.map((d, i) => (i === index ? to : d))
    return b.slice(operand, starts, limits)
  })
}

/** x stretched to a shape that it broadcasts to. */
export const broadcastTo = (x: Operand, to: Shape): Node => {
  const node = nodeOf(x, 'broadcastTo')
  const shape = rules.broadcast('broadcastTo', node.shape, to)
  return operation('broadcastTo', [node], shape, node.dtype, (b, values, sizes) =>
    broadcastValue(b, operandAt(values, 0), sizesOf(shape, sizes)),
  )
}

/** A new axis of one at `axis`. */
export const expandDims = (x: Operand, axis: number): Node => {
  const node = nodeOf(x, 'expandDims')
  const rank = node.shape.length + 1
  const at = axis < 0 ? rank + axis : axis
  const widened = <T extends Dim>(shape: readonly T[]): (T | 1)[] => [
    ...shape.slice(0, at),
    1,
    ...shape.slice(at),
  ]
  return operation('expandDims', [node], widened(node.shape), node.dtype, (b, values) => {
    const operand = operandAt(values, 0)
    return b.reshape(operand, widened(b.shapeOf(operand)))
  })
}

/** Without axis `axis`, whose size must be one. */
export const squeeze = (x: Operand, axis: number): Node => {
  const node = nodeOf(x, 'squeeze')
  const at = rules.axisOf('squeeze', node.shape, axis)
  if (node.shape[at] !== 1) {
    throw userFault('shape-mismatch', `squeeze: axis ${axis} of ${show(node.shape)} is not 1`)
  }
  return operation(
    'squeeze',
    [node],
    node.shape.filter((_, i) => i !== at),
    node.dtype,
    (b, values) => {
      const operand = operandAt(values, 0)
      return b.reshape(
        operand,
        b.shapeOf(operand).filter((_, i) => i !== at),
      )
    },
  )
}
