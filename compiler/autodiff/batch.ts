import { bug } from '../../runtime/fault.js'
import { Builder } from '../ir/build.js'
import type { EquationOf, Port, Prim, Program, Value } from '../ir/program.js'
import { pruned } from '../ir/rebuild.js'
import { repeated } from '../ops/batching.js'
import { rowOf } from '../ops/rows.js'
import { bindInputs, lookUp, typeIn } from './walk.js'

/*
 * Batching (vmap): a program for one element becomes one for many, along a new leading dimension. What does not
 * depend on a batched input is computed once.
 */

/** A batched program in a builder: its outputs, and which of them have the leading dimension. */
export interface Batched {
  readonly outputs: readonly Value[]
  readonly batched: readonly boolean[]
}

/**
 * Emits `program` on `args` into `b`, where the inputs marked in `batched` have a new leading dimension of `size`.
 */
export const batchInto = (
  b: Builder,
  program: Program,
  args: readonly Value[],
  batched: readonly boolean[],
  size: number,
): Batched => {
  const at = bindInputs(program, args)
  const many = new Set<Value>(program.inputs.flatMap(({ value }, i) => (batched[i] ? [value] : [])))
  for (const equation of program.equations) {
    if (equation.inputs.some(v => many.has(v))) {
      at.set(
        equation.output,
        b.fromSource(equation.source, () => applyRule(b, program, equation, at, many, size)),
      )
      many.add(equation.output)
    } else at.set(equation.output, b.copy(equation, at))
  }
  return {
    outputs: program.outputs.map(port => lookUp(program, at, port.value)),
    batched: program.outputs.map(port => many.has(port.value)),
  }
}

const applyRule = <P extends Prim>(
  b: Builder,
  program: Program,
  { prim, params, inputs }: EquationOf<P>,
  at: ReadonlyMap<Value, Value>,
  many: ReadonlySet<Value>,
  size: number,
): Value =>
  rowOf(prim).batch(
    {
      b,
      inputs: inputs.map(v => lookUp(program, at, v)),
      batched: inputs.map(v => many.has(v)),
      size,
      params,
    },
    batch,
  )

export interface BatchOptions {
  /** The inputs that get the leading dimension, by number. */
  readonly over: readonly number[]
  /** How many elements the batch has, at least 1. */
  readonly size: number
}

/** The program for a whole batch: the inputs in `over` and every output have a leading dimension of `size`. */
export const batch = (program: Program, { over, size }: BatchOptions): Program => {
  if (!Number.isSafeInteger(size) || size < 1) throw bug(`batch: a batch has 1 or more elements, got ${size}`)
  const b = new Builder(`batch(${program.name})`)
  const flags = program.inputs.map((_, i) => over.includes(i))
  const args = program.inputs.map(({ name, value }, i) => {
    const { shape, dtype } = typeIn(program, value)
    return b.input(name, { shape: flags[i] ? [size, ...shape] : shape, dtype })
  })
  const { outputs, batched } = batchInto(b, program, args, flags, size)
  const ports = outputs.map(
    (value, i): Port => ({
      name: program.outputs[i]?.name ?? `output${i}`,
      value: batched[i] ? value : repeated(b, value, size),
    }),
  )
  return pruned(b.finish(ports))
}
