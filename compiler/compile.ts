import { checkNative, loadNative, openNative } from '#native'
import type { Arena } from '../runtime/arena.js'
import { type Executable, load } from '../runtime/executable.js'
import { Fault } from '../runtime/fault.js'
import { ONE_THREAD, type Plan } from '../runtime/plan.js'
import type { Program } from './ir/program.js'
import type { LoopModule } from './loop/ir.js'
import { simd128, type VectorUnit } from './loop/vectors.js'
import { optimize } from './passes/pipeline.js'
import { type Schedule, schedule } from './schedule/schedule.js'
import { assemble } from './targets/assemble.js'
import { printJs } from './targets/js.js'
import type { PlanMemory } from './targets/native-seam.js'
import { acceptsRelaxed } from './targets/relaxed.js'
import { printWat } from './targets/wasm.js'

/**
 * The compiled forms of a program: WebAssembly SIMD; plain JavaScript to read and to fall back on; machine code by the
 * user's C compiler, for Node. `auto` is native where there is a compiler, else wasm.
 */
export type Target = 'wasm' | 'js' | 'native' | 'auto'

/** What `compileProgram` is asked for; all of it may be left out. */
export interface CompileOptions {
  readonly target?: Target
  /** Told, once, why `auto` is not native; the console unless given. */
  readonly notify?: (sentence: string) => void
  /** Outputs computed in the place of an input: [output name, input name]. */
  readonly donate?: readonly (readonly [output: string, input: string])[]
  /** Inputs whose rows `run` gathers from data sets in the arena. */
  readonly streams?: readonly string[]
  /**
   * Inputs that stay as they are from one `prepare` of the executable to the next. What depends on them alone is
   * computed there, once: call it after they are written, and before the first step.
   */
  readonly fixed?: readonly string[]
  /** Inputs that hold no denormal numbers: who writes them sees to it. Others are cleared in each step that reads them. */
  readonly clean?: readonly string[]
  /** A scalar f32 output; a run ends after the step that leaves it not finite. */
  readonly guard?: string
  /** Ports that already lie somewhere in the arena: byte addresses by name. */
  readonly resident?: Readonly<Record<string, number>>
  /** Told how many bytes the plan owns, says at which address (a multiple of 64); 64 unless given. */
  readonly reserve?: (bytes: number) => number
  /** Whether every kernel can be called by itself, under its name in the plan's reports: for profiles. */
  readonly kernelsApart?: boolean
  /**
   * Threads that share the kernels which are worth it; 1 unless given. On js it is one, and where `auto` falls back to
   * wasm, as its arena need not be shared.
   */
  readonly threads?: number
  /**
   * Whether a multiply-add may be one instruction with one rounding where the engine has it; true unless given. The
   * numbers of such an engine then differ in their last bits from those of one that has it not.
   */
  readonly relaxed?: boolean
}

/** The loops of a program for a target's registers, those of wasm unless told: what `densor ir --loops` shows. */
export const scheduleProgram = (
  program: Program,
  options: CompileOptions = {},
  unit: VectorUnit = simd128,
): Schedule =>
  schedule(optimize(program), {
    donate: options.donate ?? [],
    streams: options.streams ?? [],
    fixed: options.fixed ?? [],
    clean: options.clean ?? [],
    resident: options.resident ?? {},
    reserve: options.reserve ?? (() => 64),
    unit,
    threads: options.threads ?? 1,
    ...(options.guard === undefined ? {} : { guard: options.guard }),
  })

/** The code of a module on one target: what a plan holds. */
interface Backend {
  readonly target: Plan['target']
  readonly unit: VectorUnit
  readonly threads: number
  readonly emit: (module: LoopModule) => Promise<Plan['code']>
  /** Plans of earlier runs, by what was asked. */
  readonly memory?: PlanMemory
}

const wasmBackend = ({ threads = 1, relaxed = true }: CompileOptions): Backend => {
  // Whether a kernel is divided or not: who asks for threads has a shared memory.
  const shared = threads > 1
  const text = { shared, relaxed: relaxed && acceptsRelaxed() }
  const emit = async (module: LoopModule) => assemble(printWat(module, text))
  return { target: 'wasm', unit: simd128, threads, emit }
}

const nativeBackend = async ({ threads = 1 }: CompileOptions): Promise<Backend> => ({
  target: 'native',
  threads,
  ...(await openNative()),
})

/** Reasons against native code that were told in this process. */
const told = new Set<string>()

/** What native code gives, or wasm does where there is none, whatever the reason: which is told the first time. */
const nativeOrWasm = async <T>(
  options: CompileOptions,
  work: (backend: Backend) => Promise<T>,
): Promise<T> => {
  const { notify = console.warn } = options
  try {
    await checkNative()
    return await work(await nativeBackend(options))
  } catch (error) {
    const result = await work(wasmBackend({ ...options, threads: 1 }))
    const sentence = `densor compiles to WebAssembly: ${sentenceOf(error)}`
    if (!told.has(sentence)) notify(sentence)
    told.add(sentence)
    return result
  }
}

