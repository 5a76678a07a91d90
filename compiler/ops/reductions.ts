import type { DType } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import type { Reducer, Value } from '../ir/program.js'
import * as e from '../loop/expr.js'
import type { Expr, RegType } from '../loop/ir.js'
import { shifted } from './batching.js'
import type { Row, Site, Table } from './row.js'
import { demand, demandDimensions, demandDTypes, isFloat, NUMBERS, one } from './rules.js'
import { at, offsetsAlong, otherDimensions, zeros } from './tensor.js'

/*
 * Dimensions folded away.
 */

/** The element that changes nothing under the reducer: the result for no elements. */
export const identityOf = (reducer: Reducer, dtype: DType): number => {
  switch (reducer) {
    case 'add':
      return 0
    case 'multiply':
      return 1
    case 'maximum':
      return isFloat(dtype) ? -Infinity : dtype === 'i32' ? -(2 ** 31) : 0
    case 'minimum':
      return isFloat(dtype) ? Infinity : dtype === 'i32' ? 2 ** 31 - 1 : 2 ** 32 - 1
    default:
      return reducer satisfies never
  }
}

/** One step in f64 for floats, wrapping for integers. */
const scalarStep = (reducer: Reducer, dtype: DType): ((acc: number, x: number) => number) => {
  switch (reducer) {
    case 'add':
      return isFloat(dtype) ? (acc, x) => acc + x : (acc, x) => (acc + x) | 0
    case 'multiply':
      return isFloat(dtype) ? (acc, x) => acc * x : Math.imul
    case 'maximum':
      return Math.max
    case 'minimum':
      return Math.min
    default:
      return reducer satisfies never
  }
}

const exprSteps: { readonly [R in Reducer]: (acc: Expr, x: Expr) => Expr } = {
  add: e.add,
  multiply: e.mul,
  maximum: e.max,
  minimum: e.min,
}

/** Accumulates in f64 and rounds once at the end: the reference that any order of summation comes near. */
const evaluateReduce: Row<'reduce'>['evaluate'] = (inputs, { reducer, dimensions }, type) => {
  const x = one('reduce', inputs)
  const { shape } = x.type
  const steps = offsetsAlong(shape, dimensions)
  const step = scalarStep(reducer, type.dtype)
  const identity = identityOf(reducer, type.dtype)
  const result = zeros(type)
  offsetsAlong(shape, otherDimensions(shape.length, dimensions)).forEach((start, to) => {
    let acc = identity
    for (const offset of steps) acc = step(acc, x.data[start + offset]!)
    result.data[to] = acc
  })
  return result
}

/** A value without the reduced dimensions, in the shape it was reduced from. */
const spread = (b: Builder, y: Value, x: Value, dimensions: readonly number[]): Value => {
  const shape = b.shapeOf(x)
  return b.broadcast_in_dim(y, shape, otherDimensions(shape.length, dimensions))
}

/**
 * What each element of x is multiplied by in the product over `dimensions`: the product of the others, without
 * division, so that zeros do no harm. The elements are halved (a · b) until one is left; on the way back the
 * factor of each half is the other half times the factor of their product.
 */
const productOfOthers = (b: Builder, x: Value, dimensions: readonly number[]): Value => {
  const shape = b.shapeOf(x)
  const kept = otherDimensions(shape.length, dimensions)
  const order = [...kept, ...dimensions]
  const keptShape = kept.map(d => at(shape, d))
  const count = dimensions.reduce((n, d) => n * at(shape, d), 1)
  const rows = b.reshape(b.transpose(x, order), [keptShape.reduce((n, d) => n * d, 1), count])
  const others = factorsOfOthers(b, rows)
  const inverse = order.map((_, d) => order.indexOf(d))
  return b.transpose(
    b.reshape(
      others,
      order.map(d => at(shape, d)),
    ),
    inverse,
  )
}

/** `productOfOthers` along the rows of a matrix. */
const factorsOfOthers = (b: Builder, rows: Value): Value => {
  const [height, width] = b.shapeOf(rows)
  if (height === undefined || width === undefined || width <= 1) return b.fullLike(rows, 1)
  const half = Math.ceil(width / 2)
  const even = width % 2 === 0
  const all = even ? rows : b.pad(rows, b.scalar(1, b.typeOf(rows).dtype), [0, 0], [0, 1])
  const left = b.slice(all, [0, 0], [height, half])
  const right = b.slice(all, [0, half], [height, 2 * half])
  const outer = factorsOfOthers(b, b.multiply(left, right))
  const both = b.concatenate([b.multiply(outer, right), b.multiply(outer, left)], 1)
  return even ? both : b.slice(both, [0, 0], [height, width])
}

