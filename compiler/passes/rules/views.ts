import { sizeOf } from '../../../runtime/dtype.js'
import type { Builder } from '../../ir/build.js'
import { sameShape, type Value } from '../../ir/program.js'
import { at, otherDimensions } from '../../ops/tensor.js'
import { type EquationFor, madeBy, scalarOf, typeOfEquation } from '../match.js'
import type { Rule } from './rule.js'

/*
 * Views that are nothing, and views of views.
 */

const noOp: Rule = {
  name: 'no-op',
  on: ['broadcast_in_dim', 'concatenate', 'pad', 'reduce', 'reshape', 'reverse', 'slice', 'transpose'],
  doc: 'a reshape, broadcast, transpose, slice, reverse, reduce or concatenate that changes nothing is its operand',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (x === undefined) return undefined
    const shape = b.shapeOf(x)
    switch (equation.prim) {
      case 'reshape':
        return sameShape(equation.params.shape, shape) ? x : undefined
      case 'broadcast_in_dim':
        return sameShape(equation.params.shape, shape) ? x : undefined
      case 'transpose':
        return equation.params.permutation.every((p, d) => p === d) ? x : undefined
      case 'slice':
        return equation.params.limit.every((n, d) => at(equation.params.start, d) === 0 && n === shape[d]) &&
          equation.params.strides.every(s => s === 1)
          ? x
          : undefined
      case 'pad':
        return [...equation.params.low, ...equation.params.high, ...equation.params.interior].every(
          n => n === 0,
        )
          ? x
          : undefined
      case 'reverse':
        return equation.params.dimensions.every(d => at(shape, d) <= 1) ? x : undefined
      case 'reduce':
        // a sum starts at 0, which makes 0 of -0
        return equation.params.dimensions.length === 0 && equation.params.reducer !== 'add' ? x : undefined
      case 'concatenate':
        return equation.inputs.length === 1 ? x : undefined
      default:
        return undefined
    }
  },
}

const viewOfUniform: Rule = {
  name: 'view-of-uniform',
  on: 'view',
  doc: 'a view of one element repeated is that element repeated',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (x === undefined) return undefined
    const scalar = scalarOf(b, x)
    // a broadcast of the bare scalar is the form that this rule leads to
    if (scalar === undefined || (x === scalar && b.shapeOf(x).length === 0)) return undefined
    const { shape } = typeOfEquation(b, equation)
    if (sizeOf(shape) < 2) return undefined
    return b.broadcast_in_dim(b.reshape(scalar, []), shape, [])
  },
}

const reshapeOfReshape: Rule = {
  name: 'reshape-of-reshape',
  on: ['reshape'],
  doc: 'two reshapes are one',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'reshape' || x === undefined) return undefined
    const inner = madeBy(b, x, 'reshape')?.inputs[0]
    return inner === undefined ? undefined : b.reshape(inner, equation.params.shape)
  },
}

const transposeOfTranspose: Rule = {
  name: 'transpose-of-transpose',
  on: ['transpose'],
  doc: 'two transposes are one, or none',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'transpose' || x === undefined) return undefined
    const inner = madeBy(b, x, 'transpose')
    if (inner === undefined) return undefined
    const { permutation } = inner.params
    return b.transpose(
      inner.inputs[0] ?? x,
      equation.params.permutation.map(d => at(permutation, d)),
    )
  },
}

/** The dimensions of more than one element, in order of the operand, if the transpose keeps that order. */
const movesOnlyOnes = (shape: readonly number[], permutation: readonly number[]): boolean => {
  const moved = permutation.filter(d => at(shape, d) !== 1)
  return moved.every((d, i) => i === 0 || d > at(moved, i - 1))
}

const transposeOfOnes: Rule = {
  name: 'transpose-of-ones',
  on: ['transpose'],
  doc: 'a transpose that moves dimensions of size 1 only is a reshape',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'transpose' || x === undefined) return undefined
    const shape = b.shapeOf(x)
    const { permutation } = equation.params
    return movesOnlyOnes(shape, permutation)
      ? b.reshape(
          x,
          permutation.map(d => at(shape, d)),
        )
      : undefined
  },
}

