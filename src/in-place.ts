import type { AnyTensor } from '../dsl/types/layer.js'
import type { Executable } from '../runtime/executable.js'
import { bug } from '../runtime/fault.js'
import { tensorOf } from './data/tensor.js'

/**
 * A compiled function and its data in one memory, which is this function's alone: a call copies and allocates nothing.
 * Write into the elements of `inputs`, `run()`, read those of `outputs`; these hold until the next run. The tensors are
 * the same ones for as long as the function lives, as its memory never grows. Elements are taken as they are: nothing
 * is checked for NaN.
 */
export interface InPlace<Inputs, Outputs> {
  readonly inputs: Inputs
  readonly outputs: Outputs
  /** Computes the outputs from what the inputs hold. */
  readonly run: () => void
}

/** An input or output of a plan as a tensor that lies in the arena; nothing may be reserved there any more. */
export const tensorInPlace = (executable: Executable, name: string): AnyTensor => {
  const { inputs, outputs } = executable.plan
  const port = [...inputs, ...outputs].find(p => p.name === name)
  if (port === undefined) throw bug(`plan ${executable.plan.name} has no port ${name}`)
  return tensorOf(port.shape, port.dtype, executable.port(name))
}
