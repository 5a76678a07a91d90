import type { TensorType } from '../../compiler/ir/program.js'
import type { StepProgram } from '../../dsl/trace/step.js'
import { bug } from '../../runtime/fault.js'

export type { WeightLayout, WeightSpec } from '../../dsl/trace/layout.js'
export type { StepProgram } from '../../dsl/trace/step.js'

/** An input of a program with its type. */
export interface InputPort extends TensorType {
  readonly name: string
}

const typedInputs = ({ program }: StepProgram): readonly InputPort[] =>
  program.inputs.map(({ name, value }) => {
    const type = program.types[value]
    if (type === undefined) throw bug(`input ${name} of ${program.name} has no type`)
    return { name, ...type }
  })

/** The streams of a step with the types of a batch. */
export const streamsOfProgram = (step: StepProgram): readonly InputPort[] =>
  typedInputs(step).filter(({ name }) => step.streams.includes(name))

/** The inputs that are not streams, and how many rows a step takes of its streams. */
export const portsOf = (
  step: StepProgram,
): { readonly inputs: readonly InputPort[]; readonly batch: number } => {
  const typed = typedInputs(step)
  const [stream] = step.streams
  return {
    inputs: typed.filter(({ name }) => !step.streams.includes(name)),
    batch: typed.find(({ name }) => name === stream)?.shape[0] ?? 1,
  }
}
