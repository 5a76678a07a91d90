import { bug } from '../../runtime/fault.js'
import { Builder } from '../ir/build.js'
import {
  type EquationOf,
  type Port,
  type Prim,
  type Program,
  sameType,
  showType,
  type Value,
} from '../ir/program.js'
import { pruned } from '../ir/rebuild.js'
import { rowOf } from '../ops/rows.js'
import { isFloat } from '../ops/rules.js'
import { activeValues, bindInputs, inputPort, lookUp, typeIn } from './walk.js'

/*
 * Reverse mode. The adjoint of `x` is `xBar`, its cotangent: the derivative of what is differentiated by `x`.
 * The walk emits the primal equations once, then the rules of the rows from the last equation to the first.
 * A value without a cotangent has cotangent zero; nothing is written for it.
 */

/** A program inlined into a builder, and the way back through it. */
export interface Pullback {
  /** The program's outputs, as values of the builder. */
  readonly outputs: readonly Value[]
  /**
   * Emits the cotangents of the inputs in `wrt`, in that order, from those of the outputs (`undefined` is zero).
   * An input that the outputs do not depend on gets zeros.
   */
  readonly pull: (cotangents: readonly (Value | undefined)[]) => Value[]
}

/**
 * Emits `program` on `args` into `b`, ready to be differentiated with respect to the inputs numbered in `wrt`,
 * which are float. `args` and the results are values of `b`.
 */
export const pullback = (
  b: Builder,
  program: Program,
  args: readonly Value[],
  wrt: readonly number[],
): Pullback => {
  const active = activeValues(program, wrt)
  const at = bindInputs(program, args)
  for (const equation of program.equations) {
    const value =
      equation.prim === 'custom_vjp_call' && active.has(equation.output)
        ? customForward(b, equation, at)
        : b.copy(equation, at)
    at.set(equation.output, value)
  }
  const outputs = program.outputs.map(port => lookUp(program, at, port.value))
  return { outputs, pull: cotangents => pullBack(b, program, at, active, wrt, cotangents) }
}

/** The output of a custom call by its forward program, whose residuals the rule will find by value numbering. */
const customForward = (
  b: Builder,
  { inputs, params, source }: EquationOf<'custom_vjp_call'>,
  at: ReadonlyMap<Value, Value>,
): Value =>
  b.fromSource(source, () => {
    const args = inputs.map(v => lookUp(params.primal, at, v))
    const [output] = b.inline(params.forward, args)
    if (output === undefined) throw bug(`vjp: ${params.forward.name} has no output`)
    return output
  })

const pullBack = (
  b: Builder,
  program: Program,
  at: ReadonlyMap<Value, Value>,
  active: ReadonlySet<Value>,
  wrt: readonly number[],
  cotangents: readonly (Value | undefined)[],
): Value[] => {
  const bars = new Map<Value, Value>()
  const accumulate = (value: Value, more: Value | undefined): void => {
    if (more === undefined || !active.has(value)) return
    const primal = b.typeOf(lookUp(program, at, value))
    if (!sameType(primal, b.typeOf(more))) {
      throw bug(
        `vjp: the cotangent of %${value} in ${program.name} is ${showType(b.typeOf(more))}, its value ${showType(primal)}`,
      )
    }
    const sum = bars.get(value)
    bars.set(value, sum === undefined ? more : b.add(sum, more))
  }
  for (const [i, port] of program.outputs.entries()) accumulate(port.value, cotangents[i])
  for (const equation of program.equations.toReversed()) {
    const yBar = bars.get(equation.output)
    if (yBar === undefined) continue
    const xBars = b.fromSource(equation.source, () => applyRule(b, program, equation, at, active, yBar))
    for (const [i, input] of equation.inputs.entries()) accumulate(input, xBars[i])
  }
  return wrt.map(i => {
    const { value } = inputPort(program, i)
    return bars.get(value) ?? b.fullLike(lookUp(program, at, value), 0)
  })
}

const applyRule = <P extends Prim>(
  b: Builder,
  program: Program,
  equation: EquationOf<P>,
  at: ReadonlyMap<Value, Value>,
  active: ReadonlySet<Value>,
  yBar: Value,
): readonly (Value | undefined)[] => {
  const rule = rowOf(equation.prim).vjp
  if (rule === 'zero') return []
  return rule(
    {
      b,
      inputs: equation.inputs.map(v => lookUp(program, at, v)),
      output: lookUp(program, at, equation.output),
      params: equation.params,
      needs: equation.inputs.map(v => active.has(v)),
    },
    yBar,
    vjp,
  )
}

/** A scalar function's outputs and its gradients, as values of a builder. */
export interface ValueAndGradients {
  readonly outputs: readonly Value[]
  /** One for each input in `wrt`, in that order, of the input's type. */
  readonly gradients: readonly Value[]
}

/**
 * Emits `program` on `args` into `b`, and the gradients of its first output, a float scalar, with respect to the
 * inputs in `wrt`; its other outputs are carried along without a derivative.
 */
export const valueAndGradients = (
  b: Builder,
  program: Program,
  args: readonly Value[],
  wrt: readonly number[],
): ValueAndGradients => {
  const { outputs, pull } = pullback(b, program, args, wrt)
  const loss = outputs[0]
  if (loss === undefined) throw bug(`gradient: ${program.name} has no output`)
  const type = b.typeOf(loss)
  if (type.shape.length > 0 || !isFloat(type.dtype)) {
    throw bug(`gradient: the first output of ${program.name} is a float scalar, got ${showType(type)}`)
  }
  return { outputs, gradients: pull([b.scalar(1, type.dtype)]) }
}

export interface VjpOptions {
  /** The inputs to differentiate with respect to, by number. */
  readonly wrt: readonly number[]
  /** Whether the primal outputs come before the cotangents. */
  readonly primals?: boolean
}

/**
 * The program (inputs, a cotangent for each float output) -> (the primal outputs if asked for, a cotangent for each
 * input in `wrt`). The cotangent of port `x` is named `xBar`.
 */
export const vjp = (program: Program, { wrt, primals = false }: VjpOptions): Program => {
  const b = new Builder(`vjp(${program.name})`)
  const args = program.inputs.map(({ name, value }) => b.input(name, typeIn(program, value)))
  const cotangents = program.outputs.map(({ name, value }) => {
    const type = typeIn(program, value)
    return isFloat(type.dtype) ? b.input(`${name}Bar`, type) : undefined
  })
  const { outputs, pull } = pullback(b, program, args, wrt)
  const xBars = pull(cotangents)
  return pruned(b.finish([...(primals ? named(program, outputs) : []), ...bars(program, wrt, xBars)]))
}

/**
 * The program inputs -> (outputs, gradients of the first output, a float scalar, with respect to the inputs in `wrt`).
 */
export const gradient = (program: Program, wrt: readonly number[]): Program => {
  const b = new Builder(`grad(${program.name})`)
  const args = program.inputs.map(({ name, value }) => b.input(name, typeIn(program, value)))
  const { outputs, gradients } = valueAndGradients(b, program, args, wrt)
  return pruned(b.finish([...named(program, outputs), ...bars(program, wrt, gradients)]))
}

const named = (program: Program, outputs: readonly Value[]): Port[] =>
  outputs.map((value, i) => ({ name: program.outputs[i]?.name ?? `output${i}`, value }))

const bars = (program: Program, wrt: readonly number[], values: readonly Value[]): Port[] =>
  values.map((value, i) => ({ name: `${inputPort(program, wrt[i] ?? 0).name}Bar`, value }))