/** Shares of the extreme elements: 1/n for each of n equal ones, 0 elsewhere (as JAX). */
const sharesOfExtreme = ({ b, inputs, output, params }: Site<'reduce'>): Value => {
  const x = one('reduce', inputs)
  const { dtype } = b.typeOf(x)
  const isExtreme = b.convert(b.compare('EQ', x, spread(b, output, x, params.dimensions)), dtype)
  const count = b.reduce('add', isExtreme, params.dimensions)
  return b.divide(isExtreme, spread(b, count, x, params.dimensions))
}

/** dy/dx of each element, or undefined where it is 1 everywhere. */
const weightsOf = (site: Site<'reduce'>): Value | undefined => {
  const { reducer, dimensions } = site.params
  switch (reducer) {
    case 'add':
      // d Σ x = Σ dx
      return undefined
    case 'multiply':
      // d Π x = Σ dxᵢ Π_{j≠i} xⱼ
      return productOfOthers(site.b, one('reduce', site.inputs), dimensions)
    case 'maximum':
    case 'minimum':
      // d max x = the mean of dx over the largest
      return sharesOfExtreme(site)
    default:
      return reducer satisfies never
  }
}

/** Register elements are dtypes by another name. */
const dtypeOf = (type: RegType): DType => type.elem

const indexOfLargest = (xs: readonly number[]): number => {
  const firstNaN = xs.findIndex(Number.isNaN)
  if (firstNaN >= 0) return firstNaN
  let best = 0
  xs.forEach((x, i) => {
    if (x > xs[best]!) best = i
  })
  return best
}

/** The rows of reductions. */
export const reductionRows = {
  reduce: {
    arity: 1,
    facts: { mildIn: [0] },
    type: (inputs, { dimensions }) => {
      const x = one('reduce', inputs)
      demandDTypes('reduce', inputs, NUMBERS)
      demandDimensions('reduce', 'the dimensions', dimensions, x.shape.length)
      const kept = otherDimensions(x.shape.length, dimensions)
      return { shape: kept.map(d => at(x.shape, d)), dtype: x.dtype }
    },
    evaluate: evaluateReduce,
    vjp: (site, yBar) => {
      const { b, inputs, params } = site
      const everywhere = spread(b, yBar, one('reduce', inputs), params.dimensions)
      const weights = weightsOf(site)
      return [weights === undefined ? everywhere : b.multiply(everywhere, weights)]
    },
    jvp: (site, tangents) => {
      const xDot = one(
        'reduce',
        tangents.filter(t => t !== undefined),
      )
      const weights = weightsOf(site)
      return site.b.reduce(
        'add',
        weights === undefined ? xDot : site.b.multiply(xDot, weights),
        site.params.dimensions,
      )
    },
    batch: ({ b, inputs, params: { reducer, dimensions } }) =>
      b.emit('reduce', inputs, { reducer, dimensions: shifted(dimensions) }),
    lower: {
      kind: 'reduction',
      dimensions: ({ dimensions }) => dimensions,
      identity: ({ reducer }, type) => e.constant(type, identityOf(reducer, dtypeOf(type))),
      step: (acc, x, { reducer }) => exprSteps[reducer](acc, x),
      isSum: ({ reducer }) => reducer === 'add',
    },
  },

  argmax: {
    arity: 1,
    type: (inputs, { dimension }) => {
      const x = one('argmax', inputs)
      demandDTypes('argmax', inputs, NUMBERS)
      demandDimensions('argmax', 'the dimension', [dimension], x.shape.length)
      demand(
        at(x.shape, dimension) > 0,
        () => `argmax: dimension ${dimension} has elements, got [${x.shape}]`,
      )
      return { shape: x.shape.filter((_, d) => d !== dimension), dtype: 'i32' }
    },
    evaluate: (inputs, { dimension }, type) => {
      const x = one('argmax', inputs)
      const { shape } = x.type
      const result = zeros(type)
      const steps = offsetsAlong(shape, [dimension])
      offsetsAlong(shape, otherDimensions(shape.length, [dimension])).forEach((start, to) => {
        result.data[to] = indexOfLargest(Array.from(steps, offset => x.data[start + offset]!))
      })
      return result
    },
    vjp: 'zero',
    jvp: 'zero',
    batch: ({ b, inputs, params }) => b.argmax(one('argmax', inputs), params.dimension + 1),
    lower: { kind: 'kernel', kernel: 'argmax' },
  },
} satisfies Partial<Table>
