import type { AnyTensor } from '../../dsl/types/layer.js'
import type { TypedArray } from '../../runtime/dtype.js'
import type { Plan } from '../../runtime/plan.js'
import type { StepProgram } from './programs.js'

/** Samples that were copied in once; steps gather their rows from it. */
export interface Dataset {
  readonly rows: number
  /** The rows in the order in which steps take them; valid until the next `load` or `dataset`. */
  readonly order: () => Int32Array
  readonly setOrder: (order: Int32Array) => void
  /** Overwrites the samples with as many others. */
  readonly fill: (streams: Readonly<Record<string, AnyTensor>>) => void
  /** Gives its memory back. */
  readonly release: () => void
}

/** A step program that is ready to run. */
export interface Step {
  readonly program: StepProgram
  /** Rows that one step takes. */
  readonly batch: number
  /** What the compiler made of it; the evaluator has none. */
  readonly plan: Plan | undefined
  /** Computes what depends on the fixed inputs alone: after they were written, before steps are run. */
  readonly prepare: () => void
  /**
   * `count` steps, on the rows at places `first`, `first + batch`, … of the order. Ends early, after the step whose
   * guard is not finite; returns how many ended with a finite one.
   */
  readonly run: (data: Dataset, first: number, count: number) => number
  /** An output of the last step, e.g. `loss` or `out`; valid until the next step, `load` or `dataset`. */
  readonly output: (name: string) => TypedArray
}

/**
 * Where steps run. Inputs that are not streams (`params`, `state`, `slot0`, `totals`, …) are shared by all programs
 * by name, and a step writes its donated outputs over them.
 */
export interface Machine {
  readonly load: (program: StepProgram) => Promise<Step>
  /** The same without waiting, for one thread; native code, whose compiler takes seconds, is WebAssembly here. */
  readonly loadAtOnce: (program: StepProgram) => Step
  /**
   * Copies samples in, one tensor for each stream. All have the same number of rows. The order has a place for each
   * row, or as many as `places` says; it begins with the rows in turn, over and over.
   */
  readonly dataset: (streams: Readonly<Record<string, AnyTensor>>, places?: number) => Dataset
  /** Names of the shared numbers so far. */
  readonly names: () => readonly string[]
  /** The shared numbers of that name, to read and write in place; valid until the next `load` or `dataset`. */
  readonly shared: (name: string) => TypedArray
}
