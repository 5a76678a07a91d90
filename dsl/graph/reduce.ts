/** Reductions over axes: sums, means, extremes. */
import type { Builder } from '../../compiler/ir/build.js'
import type { Reducer, Value } from '../../compiler/ir/program.js'
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { checkOptions, type Domains, flag } from '../domains.js'
import { axisOf, reducedAxes, reduce as reduceShape } from '../types/rules.js'
import { cast, div, equal, exp, log, operandAt, sqrt, square, stopGradient, sub } from './elementwise.js'
import { type Node, nodeOf, type Operand, operation } from './node.js'

/** One axis, several, or all of them. */
export type Axes = number | readonly number[] | undefined

export interface ReduceOptions {
  /** Leaves a dimension of 1 in the place of each reduced axis. */
  readonly keepdims?: boolean | undefined
}

const REDUCE: Domains<ReduceOptions> = { keepdims: flag }

/**
 * Writes a reduction of `x` over `dims`, and says what to do with the result and the number of elements
 * folded.
 */
const reduction = (
  name: string,
  x: Operand,
  axes: Axes,
  options: ReduceOptions,
  fold: (b: Builder, x: Value, dims: readonly number[], count: number) => Value,
  dtype?: Node['dtype'],
): Node => {
  const node = nodeOf(x, name)
  checkOptions(name, REDUCE, options)
  const dims = reducedAxes(name, node.shape, axes)
  const shape = reduceShape(name, node.shape, axes, options.keepdims === true)
  return operation(name, [node], shape, dtype ?? node.dtype, (b, values) => {
    const operand = operandAt(values, 0)
    const sizes = b.shapeOf(operand)
    const folded = fold(b, operand, dims, sizeOf(dims.map(d => sizes[d] ?? 1)))
    if (options.keepdims !== true) return folded
    return b.reshape(
      folded,
      sizes.map((size, i) => (dims.includes(i) ? 1 : size)),
    )
  })
}

/* @__NO_SIDE_EFFECTS__ */
const reduceBy =
  (name: string, reducer: Reducer) =>
  (x: Operand, axes?: Axes, options: ReduceOptions = {}): Node =>
    reduction(name, countable(x, name), axes, options, (b, v, dims) => b.reduce(reducer, v, dims))

/** x, with 0 and 1 for what does not hold and what holds. */
const countable = (x: Operand, name: string): Node => {
  const node = nodeOf(x, name)
  return node.dtype === 'bool' ? cast(node, 'i32') : node
}

/** The sum over some axes, or over all. */
export const sum = reduceBy('sum', 'add')
/** The product over some axes, or over all. */
export const prod = reduceBy('prod', 'multiply')
/** The largest element over some axes, or over all. */
export const max = reduceBy('max', 'maximum')
/** The smallest element over some axes, or over all. */
export const min = reduceBy('min', 'minimum')

/** The mean over some axes, or over all: the sum divided by the number of elements. */
export const mean = (x: Operand, axes?: Axes, options: ReduceOptions = {}): Node => {
  const node = nodeOf(x, 'mean')
  const real = node.dtype === 'f64' ? node : cast(node, 'f32')
  return reduction('mean', real, axes, options, (b, v, dims, count) => {
    const total = b.reduce('add', v, dims)
    return b.divide(total, b.fullLike(total, count))
  })
}

/** The population variance (divided by the count) over some axes: mean((x - mean(x))²). */
export const variance = (x: Operand, axes?: Axes, options: ReduceOptions = {}): Node => {
  const node = nodeOf(x, 'variance')
  return mean(square(sub(node, mean(node, axes, { keepdims: true }))), axes, options)
}

/** The index (i32) of the largest element along one axis, the first of equals. */
export const argmax = (x: Operand, axis = -1): Node => {
  const node = nodeOf(x, 'argmax')
  const index = axisOf('argmax', node.shape, axis)
  const shape = reduceShape('argmax', node.shape, axis, false)
  return operation('argmax', [node], shape, 'i32', (b, values) => b.argmax(operandAt(values, 0), index))
}

/** exp(x) / sum(exp(x)) along one axis; the largest element is subtracted first. */
export const softmax = (x: Operand, axis: number | readonly number[] = -1): Node => {
  const node = nodeOf(x, 'softmax')
  const shifted = exp(sub(node, stopGradient(max(node, axis, { keepdims: true }))))
  return div(shifted, sum(shifted, axis, { keepdims: true }))
}

/** log(softmax(x)) along one axis, without passing through the quotient. */
export const logSoftmax = (x: Operand, axis: number | readonly number[] = -1): Node => {
  const node = nodeOf(x, 'logSoftmax')
  const shifted = sub(node, stopGradient(max(node, axis, { keepdims: true })))
  return sub(shifted, log(sum(exp(shifted), axis, { keepdims: true })))
}

/** The Euclidean norm over some axes, or over all. */
export const norm = (x: Operand, axes?: Axes, options: ReduceOptions = {}): Node =>
  sqrt(sum(square(nodeOf(x, 'norm')), axes, options))

/** 1 where the class number equals the index along a new last axis of `classes`, else 0. */
export const oneHot = (labels: Operand, classes: number): Node => {
  const node = nodeOf(labels, 'oneHot')
  if (node.dtype !== 'i32' && node.dtype !== 'u32') {
    throw userFault('wrong-dtype', `oneHot: class numbers must be i32, received ${node.dtype}`)
  }
  return cast(equal(expandLast(node), iota(classes)), 'f32')
}

/** A new last axis of one. */
export const expandLast = (x: Node): Node =>
  operation('expandLast', [x], [...x.shape, 1], x.dtype, (b, values) => {
    const v = operandAt(values, 0)
    return b.reshape(v, [...b.shapeOf(v), 1])
  })

/** The number of elements along some axes, or of all elements, as an f32 scalar. */
export const countOf = (x: Operand, axes?: Axes): Node => {
  const node = nodeOf(x, 'countOf')
  const dims = reducedAxes('countOf', node.shape, axes)
  return operation('countOf', [node], [], 'f32', (b, values) => {
    const sizes = b.shapeOf(operandAt(values, 0))
    return b.scalar(sizeOf(dims.map(d => sizes[d] ?? 1)))
  })
}

/** For each element of x its index along an axis, i32 in the shape of x. */
export const indexAlong = (x: Operand, axis: number): Node => {
  const node = nodeOf(x, 'indexAlong')
  const dim = axisOf('indexAlong', node.shape, axis)
  return operation('indexAlong', [node], node.shape, 'i32', (b, values) =>
    b.iota(b.shapeOf(operandAt(values, 0)), dim),
  )
}

/** 0, 1, ... as i32[length]. */
export const iota = (length: number): Node => operation('iota', [], [length], 'i32', b => b.iota([length], 0))
