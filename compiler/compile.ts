import type { Plan } from '../runtime/plan.js'
import type { Program } from './ir/program.js'
import { optimize } from './passes/pipeline.js'
import { type Schedule, schedule } from './schedule/schedule.js'
import { loadAssembler } from './targets/assemble.js'
import { printJs } from './targets/js.js'
import { printWat } from './targets/wasm.js'

/** The compiled forms of a program: WebAssembly SIMD, or plain JavaScript to read and to fall back on. */
export type Target = 'wasm' | 'js'

/** What `compileProgram` is asked for; all of it may be left out. */
export interface CompileOptions {
  readonly target?: Target
  /** Outputs computed in the place of an input: [output name, input name]. */
  readonly donate?: readonly (readonly [output: string, input: string])[]
  /** Inputs whose rows `run` gathers from data sets in the arena. */
  readonly streams?: readonly string[]
  /** A scalar f32 output; a run ends after the step that leaves it not finite. */
  readonly guard?: string
  /** Ports that already lie somewhere in the arena: byte addresses by name. */
  readonly resident?: Readonly<Record<string, number>>
  /** Told how many bytes the plan owns, says at which address (a multiple of 64); 64 unless given. */
  readonly reserve?: (bytes: number) => number
}

/** The loops of a program, before any target: what `densor ir --loops` shows. */
export const scheduleProgram = (program: Program, options: CompileOptions = {}): Schedule =>
  schedule(optimize(program), {
    donate: options.donate ?? [],
    streams: options.streams ?? [],
    resident: options.resident ?? {},
    reserve: options.reserve ?? (() => 64),
    ...(options.guard === undefined ? {} : { guard: options.guard }),
  })

/** Program -> plan: passes, schedule, memory, code. Asynchronous for the assembler's first load alone. */
export const compileProgram = async (program: Program, options: CompileOptions = {}): Promise<Plan> => {
  const target = options.target ?? 'wasm'
  const assemble = target === 'wasm' ? await loadAssembler() : undefined
  const { base, module, storage, streams, kernels } = scheduleProgram(program, options)
  const code = assemble === undefined ? printJs(module) : assemble(printWat(module))
  return {
    name: program.name,
    target,
    code,
    base,
    inputs: storage.inputs,
    outputs: storage.outputs,
    streams,
    constants: storage.constants,
    kernels,
    memory: {
      bytes: storage.bytes,
      inputs: storage.inputBytes,
      outputs: storage.outputBytes,
      scratch: storage.scratchBytes,
      constants: storage.constantBytes,
    },
  }
}

/** Floating-point operations of one step of a plan. */
export const flopsOfPlan = (plan: Plan): number => plan.kernels.reduce((n, k) => n + k.flops, 0)
