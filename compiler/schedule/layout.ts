import type { Builder } from '../ir/build.js'
import type { DotDims, Equation, Program, Value } from '../ir/program.js'
import { rebuilt } from '../ir/rebuild.js'
import { two } from '../ops/rules.js'
import { rowOf } from '../ops/table.js'
import { at } from '../ops/tensor.js'
import { lowerWindows } from './windows.js'

/**
 * The program as the scheduler takes it: what looks through windows becomes padding, views and products, and
 * products with several contracting dimensions become products with one, unless the windows overlap.
 */
export const layOut = (program: Program): Program => {
  const needed = (e: Equation): boolean =>
    rowOf(e.prim).lower.kind === 'rewritten' ||
    (e.prim === 'dot_general' && e.params.lhsContracting.length !== 1)
  if (!program.equations.some(needed)) return program
  return rebuilt(program, {
    equation: (b, equation, at) => {
      const inputs = equation.inputs.map(v => at.get(v) ?? v)
      const isWide = equation.prim === 'dot_general' && needed(equation)
      const written = isWide
        ? mergeContraction(b, inputs, equation.params)
        : lowerWindows(b, equation, inputs)
      return written ?? b.copy(equation, at)
    },
  })
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
  return b.dot_general(
    contractLast(b, lhs, lhsBatch, lhsContracting),
    contractLast(b, rhs, rhsBatch, rhsContracting),
    {
      lhsBatch: lhsBatch.map((_, i) => i),
      rhsBatch: rhsBatch.map((_, i) => i),
      lhsContracting: [b.shapeOf(lhs).length - lhsContracting.length],
      rhsContracting: [b.shapeOf(rhs).length - rhsContracting.length],
    },
  )
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
