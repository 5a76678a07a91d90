import type { Builder } from '../ir/build.js'
import type { Equation, Value } from '../ir/program.js'
import { rebuilt } from '../ir/rebuild.js'
import { rowOf } from '../ops/rows.js'
import type { Pass } from './pass.js'

/** Common subexpression elimination: the builder numbers values, once operands that commute are in one order. */
export const cse: Pass = {
  name: 'cse',
  description: 'computes equal expressions once, also where their operands are swapped',
  run: program => rebuilt(program, { equation: ordered }),
}

const ordered = (b: Builder, equation: Equation, at: ReadonlyMap<Value, Value>): Value => {
  if (rowOf(equation.prim).facts?.commutative !== true) return b.copy(equation, at)
  const inputs = equation.inputs.toSorted((x, y) => (at.get(x) ?? 0) - (at.get(y) ?? 0))
  return b.copy({ ...equation, inputs }, at)
}
