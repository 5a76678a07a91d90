import { bug } from '../../runtime/fault.js'
import type { Port, Program, TensorType, Value } from '../ir/program.js'
import { rowOf } from '../ops/rows.js'
import { isFloat } from '../ops/rules.js'

/*
 * What the walks of forward and reverse mode share.
 */

/** Input `i` of a program. */
export const inputPort = (program: Program, i: number): Port => {
  const port = program.inputs[i]
  if (port === undefined) throw bug(`${program.name} has no input ${i}`)
  return port
}

/** The type of a value of a program. */
export const typeIn = (program: Program, value: Value): TensorType => {
  const type = program.types[value]
  if (type === undefined) throw bug(`${program.name} has no value %${value}`)
  return type
}

/** What a value of the program became in the builder. */
export const lookUp = (program: Program, at: ReadonlyMap<Value, Value>, value: Value): Value => {
  const found = at.get(value)
  if (found === undefined) throw bug(`${program.name} has no value %${value}`)
  return found
}

/** The program's inputs bound to values of a builder. */
export const bindInputs = (program: Program, args: readonly Value[]): Map<Value, Value> => {
  if (args.length !== program.inputs.length) {
    throw bug(`${program.name} takes ${program.inputs.length} inputs, got ${args.length}`)
  }
  return new Map(args.map((arg, i) => [inputPort(program, i).value, arg]))
}

/** The values that have a derivative with respect to the inputs in `wrt`: float, and reached through no zero rule. */
export const activeValues = (program: Program, wrt: readonly number[]): ReadonlySet<Value> => {
  const active = new Set<Value>()
  for (const i of wrt) {
    const { name, value } = inputPort(program, i)
    const { dtype } = typeIn(program, value)
    if (!isFloat(dtype)) throw bug(`${program.name}: input ${name} is ${dtype}, which has no derivative`)
    active.add(value)
  }
  for (const { prim, inputs, output } of program.equations) {
    const differentiable = isFloat(typeIn(program, output).dtype) && rowOf(prim).vjp !== 'zero'
    if (differentiable && inputs.some(v => active.has(v))) active.add(output)
  }
  return active
}
