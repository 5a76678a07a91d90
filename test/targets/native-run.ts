import { scheduleProgram } from '../../compiler/compile.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import type { VectorUnit } from '../../compiler/loop/vectors.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import type { Storage } from '../../compiler/schedule/storage.js'
import { sizeOf, viewOf } from '../../runtime/dtype.js'
import type { ProgramSample } from '../../src/testing/programs.js'

/** A program as loops, over a memory of its own. */
export interface Scheduled {
  readonly module: LoopModule
  /** The memory with inputs and constants in it, not a byte longer than the program was given. */
  readonly memory: () => ArrayBuffer
  /** The outputs in such a memory. */
  readonly read: (memory: ArrayBuffer) => readonly TensorValue[]
}

const firstAddress = 64

/** Schedules a sample for some registers, at the first address there is. */
export const scheduled = ({ program, inputs }: ProgramSample, unit: VectorUnit): Scheduled => {
  const { module, storage } = scheduleProgram(program, {}, unit)
  return {
    module,
    memory: () => filled(storage, inputs),
    read: memory =>
      storage.outputs.map((port, i) => ({
        type: program.types[program.outputs[i]?.value ?? 0] ?? { shape: port.shape, dtype: port.dtype },
        data: viewOf(port.dtype, memory, port.offset, sizeOf(port.shape)).slice(),
      })),
  }
}

const filled = (storage: Storage, inputs: readonly TensorValue[]): ArrayBuffer => {
  const memory = new ArrayBuffer(firstAddress + storage.bytes)
  for (const { offset, data } of storage.constants) new Uint8Array(memory, offset, data.length).set(data)
  for (const [i, port] of storage.inputs.entries()) {
    const value = inputs[i]
    if (value !== undefined) viewOf(port.dtype, memory, port.offset, sizeOf(port.shape)).set(value.data)
  }
  return memory
}
