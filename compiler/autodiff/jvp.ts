import { bug } from '../../runtime/fault.js'
import { Builder } from '../ir/build.js'
import type { EquationOf, Port, Prim, Program, Value } from '../ir/program.js'
import { pruned } from '../ir/rebuild.js'
import { rowOf } from '../ops/rows.js'
import { isFloat } from '../ops/rules.js'
import { bindInputs, inputPort, lookUp, typeIn } from './walk.js'

/*
 * Forward mode. The tangent of `x` is `xDot`; a value without one has tangent zero, and nothing is written for it.
 */

/** A program's outputs and how they move with its inputs, as values of a builder. */
export interface Pushforward {
  readonly outputs: readonly Value[]
  /** One for each output; `undefined` is zero. */
  readonly tangents: readonly (Value | undefined)[]
}

/**
 * Emits `program` on `args` into `b`, and the tangents of its outputs from those of its inputs (`undefined` is zero).
 * Throws a `limitation` fault at a custom_vjp_call that a tangent reaches.
 */
export const pushforward = (
  b: Builder,
  program: Program,
  args: readonly Value[],
  tangents: readonly (Value | undefined)[],
): Pushforward => {
  const at = bindInputs(program, args)
  const dots = new Map<Value, Value>()
  program.inputs.forEach(({ value }, i) => {
    const xDot = tangents[i]
    if (xDot !== undefined) dots.set(value, xDot)
  })
  for (const equation of program.equations) {
    at.set(equation.output, b.copy(equation, at))
    const yDot = b.fromSource(equation.source, () => applyRule(b, program, equation, at, dots))
    if (yDot !== undefined) dots.set(equation.output, yDot)
  }
  return {
    outputs: program.outputs.map(port => lookUp(program, at, port.value)),
    tangents: program.outputs.map(port => dots.get(port.value)),
  }
}

const applyRule = <P extends Prim>(
  b: Builder,
  program: Program,
  { prim, params, inputs, output }: EquationOf<P>,
  at: ReadonlyMap<Value, Value>,
  dots: ReadonlyMap<Value, Value>,
): Value | undefined => {
  const rule = rowOf(prim).jvp
  if (rule === 'zero' || !isFloat(typeIn(program, output).dtype) || !inputs.some(v => dots.has(v))) {
    return undefined
  }
  return rule(
    {
      b,
      inputs: inputs.map(v => lookUp(program, at, v)),
      output: lookUp(program, at, output),
      params,
      needs: inputs.map(v => dots.has(v)),
    },
    inputs.map(v => dots.get(v)),
    jvp,
  )
}

export interface JvpOptions {
  /** The inputs that move, by number. */
  readonly wrt: readonly number[]
}

/**
 * The program (inputs, a tangent for each input in `wrt`) -> (outputs, a tangent for each float output).
 * The tangent of port `x` is named `xDot`.
 */
export const jvp = (program: Program, { wrt }: JvpOptions): Program => {
  const b = new Builder(`jvp(${program.name})`)
  const args = program.inputs.map(({ name, value }) => b.input(name, typeIn(program, value)))
  const moving = new Map<number, Value>()
  for (const i of wrt) {
    const { name, value } = inputPort(program, i)
    const type = typeIn(program, value)
    if (!isFloat(type.dtype))
      throw bug(`jvp: input ${name} of ${program.name} is ${type.dtype}, which has no tangent`)
    moving.set(i, b.input(`${name}Dot`, type))
  }
  const { outputs, tangents } = pushforward(
    b,
    program,
    args,
    args.map((_, i) => moving.get(i)),
  )
  const ports: Port[] = program.outputs.map(({ name }, i) => ({ name, value: outputs[i] ?? 0 }))
  const dotPorts = program.outputs.flatMap(({ name, value }, i): Port[] => {
    const output = outputs[i]
    if (output === undefined || !isFloat(typeIn(program, value).dtype)) return []
    return [{ name: `${name}Dot`, value: tangents[i] ?? b.fullLike(output, 0) }]
  })
  return pruned(b.finish([...ports, ...dotPorts]))
}
