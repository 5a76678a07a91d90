import type { Builder } from '../../ir/build.js'
import type { DotDims, Value } from '../../ir/program.js'
import { freeDimensions } from '../../ops/contraction.js'
import { at } from '../../ops/tensor.js'
import { madeBy } from '../match.js'
import type { Rule } from './rule.js'

/*
 * Transposes around a dot_general go into its dimension numbers: packing reads any stride.
 */

/** The operand of a transpose with the dimension numbers it has there, if its free dimensions keep their order. */
const untransposed = (
  b: Builder,
  operand: Value,
  batch: readonly number[],
  contracting: readonly number[],
): { readonly x: Value; readonly batch: number[]; readonly contracting: number[] } | undefined => {
  const inner = madeBy(b, operand, 'transpose')
  const x = inner?.inputs[0]
  if (inner === undefined || x === undefined) return undefined
  const { permutation } = inner.params
  const moved = (dimensions: readonly number[]): number[] => dimensions.map(d => at(permutation, d))
  const free = moved(freeDimensions(permutation.length, batch, contracting))
  if (free.some((d, i) => i > 0 && d < at(free, i - 1))) return undefined
  return { x, batch: moved(batch), contracting: moved(contracting) }
}

const absorbOperand: Rule = {
  name: 'absorb-operand-transpose',
  on: ['dot_general'],
  doc: 'a dot_general of a transpose is a dot_general with other dimension numbers',
  apply: (b, equation) => {
    const [lhs, rhs] = equation.inputs
    if (equation.prim !== 'dot_general' || lhs === undefined || rhs === undefined) return undefined
    const dims = equation.params
    const left = untransposed(b, lhs, dims.lhsBatch, dims.lhsContracting)
    if (left !== undefined) {
      return b.dot_general(left.x, rhs, { ...dims, lhsBatch: left.batch, lhsContracting: left.contracting })
    }
    const right = untransposed(b, rhs, dims.rhsBatch, dims.rhsContracting)
    return right === undefined
      ? undefined
      : b.dot_general(lhs, right.x, { ...dims, rhsBatch: right.batch, rhsContracting: right.contracting })
  },
}

const swapped = (dims: DotDims): DotDims => ({
  lhsBatch: dims.rhsBatch,
  rhsBatch: dims.lhsBatch,
  lhsContracting: dims.rhsContracting,
  rhsContracting: dims.lhsContracting,
})

const absorbResult: Rule = {
  name: 'absorb-result-transpose',
  on: ['transpose'],
  doc: '(x · y)ᵀ = y · x with the operands swapped, where nothing else reads x · y',
  apply: (b, equation, uses) => {
    const [product] = equation.inputs
    if (equation.prim !== 'transpose' || product === undefined || uses(product) > 1) return undefined
    const dot = madeBy(b, product, 'dot_general')
    const [lhs, rhs] = dot?.inputs ?? []
    if (dot === undefined || lhs === undefined || rhs === undefined) return undefined
    const batches = dot.params.lhsBatch.length
    const leftFree = b.shapeOf(lhs).length - batches - dot.params.lhsContracting.length
    const { permutation } = equation.params
    const rank = permutation.length
    // batch, then rhs free, then lhs free
    const wanted = [
      ...range(0, batches),
      ...range(batches + leftFree, rank),
      ...range(batches, batches + leftFree),
    ]
    return wanted.every((d, i) => d === permutation[i])
      ? b.dot_general(rhs, lhs, swapped(dot.params))
      : undefined
  },
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** In the order in which they are tried. */
export const contractionRules: readonly Rule[] = [absorbOperand, absorbResult]
