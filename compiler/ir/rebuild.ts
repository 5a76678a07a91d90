import { bug } from '../../runtime/fault.js'
import { Builder } from './build.js'
import type { Equation, Port, Program, TensorType, Value } from './program.js'

/** How a program is written again. */
export interface Rebuilding {
  /** The type of an input in the new program; by default its own. */
  readonly input?: (type: TensorType) => TensorType
  /**
   * The new value of an equation's output; `at` maps old values to new. By default a copy.
   * It runs under the equation's source.
   */
  readonly equation?: (b: Builder, equation: Equation, at: ReadonlyMap<Value, Value>) => Value
  /** Whether an equation is written at all. */
  readonly keep?: (equation: Equation) => boolean
}

/** A program written again, equation by equation, into a fresh builder: what every pass is made of. */
export const rebuilt = (program: Program, how: Rebuilding): Program => {
  const b = new Builder(program.name)
  const at = new Map<Value, Value>()
  for (const { name, value } of program.inputs) {
    const type = program.types[value]
    if (type === undefined) throw bug(`rebuild: input ${name} of ${program.name} has no type`)
    at.set(value, b.input(name, how.input?.(type) ?? type))
  }
  const write = how.equation ?? ((_, equation) => b.copy(equation, at))
  for (const equation of program.equations) {
    if (how.keep?.(equation) === false) continue
    at.set(
      equation.output,
      b.fromSource(equation.source, () => write(b, equation, at)),
    )
  }
  const outputs: Port[] = program.outputs.map(({ name, value }) => {
    const renewed = at.get(value)
    if (renewed === undefined) throw bug(`rebuild: ${program.name} has no value for output ${name}`)
    return { name, value: renewed }
  })
  return b.finish(outputs)
}

/** The program without the equations that no output needs. */
export const pruned = (program: Program): Program => {
  const needed = new Set<Value>(program.outputs.map(port => port.value))
  for (const equation of program.equations.toReversed()) {
    if (needed.has(equation.output)) for (const input of equation.inputs) needed.add(input)
  }
  const keep = (equation: Equation): boolean => needed.has(equation.output)
  return program.equations.every(keep) ? program : rebuilt(program, { keep })
}
