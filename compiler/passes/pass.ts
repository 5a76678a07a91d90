import type { Program } from '../ir/program.js'

/** A step from program to program that keeps its meaning. */
export interface Pass {
  /** Kebab-case; it is the value of `--stop-after`. */
  readonly name: string
  /** What it does, in one line. */
  readonly description: string
  readonly run: (program: Program) => Program
}
