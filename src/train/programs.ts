import type { Program, TensorType } from '../../compiler/ir/program.js'
import { bug } from '../../runtime/fault.js'

export interface WeightSpec {
  readonly path: readonly string[]
  readonly shape: readonly number[]
  readonly trainable: boolean
  readonly offset: number
}
export interface WeightLayout {
  readonly weights: readonly WeightSpec[]
  readonly params: number
  readonly state: number
}
export interface StepProgram {
  readonly program: Program
  readonly donate: readonly (readonly [output: string, input: string])[]
  readonly streams: readonly string[]
  readonly guard?: string
  readonly layout: WeightLayout
}

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
