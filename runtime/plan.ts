import type { DType } from './dtype.js'

/** Where a value that the caller reads or writes lies in the arena. */
export interface PlanPort {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Byte address in the arena. */
  readonly offset: number
}

/** An input whose leading dimension is filled row by row from a data set that lies elsewhere in the arena. */
export interface Stream extends PlanPort {
  readonly rowBytes: number
  readonly rows: number
}

/** What one kernel does in one step, for summaries and profiles. */
export interface KernelReport {
  readonly name: string
  readonly kind: 'loops' | 'contraction' | 'copy'
  /** The layers whose equations it computes. */
  readonly sources: readonly string[]
  readonly equations: readonly string[]
  /** Floating-point operations. */
  readonly flops: number
  /** Bytes read and written at least once. */
  readonly bytes: number
}

export interface MemoryReport {
  /** Bytes the plan owns: everything in [base, base + bytes). */
  readonly bytes: number
  readonly inputs: number
  readonly outputs: number
  readonly scratch: number
  readonly constants: number
}

/**
 * A compiled program as plain data: where everything lies, the code, and what it does.
 * `code` exports `step(): void`; where inputs are fixed and something depends on them alone, `prepare(): void`, which
 * comes first and again when they are written (one thread does it); and when there are streams
 * `run(count: i32, order: i32, ...dataset addresses: i32): i32`, which repeats gather-and-step `count` times,
 * reading `count * rows` i32 row numbers from address `order`, and returns how many steps ended with a finite guard.
 */
export interface Plan {
  readonly name: string
  readonly target: 'wasm' | 'js' | 'native'
  /** wasm: the module's bytes; js: its source; native: the path of a shared library on this machine. */
  readonly code: Uint8Array<ArrayBuffer> | string
  /** First byte of the plan's region of the arena; multiple of 64. */
  readonly base: number
  readonly inputs: readonly PlanPort[]
  readonly outputs: readonly PlanPort[]
  readonly streams: readonly Stream[]
  readonly constants: readonly { readonly offset: number; readonly data: Uint8Array<ArrayBuffer> }[]
  readonly kernels: readonly KernelReport[]
  readonly memory: MemoryReport
  /**
   * Threads that the code is divided for. Thread `t` of several runs `step<t>` and `run<t>` (the first: `step`, `run`)
   * at the same time as the others, over one shared memory.
   */
  readonly threads: ThreadPlan
}

/** How many threads, and where they tell each other what to do. */
export interface ThreadPlan {
  readonly count: number
  /** Byte address of 64 i32 words: a barrier's, then from word 16 those of `ControlWord`; nothing for one thread. */
  readonly control: number
}

/** The plan of code that one thread runs. */
export const ONE_THREAD: ThreadPlan = { count: 1, control: 0 }

/** The words by which the first thread starts the others. */
export const ControlWord = {
  /** Counts the calls. */
  go: 16,
  /** 0 for `step`, 1 for `run`, 2 to end. */
  mode: 17,
  count: 18,
  order: 19,
  /** The addresses of the data sets, one a stream. */
  data: 20,
} as const
