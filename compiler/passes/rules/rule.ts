import type { Builder } from '../../ir/build.js'
import type { Equation, Prim, Value } from '../../ir/program.js'
import type { Lowering } from '../../ops/row.js'

/** One rewriting: what an equation of the builder could be instead, or `undefined`. */
export interface Rule {
  readonly name: string
  /** The primitives at whose equations it looks: these, those that are lowered so, or all. */
  readonly on: readonly Prim[] | Lowering<Prim>['kind'] | 'all'
  /** The identity, in one line. */
  readonly doc: string
  /**
   * `equation` has operands in `b` and is not written yet; `uses` counts how often an operand is read in the
   * program that is rewritten.
   */
  readonly apply: (b: Builder, equation: Equation, uses: (operand: Value) => number) => Value | undefined
}
