import { abs, add, constant, let_, lt, ref, select, set, sub } from './expr.js'
import type { Expr, RegType, Stmt } from './ir.js'

/*
 * Sums in registers. A running sum of n numbers in f32 loses digits with n, so a long one is cut into blocks: each
 * starts at zero, and is then added to the sum of those before it together with what that addition lost. The error is
 * that of a block, whatever n is; the cost is four operations a block.
 */

/** Terms of a block: what a running sum of so many loses stays below 1e-6 of it. */
const BLOCK = 48
/** Terms up to which a sum is one block. */
const SHORT = 128

/** Where the loops around a fold are cut: after so many turns of this one, a block is complete. */
export interface Cut {
  readonly loop: number
  readonly turns: number
}

/** Where to cut loops of these turns, outermost first, with one term in each turn of the innermost; undefined for a short fold. */
export const cutOf = (turns: readonly number[]): Cut | undefined => {
  if (turns.reduce((n, t) => n * t, 1) <= SHORT) return undefined
  let terms = 1
  let loop = turns.length - 1
  while (loop > 0 && terms * (turns[loop] ?? 1) <= BLOCK) terms *= turns[loop--] ?? 1
  const most = Math.max(1, Math.floor(BLOCK / terms))
  // blocks of one size, if they are not much shorter: none is then left over
  const even = Array.from({ length: most }, (_, i) => most - i).find(n => (turns[loop] ?? 1) % n === 0) ?? 1
  return { loop, turns: even > most / 2 ? even : most }
}

/** A register that a fold runs in, and, where the fold is a long sum, the sum of its blocks and what that has lost. */
export interface Accumulator {
  readonly type: RegType
  readonly block: string
  readonly total: { readonly sum: string; readonly lost: string } | undefined
}

/** Ends a block: its sum goes to those before it, under the name `name` first, and the next one starts at zero. */
export const endBlock = ({ block, total, type }: Accumulator, name: string): readonly Stmt[] => {
  if (total === undefined) return []
  const [x, sum, lost] = [ref(block, type), ref(total.sum, type), ref(total.lost, type)]
  const next = ref(name, type)
  return [
    let_(name, add(sum, x)),
    // exact where the sum outweighs the block, and within half a unit of the block where it does not
    set(total.lost, add(lost, sub(x, sub(next, sum)))),
    set(total.sum, next),
    set(block, constant(type, 0)),
  ]
}

/** What an accumulator has come to. An infinite sum has lost what cannot be added to it. */
export const comeTo = ({ block, total, type }: Accumulator): Expr => {
  if (total === undefined) return ref(block, type)
  const [sum, lost] = [ref(total.sum, type), ref(total.lost, type)]
  const rest = ref(block, type)
  return select(lt(abs(sum), Number.POSITIVE_INFINITY), add(sum, add(lost, rest)), add(sum, rest))
}
