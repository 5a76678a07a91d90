import { bug } from '../../runtime/fault.js'
import type { Builder } from '../ir/build.js'
import type { Equation, Program, Value } from '../ir/program.js'
import { rebuilt } from '../ir/rebuild.js'
import type { Pass } from './pass.js'

/** Custom derivatives and stop_gradient have done their work once the derivatives are taken. */
export const inlineCustom: Pass = {
  name: 'inline-custom',
  description: 'replaces custom_vjp_call by its primal program and stop_gradient by its operand',
  run: program => (program.equations.some(isCustom) ? rebuilt(program, { equation: inlined }) : program),
}

const isCustom = ({ prim }: Equation): boolean => prim === 'custom_vjp_call' || prim === 'stop_gradient'

const inlined = (b: Builder, equation: Equation, at: ReadonlyMap<Value, Value>): Value => {
  if (equation.prim !== 'custom_vjp_call' && equation.prim !== 'stop_gradient') return b.copy(equation, at)
  const args = equation.inputs.map(v => at.get(v) ?? missing(v))
  const [value] =
    equation.prim === 'stop_gradient' ? args : b.inline(withoutCustom(equation.params.primal), args)
  return value ?? missing(equation.output)
}

const withoutCustom = (program: Program): Program => inlineCustom.run(program)

const missing = (value: Value): never => {
  throw bug(`inline-custom: no value for %${value}`)
}
