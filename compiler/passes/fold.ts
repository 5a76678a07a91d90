import { sizeOf } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import { evaluate } from '../ir/eval.js'
import type { EquationOf, Prim, Value } from '../ir/program.js'
import { rebuilt } from '../ir/rebuild.js'
import type { TensorValue } from '../ops/row.js'
import { rowOf } from '../ops/rows.js'
import { madeBy, typeOfEquation } from './match.js'
import type { Pass } from './pass.js'

/** Results of more elements are left to run time: a constant is memory, and code that is loaded. */
const LARGEST = 64

/** Constant folding. */
export const fold: Pass = {
  name: 'fold',
  description: 'computes what depends on constants only, where the result is small',
  run: program =>
    rebuilt(program, {
      equation: (b, equation, at) => {
        const inputs = equation.inputs.map(v => at.get(v) ?? v)
        return folded(b, { ...equation, inputs }) ?? b.copy(equation, at)
      },
    }),
}

/** The constant that an equation of the builder amounts to, if its operands are constants and it does not grow them. */
export const folded = <P extends Prim>(b: Builder, equation: EquationOf<P>): Value | undefined => {
  const { prim, inputs, params } = equation
  if (inputs.length === 0 || !inputs.every(v => b.producerOf(v)?.prim === 'constant')) return undefined
  const operands = inputs.flatMap(v => constantOf(b, v) ?? [])
  const type = typeOfEquation(b, equation)
  const size = sizeOf(type.shape)
  if (size > LARGEST || operands.every(x => x.data.length < size)) return undefined
  const { data } = rowOf(prim).evaluate(operands, params, type, evaluate)
  return b.constant(type, data)
}

const constantOf = (b: Builder, value: Value): TensorValue | undefined => madeBy(b, value, 'constant')?.params
