import { Builder } from '../ir/build.js'
import type { Program, Value } from '../ir/program.js'
import { at } from '../ops/tensor.js'

/**
 * Products with several contracting dimensions become products with one: the operands are transposed so that those
 * dimensions stand together, and reshaped. Where the operand's strides allow it both are views, otherwise the
 * reshape is the copy that packing would have to make anyway.
 */
export const mergeContractions = (program: Program): Program => {
  const isWide = program.equations.some(e => e.prim === 'dot_general' && e.params.lhsContracting.length !== 1)
  if (!isWide) return program
  const b = new Builder(program.name)
  const values = new Map<Value, Value>()
  for (const port of program.inputs) values.set(port.value, b.input(port.name, at(program.types, port.value)))
  for (const equation of program.equations) {
    if (equation.prim !== 'dot_general' || equation.params.lhsContracting.length === 1) {
      values.set(equation.output, b.copy(equation, values))
      continue
    }
    const { lhsBatch, rhsBatch, lhsContracting, rhsContracting } = equation.params
    const [lhs, rhs] = equation.inputs.map(v => values.get(v) ?? v)
    const merged = b.fromSource(equation.source, () =>
      b.dot_general(
        contractLast(b, lhs ?? 0, lhsBatch, lhsContracting),
        contractLast(b, rhs ?? 0, rhsBatch, rhsContracting),
        {
          lhsBatch: lhsBatch.map((_, i) => i),
          rhsBatch: rhsBatch.map((_, i) => i),
          lhsContracting: [b.shapeOf(lhs ?? 0).length - lhsContracting.length],
          rhsContracting: [b.shapeOf(rhs ?? 0).length - rhsContracting.length],
        },
      ),
    )
    values.set(equation.output, merged)
  }
  const outputs = program.outputs.map(p => ({ name: p.name, value: values.get(p.value) ?? p.value }))
  return b.finish(outputs)
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
