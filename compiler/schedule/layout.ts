import { sizeOf } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import type { DotDims, Equation, Program, Value } from '../ir/program.js'
import { rebuilt } from '../ir/rebuild.js'
import { rowOf } from '../ops/rows.js'
import { two } from '../ops/rules.js'
import { at } from '../ops/tensor.js'
import { partsOfProduct, partsOfReduction, productInParts, reductionInParts } from './long-sums.js'

/** An equation of a family written in ordinary primitives; `undefined` for one of another family. */
export type Rewriting = (b: Builder, equation: Equation, inputs: readonly Value[]) => Value | undefined

const rewritings: Rewriting[] = []

/** From now on equations are rewritten so too. */
export const addRewriting = (rewriting: Rewriting): void => {
  rewritings.push(rewriting)
}

/**
 * The program as the scheduler takes it: what looks through windows becomes padding, views and products, products with
 * several contracting dimensions become products with one, unless the windows overlap, and long sums become a few.
 */
export const layOut = (program: Program): Program => {
  const shapeOf = (v: Value): readonly number[] => at(program.types, v).shape
  const needed = (e: Equation): boolean => {
    switch (e.prim) {
      case 'dot_general':
        return e.params.lhsContracting.length !== 1 || dotParts(e.inputs.map(shapeOf), e.params) > 1
      case 'reduce':
        return partsOfReduction(shapeOf(at(e.inputs, 0)), e.params) > 1
      default:
        return rowOf(e.prim).lower.kind === 'rewritten'
    }
  }
  if (!program.equations.some(needed)) return program
  return rebuilt(program, {
    equation: (b, equation, known) => {
      const inputs = equation.inputs.map(v => known.get(v) ?? v)
      return (needed(equation) ? rewritten(b, equation, inputs) : undefined) ?? b.copy(equation, known)
    },
  })
}

const rewritten = (b: Builder, equation: Equation, inputs: readonly Value[]): Value | undefined => {
  switch (equation.prim) {
    case 'dot_general':
      return mergeContraction(b, inputs, equation.params)
    case 'reduce': {
      const x = at(inputs, 0)
      return reductionInParts(b, x, equation.params, partsOfReduction(b.shapeOf(x), equation.params))
    }
    default:
      return rewritings.reduce<Value | undefined>(
        (done, rewrite) => done ?? rewrite(b, equation, inputs),
        undefined,
      )
  }
}

/** Parts of a product's sum. */
const dotParts = (shapes: readonly (readonly number[])[], dims: DotDims): number => {
  const [lhs, rhs] = two('dot_general', shapes)
  const { lhsContracting, rhsBatch, rhsContracting } = dims
  const columns = rhs.filter((_, d) => !rhsBatch.includes(d) && !rhsContracting.includes(d))
  return partsOfProduct(lhs, lhsContracting, sizeOf(columns))
}

/**
 * A product with one contracting dimension: the operands are transposed so that those dimensions stand together,
 * and reshaped. Where the operand's strides allow it both are views, otherwise the reshape is the copy that packing
 * would have to make anyway.
 */
const mergeContraction = (
  b: Builder,
  inputs: readonly Value[],
  { lhsBatch, rhsBatch, lhsContracting, rhsContracting }: DotDims,
): Value => {
  const [lhs, rhs] = two('dot_general', inputs)
  const merged = {
    lhsBatch: lhsBatch.map((_, i) => i),
    rhsBatch: rhsBatch.map((_, i) => i),
    lhsContracting: [b.shapeOf(lhs).length - lhsContracting.length],
    rhsContracting: [b.shapeOf(rhs).length - rhsContracting.length],
  }
  const [x, y] = [
    contractLast(b, lhs, lhsBatch, lhsContracting),
    contractLast(b, rhs, rhsBatch, rhsContracting),
  ]
  return productInParts(b, x, y, merged, dotParts([b.shapeOf(x), b.shapeOf(y)], merged))
}

/** Batch dimensions first, then the free ones in order, then all contracting ones as one. */
const contractLast = (
  b: Builder,
  x: Value,
  batch: readonly number[],
  contracting: readonly number[],
): Value => {
  const shape = b.shapeOf(x)
  const free = shape.map((_, d) => d).filter(d => !batch.includes(d) && !contracting.includes(d))
  const moved = b.transpose(x, [...batch, ...free, ...contracting])
  const kept = [...batch, ...free].map(d => at(shape, d))
  return b.reshape(moved, [...kept, contracting.reduce((n, d) => n * at(shape, d), 1)])
}
