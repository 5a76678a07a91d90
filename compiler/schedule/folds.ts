import { bug } from '../../runtime/fault.js'
import { abs, add, lanesOf, let_, lt, ref, select, set, splat, sub, var_, withLanes } from '../loop/expr.js'
import type { Expr, Lanes, RegType, Stmt } from '../loop/ir.js'
import { rowOf } from '../ops/table.js'
import { at } from '../ops/tensor.js'
import { bind, type Frame } from './members.js'
import type { Node } from './nodes.js'

/*
 * Folds in registers. A running sum of n numbers in f32 loses digits with n, so a long one is cut into blocks: each
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
  while (loop > 0 && terms * at(turns, loop) <= BLOCK) terms *= at(turns, loop--)
  const most = Math.max(1, Math.floor(BLOCK / terms))
  // blocks of one size, if they are not much shorter: none is then left over
  const even = Array.from({ length: most }, (_, i) => most - i).find(n => at(turns, loop) % n === 0) ?? 1
  return { loop, turns: even > most / 2 ? even : most }
}

/** A register that a fold runs in, and, where the fold is a long sum, the sum of its blocks and what that has lost. */
interface Accumulator {
  readonly type: RegType
  readonly block: string
  readonly total: { readonly sum: string; readonly lost: string } | undefined
}

/** A reduction under way: its accumulators, one of vectors and one of single elements. */
export interface Fold {
  readonly node: Node
  readonly frame: Frame
  readonly vector: Accumulator | undefined
  readonly single: Accumulator | undefined
}

/** What the row of a reduction says of one node. */
const foldingOf = ({ equation }: Node) => {
  const { lower } = rowOf(equation.prim)
  if (lower.kind !== 'reduction') throw bug(`schedule: ${equation.prim} is no reduction`)
  return {
    identity: (type: RegType): Expr => lower.identity(equation.params, type),
    step: (x: Expr, y: Expr): Expr => lower.step(x, y, equation.params, x.type),
    isSum: lower.isSum(equation.params),
  }
}

/** True where a fold adds numbers that are rounded. */
export const loses = (node: Node, type: RegType): boolean => type.elem === 'f32' && foldingOf(node).isSum

/** A fold from its identity on; one of vectors has single elements too where it runs along a row (`frame.lanes` 1). */
export const openFold = (
  frame: Frame,
  node: Node,
  type: RegType,
  rowLanes: Lanes,
  isLong: (lanes: Lanes) => boolean,
): Fold => {
  const { identity } = foldingOf(node)
  const declare = (lanes: Lanes): string => {
    const name = frame.fresh()
    frame.body.push(var_(name, identity(withLanes(type, lanes))))
    return name
  }
  const open = (lanes: Lanes): Accumulator => ({
    type: withLanes(type, lanes),
    block: declare(lanes),
    total: isLong(lanes) && loses(node, type) ? { sum: declare(lanes), lost: declare(lanes) } : undefined,
  })
  const lanes = frame.lanes > 1 ? frame.lanes : rowLanes
  return {
    node,
    frame,
    vector: lanes > 1 ? open(lanes) : undefined,
    single: frame.lanes === 1 ? open(1) : undefined,
  }
}

/** The accumulator for values of so many lanes. */
const accumulatorOf = ({ vector, single }: Fold, lanes: Lanes): Accumulator => {
  const accumulator = lanes > 1 ? vector : single
  if (accumulator === undefined) throw bug('schedule: a fold without an accumulator')
  return accumulator
}

/** Folds one more value. */
export const advance = (fold: Fold, value: Expr, lanes: Lanes): Stmt => {
  const { block, type } = accumulatorOf(fold, lanes)
  return set(block, foldingOf(fold.node).step(ref(block, type), splat(value, lanes)))
}

/** Ends the blocks of an accumulator: its sum goes to those before it, and the next one starts at zero. */
const settled = ({ node, frame }: Fold, { block, total, type }: Accumulator): readonly Stmt[] => {
  if (total === undefined) return []
  const [x, sum, lost] = [ref(block, type), ref(total.sum, type), ref(total.lost, type)]
  const name = frame.fresh()
  const next = ref(name, type)
  return [
    let_(name, add(sum, x)),
    // exact where the sum outweighs the block, and within half a unit of the block where it does not
    set(total.lost, add(lost, sub(x, sub(next, sum)))),
    set(total.sum, next),
    set(block, foldingOf(node).identity(type)),
  ]
}

/** Ends the blocks of some folds: those of vectors, of single elements, or both. */
export const settle = (folds: readonly Fold[], which: 'vectors' | 'singles' | 'all'): readonly Stmt[] =>
  folds.flatMap(fold => [
    ...(fold.vector !== undefined && which !== 'singles' ? settled(fold, fold.vector) : []),
    ...(fold.single !== undefined && which !== 'vectors' ? settled(fold, fold.single) : []),
  ])

/** What an accumulator has come to. An infinite sum has lost what cannot be added to it. */
const comeTo = ({ block, total, type }: Accumulator): Expr => {
  if (total === undefined) return ref(block, type)
  const [sum, lost] = [ref(total.sum, type), ref(total.lost, type)]
  const rest = ref(block, type)
  return select(lt(abs(sum), Number.POSITIVE_INFINITY), add(sum, add(lost, rest)), add(sum, rest))
}

/** Neighbours first, then neighbouring pairs, and so on; the count is a power of two. */
const inPairs = (xs: readonly Expr[], step: (x: Expr, y: Expr) => Expr): Expr => {
  if (xs.length === 1) return at(xs, 0)
  const pairs = Array.from({ length: xs.length / 2 }, (_, i) => step(at(xs, 2 * i), at(xs, 2 * i + 1)))
  return inPairs(pairs, step)
}

/** The folded value: lanes are folded into one, unless the lanes are columns of their own. */
export const closeFold = ({ node, frame, vector, single }: Fold): Expr => {
  const { step } = foldingOf(node)
  const wide = vector && bind(frame, comeTo(vector))
  const narrow = single && comeTo(single)
  const result =
    wide === undefined ? narrow : narrow === undefined ? wide : step(inPairs(lanesOf(wide), step), narrow)
  if (result === undefined) throw bug('schedule: a fold without an accumulator')
  return bind(frame, result)
}
