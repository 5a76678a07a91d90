import { bug } from '../../runtime/fault.js'
import { type Accumulator, comeTo, endBlock } from '../loop/blocks.js'
import { lanesOf, ref, set, splat, var_, withLanes } from '../loop/expr.js'
import type { Expr, Lanes, RegType, Stmt } from '../loop/ir.js'
import { rowOf } from '../ops/rows.js'
import { at } from '../ops/tensor.js'
import { bind, type Frame } from './members.js'
import type { Node } from './nodes.js'

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
  if (lower.kind !== 'reduction') throw bug(`schedule: ${equation.prim} is not a reduction`)
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

/** Ends the blocks of some folds: those of vectors, of single elements, or both. */
export const settle = (folds: readonly Fold[], which: 'vectors' | 'singles' | 'all'): readonly Stmt[] =>
  folds.flatMap(fold => [
    ...(fold.vector !== undefined && which !== 'singles' ? endBlock(fold.vector, fold.frame.fresh()) : []),
    ...(fold.single !== undefined && which !== 'vectors' ? endBlock(fold.single, fold.frame.fresh()) : []),
  ])

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
