import { type CompileOptions, compileProgram, loadPlan } from '../../compiler/compile.js'
import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { Arena } from '../../runtime/arena.js'

/** Runs a program once on a compiled target: the values of its outputs, copied out of the arena. */
export const runCompiled = async (
  program: Program,
  inputs: readonly TensorValue[],
  options: Pick<CompileOptions, 'target' | 'donate' | 'fixed'> = {},
): Promise<TensorValue[]> => {
  const arena = new Arena()
  // two roundings everywhere, so that targets agree to the bit
  const plan = await compileProgram(program, {
    ...options,
    relaxed: false,
    reserve: bytes => arena.reserve(bytes),
  })
  const executable = await loadPlan(plan, arena)
  program.inputs.forEach((port, i) => {
    const data = inputs[i]?.data
    if (data !== undefined) executable.port(port.name).set(data)
  })
  executable.prepare()
  executable.step()
  return plan.outputs.map((port, i) => {
    const value = program.outputs[i]?.value ?? 0
    const type = program.types[value] ?? { shape: port.shape, dtype: port.dtype }
    return {
      type,
      data: arena
        .view(
          port.dtype,
          port.offset,
          port.shape.reduce((n, d) => n * d, 1),
        )
        .slice(),
    }
  })
}
