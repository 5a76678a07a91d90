import { bug, Fault } from '../../runtime/fault.js'
import { rowOf } from '../ops/rows.js'
import { paramCodecs } from './params.js'
import { printEquation } from './print.js'
import {
  type Equation,
  type EquationOf,
  type Port,
  type Prim,
  type Program,
  sameType,
  showType,
  type TensorType,
  type Value,
} from './program.js'

/*
 * The checker derives every type anew and looks at the order of definitions. It runs after each pass in tests and
 * under debug; what it finds is a bug of that pass.
 */

/** How many equations either side of the culprit a fault quotes. */
const CONTEXT = 10

/**
 * Throws a `bug` fault if the program is not well formed: every value defined once and before its use, every type
 * as its row derives it, ports named once. The fault names `pass` and quotes ten equations either side.
 */
export const check = (program: Program, pass = 'the program was made'): void => {
  const defined = new Set<Value>()
  const fail = (problem: string, at: number): never => {
    throw bug(`after ${pass}: ${problem}`, { notes: quote(program, at) })
  }
  checkPorts(program, fail)
  for (const { name, value } of program.inputs) {
    if (defined.has(value)) fail(`input ${name} is %${value}, defined before`, 0)
    if (program.types[value] === undefined) fail(`input ${name} is %${value}, which has no type`, 0)
    defined.add(value)
  }
  for (const [i, equation] of program.equations.entries()) {
    const problem = problemOf(program, equation, defined, pass)
    if (problem !== undefined) fail(problem, i)
    defined.add(equation.output)
  }
  for (const { name, value } of program.outputs) {
    if (!defined.has(value))
      fail(`output ${name} is %${value}, which is not defined`, program.equations.length)
  }
  if (defined.size !== program.types.length) {
    fail(`${program.types.length} values have types, ${defined.size} are defined`, program.equations.length)
  }
}

const checkPorts = (program: Program, fail: (problem: string, at: number) => never): void => {
  const twice = (ports: readonly Port[]): Port | undefined =>
    ports.find((port, i) => ports.findIndex(other => other.name === port.name) < i)
  const input = twice(program.inputs)
  if (input !== undefined) fail(`two inputs are named ${input.name}`, 0)
  const output = twice(program.outputs)
  if (output !== undefined) fail(`two outputs are named ${output.name}`, program.equations.length)
}

const problemOf = (
  program: Program,
  equation: Equation,
  defined: ReadonlySet<Value>,
  pass: string,
): string | undefined => {
  const { prim, inputs, output } = equation
  if (!Object.hasOwn(paramCodecs, prim)) return `there is no primitive ${prim}`
  const missing = inputs.find(v => !defined.has(v))
  if (missing !== undefined) return `%${missing} is used by %${output} before it is defined`
  if (defined.has(output)) return `%${output} is defined twice`
  const stated = program.types[output]
  if (stated === undefined) return `%${output} has no type`
  for (const inner of innerPrograms(equation)) check(inner, `${pass}, in %${output}`)
  return typeProblem(program, equation, stated)
}

const typeProblem = <P extends Prim>(
  program: Program,
  { prim, params, inputs, output }: EquationOf<P>,
  stated: TensorType,
): string | undefined => {
  try {
    const derived = rowOf(prim).type(
      inputs.flatMap(v => program.types[v] ?? []),
      params,
    )
    if (sameType(derived, stated)) return undefined
    return `%${output} is ${showType(stated)}, but its row derives ${showType(derived)}`
  } catch (error) {
    if (error instanceof Fault) return `%${output} is not well typed: ${error.message}`
    throw error
  }
}

/** The programs that an equation holds. */
export const innerPrograms = (equation: Equation): readonly Program[] => {
  if (equation.prim === 'checkpoint') return [equation.params.body]
  if (equation.prim !== 'custom_vjp_call') return []
  const { primal, forward, backward } = equation.params
  return [primal, forward, backward]
}

const quote = (program: Program, at: number): string[] => {
  const from = Math.max(0, at - CONTEXT)
  return program.equations
    .slice(from, at + CONTEXT + 1)
    .map((equation, i) => `${from + i === at ? '>' : ' '} ${printSafely(program, equation)}`)
}

/** A broken equation may not even print. */
const printSafely = (program: Program, equation: Equation): string => {
  try {
    return printEquation(program, equation)
  } catch {
    return `%${equation.output} = ${equation.prim} ${equation.inputs.map(v => `%${v}`).join(' ')}`
  }
}