const sentenceOf = (error: unknown): string => {
  if (!(error instanceof Fault)) return String(error)
  return [error.message, ...error.notes.slice(0, 1)].join(' ')
}

/** Does something with the backend of a target. */
const withBackend = async <T>(
  options: CompileOptions,
  work: (backend: Backend) => Promise<T>,
): Promise<T> => {
  const target = options.target ?? 'wasm'
  switch (target) {
    case 'wasm':
      return work(wasmBackend(options))
    case 'js':
      return work({ target, unit: simd128, threads: 1, emit: async module => printJs(module) })
    case 'native':
      return work(await nativeBackend(options))
    case 'auto':
      return nativeOrWasm(options, work)
    default:
      return target satisfies never
  }
}

/** What a plan depends on beside its program and its address. */
const askedOf = (options: CompileOptions): readonly unknown[] => {
  const { donate, streams, fixed, clean, guard, resident, kernelsApart, threads } = options
  return [donate, streams, fixed, clean, guard, resident, kernelsApart, threads]
}

/** Program -> plan: passes, schedule, memory, code. Asynchronous for the C compiler. */
export const compileProgram = (program: Program, options: CompileOptions = {}): Promise<Plan> =>
  withBackend(options, backend => compileOn(backend, program, options))

const compileOn = async (backend: Backend, program: Program, options: CompileOptions): Promise<Plan> => {
  const { memory } = backend
  if (memory === undefined) return planFor(backend, program, options)
  const question = memory.question(program, askedOf(options))
  const bytes = memory.bytes(question)
  const base = bytes === undefined ? undefined : (options.reserve?.(bytes) ?? 64)
  const known = base === undefined ? undefined : memory.find(question, base)
  if (known !== undefined) return known
  const plan = await planFor(
    backend,
    program,
    base === undefined ? options : { ...options, reserve: () => base },
  )
  await memory.keep(question, plan)
  return plan
}

const planFor = async (
  { target, unit, threads, emit }: Backend,
  program: Program,
  options: CompileOptions,
): Promise<Plan> => {
  const made = scheduleProgram(program, { ...options, threads }, unit)
  const code = await emit(options.kernelsApart === true ? allExported(made.module) : made.module)
  return planOf(program.name, target, made, code)
}

/** What a plan needs that is made without waiting. */
export interface AtOnceOptions extends Omit<CompileOptions, 'target' | 'threads' | 'kernelsApart'> {
  readonly target: 'wasm' | 'js'
  /** Whether the arena's memory is shared with threads; the plan itself runs on one. */
  readonly shared?: boolean
}

/** Program -> plan for one thread, without waiting: where an answer is due now. */
export const compileAtOnce = (
  program: Program,
  { target, shared = false, ...options }: AtOnceOptions,
): Plan => {
  const made = scheduleProgram(program, { ...options, threads: 1 })
  const text = { shared, relaxed: options.relaxed !== false && acceptsRelaxed() }
  const code = target === 'js' ? printJs(made.module) : assemble(printWat(made.module, text))
  return planOf(program.name, target, made, code)
}

const planOf = (
  name: string,
  target: Plan['target'],
  { base, storage, streams, kernels, threads }: Schedule,
  code: Plan['code'],
): Plan => ({
  name,
  target,
  code,
  base,
  inputs: storage.inputs,
  outputs: storage.outputs,
  streams,
  constants: storage.constants,
  kernels,
  threads: { count: threads, control: storage.controlAddress },
  memory: {
    bytes: storage.bytes,
    inputs: storage.inputBytes,
    outputs: storage.outputBytes,
    scratch: storage.scratchBytes,
    constants: storage.constantBytes,
  },
})

const allExported = ({ functions }: LoopModule): LoopModule => ({
  functions: functions.map(f => ({ ...f, exported: true })),
})

/** Where loops of one's own run. */
export interface LoopOptions {
  readonly name: string
  readonly target: Target
  /** First byte that they use; a multiple of 64. */
  readonly base: number
}

/** A plan without ports of loops written by hand; one function is called `step`. */
export const compileLoops = (
  { name, target, base }: LoopOptions,
  write: (unit: VectorUnit) => LoopModule,
): Promise<Plan> => {
  const memory = { bytes: 0, inputs: 0, outputs: 0, scratch: 0, constants: 0 }
  const nothing = { inputs: [], outputs: [], streams: [], constants: [], kernels: [] }
  return withBackend({ target }, async backend => {
    const code = await backend.emit(write(backend.unit))
    return { name, target: backend.target, code, base, memory, threads: ONE_THREAD, ...nothing }
  })
}

/** Binds a plan of any target to an arena; a native one asynchronously, as its executor is loaded then. */
export const loadPlan = async (plan: Plan, arena: Arena): Promise<Executable> => {
  return plan.target === 'native' ? loadNative(plan, arena) : load(plan, arena)
}

/** Floating-point operations of one step of a plan. */
export const flopsOfPlan = (plan: Plan): number => plan.kernels.reduce((n, k) => n + k.flops, 0)
