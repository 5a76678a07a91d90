import { bug } from '../../runtime/fault.js'
import type { Builder } from '../ir/build.js'
import type { Equation, Program, Value } from '../ir/program.js'
import { rebuilt } from '../ir/rebuild.js'
import type { Pass } from './pass.js'

/** Custom derivatives, checkpoints and stop_gradient have done their work once the derivatives are taken. */
export const inlineCustom: Pass = {
  name: 'inline-custom',
  description: 'replaces custom_vjp_call and checkpoint by their programs, stop_gradient by its operand',
  run: program => (program.equations.some(isCustom) ? rebuilt(program, { equation: inlined }) : program),
}

const isCustom = ({ prim }: Equation): boolean =>
  prim === 'custom_vjp_call' || prim === 'checkpoint' || prim === 'stop_gradient'

const inlined = (b: Builder, equation: Equation, at: ReadonlyMap<Value, Value>): Value => {
  const args = equation.inputs.map(v => at.get(v) ?? missing(v))
  switch (equation.prim) {
    case 'custom_vjp_call':
      return resultOf(b, equation.params.primal, args)
    case 'checkpoint':
      return resultOf(b, equation.params.body, args)
    case 'stop_gradient':
      return args[0] ?? missing(equation.output)
    default:
      return b.copy(equation, at)
  }
}

const resultOf = (b: Builder, program: Program, args: readonly Value[]): Value => {
  const [value] = b.inline(withoutCustom(program), args)
  if (value === undefined) throw bug(`inline-custom: ${program.name} has no output`)
  return value
}

const withoutCustom = (program: Program): Program => inlineCustom.run(program)

const missing = (value: Value): never => {
  throw bug(`inline-custom: no value for %${value}`)
}
