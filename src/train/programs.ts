import type { TensorType } from '../../compiler/ir/program.js'
import type { StepProgram } from '../../dsl/trace/step.js'
import { bug } from '../../runtime/fault.js'

export type { WeightLayout, WeightSpec } from '../../dsl/trace/layout.js'
export type { StepProgram } from '../../dsl/trace/step.js'

/** An input of a program with its type. */
export interface InputPort extends TensorType {
  readonly name: string
}

/** The inputs that are no streams, and how many rows a step takes of its streams. */
export const portsOf = (
  step: StepProgram,
): { readonly inputs: readonly InputPort[]; readonly batch: number } => {
  const typed = step.program.inputs.map(({ name, value }) => {
    const type = step.program.types[value]
    if (type === undefined) throw bug(`input ${name} of ${step.program.name} has no type`)
    return { name, ...type }
  })
  const [stream] = step.streams
  return {
    inputs: typed.filter(({ name }) => !step.streams.includes(name)),
    batch: typed.find(({ name }) => name === stream)?.shape[0] ?? 1,
  }
}
