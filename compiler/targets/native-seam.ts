/** What the native target needs, whether it is there or not: `native-node.ts` and `native-web.ts`, as `#native`. */
import type { Arena } from '../../runtime/arena.js'
import type { Executable } from '../../runtime/executable.js'
import type { Plan } from '../../runtime/plan.js'
import type { Program } from '../ir/program.js'
import type { LoopModule } from '../loop/ir.js'
import type { VectorUnit } from '../loop/vectors.js'

/** Plans of earlier runs, by what was asked. */
export interface PlanMemory {
  /** What a plan of a program is asked for by: the program and what else it depends on beside its address, as text. */
  readonly question: (program: Program, asked: readonly unknown[]) => string
  /** The bytes of the plan, where it was made before: so that its address can be asked for. */
  readonly bytes: (question: string) => number | undefined
  readonly find: (question: string, base: number) => Plan | undefined
  readonly keep: (question: string, plan: Plan) => Promise<void>
}

/** A compiler for machine code, ready to compile. */
export interface NativeCompiler {
  readonly unit: VectorUnit
  /** The code that a native plan holds: the path of its library. */
  readonly emit: (module: LoopModule) => Promise<string>
  readonly memory: PlanMemory
}

/** The native target on one platform. All members throw a limitation where it does not work. */
export interface Native {
  /** Compiles, loads and runs the smallest library there is; once for each compiler and cache folder in a process. */
  readonly checkNative: () => Promise<void>
  readonly openNative: () => Promise<NativeCompiler>
  readonly loadNative: (plan: Plan, arena: Arena) => Promise<Executable>
}
