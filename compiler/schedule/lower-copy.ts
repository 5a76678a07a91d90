import type { Value } from '../ir/program.js'
import type { Expr, Lanes, Stmt } from '../loop/ir.js'
import { lanesFor } from '../loop/vectors.js'
import { at } from '../ops/tensor.js'
import { LoopWriter } from './loop-writer.js'
import { type Placement, readAccess, writeValue } from './members.js'
import { type Range, rangesOf } from './threads.js'
import { type Move, mergeDims } from './views.js'

/** Elements from windows to windows, in vectors where both stand side by side; in `parts`, each a stretch of every move. */
export const lowerCopy = (
  moves: readonly Move[],
  to: Value,
  placement: Placement,
  parts: number,
): readonly Stmt[][] => {
  const loops = new LoopWriter()
  const moved = moves.map(move => lowerMove(loops, move, to, placement, parts))
  const isDivided = moved.some(stretches => stretches.length > 1)
  return Array.from({ length: isDivided ? parts : 1 }, (_, t) =>
    moved.flatMap(stretches => stretches[t] ?? []),
  )
}

/** One move in stretches of its outermost dimension; one where there is too little of it. */
const lowerMove = (
  loops: LoopWriter,
  { from, view }: Move,
  to: Value,
  placement: Placement,
  parts: number,
): readonly Stmt[][] => {
  const { space, views } = mergeDims(from.view.shape, [from.view, view])
  const [source, target] = [at(views, 0), at(views, 1)]
  const last = space.length - 1
  const write = (index: ReadonlyMap<number, Expr>, lanes: Lanes, before: Stmt[]): Stmt[] => {
    const frame = loops.frame(index, last < 0 ? undefined : last, lanes, [], before)
    const value = readAccess(placement, frame, { root: from.root, view: source })
    writeValue(frame, value, placement.addressOf(to), target)
    return frame.body
  }
  if (last < 0) {
    const before: Stmt[] = []
    const body = write(new Map(), 1, before)
    return [[...before, ...body]]
  }
  const lanes = lanesFor(placement.unit, at(space, last))
  const stretch = (first: Range): Stmt[] => {
    const rangeOf = (d: number): Range => (d === 0 ? first : { from: 0, to: at(space, d) })
    const outer = space.map((_, d) => d).slice(0, -1)
    return loops.nest(outer, rangeOf, new Map(), index => {
      const { from, to } = rangeOf(last)
      const body = (i: Expr, width: Lanes, before: Stmt[]): Stmt[] =>
        write(new Map(index).set(last, i), width, before)
      return loops.vectors(to, lanes, body, from)
    })
  }
  const whole: Range = { from: 0, to: at(space, 0) }
  const ranges = parts === 1 ? undefined : rangesOf(whole.to, parts, last === 0 ? lanes : 1)
  return (ranges ?? [whole]).map(stretch)
}