const broadcastOfBroadcast: Rule = {
  name: 'broadcast-of-broadcast',
  on: ['broadcast_in_dim'],
  doc: 'two broadcasts are one',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'broadcast_in_dim' || x === undefined) return undefined
    const inner = madeBy(b, x, 'broadcast_in_dim')
    const operand = inner?.inputs[0]
    if (inner === undefined || operand === undefined) return undefined
    const { shape, dimensions } = equation.params
    return b.broadcast_in_dim(
      operand,
      shape,
      inner.params.dimensions.map(d => at(dimensions, d)),
    )
  },
}

const reverseOfReverse: Rule = {
  name: 'reverse-of-reverse',
  on: ['reverse'],
  doc: 'reversing twice is nothing',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'reverse' || x === undefined) return undefined
    const inner = madeBy(b, x, 'reverse')
    if (inner === undefined) return undefined
    const [once, again] = [inner.params.dimensions, equation.params.dimensions]
    const left = [...once.filter(d => !again.includes(d)), ...again.filter(d => !once.includes(d))]
    return b.reverse(inner.inputs[0] ?? x, left)
  },
}

const sliceOfSlice: Rule = {
  name: 'slice-of-slice',
  on: ['slice'],
  doc: 'two slices are one',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'slice' || x === undefined) return undefined
    const inner = madeBy(b, x, 'slice')
    if (inner === undefined) return undefined
    const [first, second] = [inner.params, equation.params]
    const start = first.start.map((n, d) => n + at(second.start, d) * at(first.strides, d))
    const strides = first.strides.map((s, d) => s * at(second.strides, d))
    // the limit that gives as many elements as the second slice has
    const limit = start.map((n, d) => {
      const count = Math.ceil((at(second.limit, d) - at(second.start, d)) / at(second.strides, d))
      return count === 0 ? n : n + (count - 1) * at(strides, d) + 1
    })
    return start.every((n, d) => n <= at(limit, d))
      ? b.slice(inner.inputs[0] ?? x, start, limit, strides)
      : undefined
  },
}

/** How often each element of a broadcast's operand is repeated along the reduced dimensions, and what is left. */
const repeatedBy = (
  b: Builder,
  { inputs, params: { shape, dimensions } }: EquationFor<'broadcast_in_dim'>,
  reduced: readonly number[],
): { readonly times: number; readonly operand: Value; readonly left: readonly number[] } | undefined => {
  const [operand] = inputs
  if (operand === undefined) return undefined
  const isRepeated = (d: number): boolean => {
    const from = dimensions.indexOf(d)
    return from < 0 || at(b.shapeOf(operand), from) !== at(shape, d)
  }
  const gone = reduced.filter(isRepeated)
  if (gone.length === 0) return undefined
  return {
    times: gone.reduce((n, d) => n * at(shape, d), 1),
    operand,
    left: reduced.filter(d => !gone.includes(d)),
  }
}

const reduceOfBroadcast: Rule = {
  name: 'reduce-of-broadcast',
  on: ['reduce'],
  doc: 'the sum of n equal elements is n times one; the largest or least of them is one',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'reduce' || x === undefined) return undefined
    const { reducer, dimensions } = equation.params
    const broadcast = madeBy(b, x, 'broadcast_in_dim')
    const repeated = broadcast && repeatedBy(b, broadcast, dimensions)
    if (broadcast === undefined || repeated === undefined) return undefined
    if (repeated.times === 0 || reducer === 'multiply') return undefined
    // the broadcast again, without the dimensions that only repeat
    const { shape } = broadcast.params
    const gone = dimensions.filter(d => !repeated.left.includes(d))
    const kept = otherDimensions(shape.length, gone)
    const squeezed = b.reshape(
      repeated.operand,
      b.shapeOf(repeated.operand).filter((_, i) => !gone.includes(at(broadcast.params.dimensions, i))),
    )
    const smaller = b.broadcast_in_dim(
      squeezed,
      kept.map(d => at(shape, d)),
      broadcast.params.dimensions.filter(d => !gone.includes(d)).map(d => kept.indexOf(d)),
    )
    const reduced = b.reduce(
      reducer,
      smaller,
      repeated.left.map(d => kept.indexOf(d)),
    )
    return reducer === 'add' ? b.multiply(reduced, b.fullLike(reduced, repeated.times)) : reduced
  },
}

/** In the order in which they are tried. */
export const viewRules: readonly Rule[] = [
  noOp,
  viewOfUniform,
  reshapeOfReshape,
  transposeOfTranspose,
  transposeOfOnes,
  broadcastOfBroadcast,
  reverseOfReverse,
  sliceOfSlice,
  reduceOfBroadcast,
]
