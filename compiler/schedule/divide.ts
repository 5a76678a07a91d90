import { choose } from '../loop/contraction/choose.js'
import { isNested } from '../loop/contraction/nested-plan.js'
import type { Contraction } from '../loop/contraction/problem.js'
import { orient } from '../loop/contraction/swap.js'
import { add } from '../loop/expr.js'
import type { Expr } from '../loop/ir.js'
import { type Range, rangesOf } from './threads.js'

/*
 * How a product is shared among threads.
 */

/** Rows of a part are whole register tiles of every target; columns are whole panels. */
const ROWS = 24
const COLUMNS = 64

/** A share that is so many times the even one is as good: it spares the packing of another way. */
const EVEN = 1.1

/** One way to divide a product. */
interface Division {
  readonly parts: readonly Contraction[]
  /** Elements of the divided dimension that the largest part has, of all. */
  readonly share: number
}

/**
 * A product in parts of its result, each with the sums of the whole in the same order. Outer indices share nothing;
 * rows and columns can be divided in the nested and the blocked template only, whose sums do not depend on how many
 * there are. The most even way counts; of equals batches, then rows, then the longer side, which shares out the packing
 * of the larger operand. One part where it cannot be divided.
 */
export const divideContraction = (c: Contraction, parts: number): readonly Contraction[] => {
  if (parts === 1) return [c]
  const sides = c.n >= c.m ? [byColumns, byM] : [byM, byColumns]
  const ways = [byOuter(c, parts), ...(keepsSums(c) ? [byRows, ...sides].map(way => way(c, parts)) : [])]
  const possible = ways.flatMap(way => (way?.parts.every(part => pathOf(part) === pathOf(c)) ? [way] : []))
  const least = Math.min(...possible.map(way => way.share))
  const best = possible.find(way => way.share <= Math.max(least, EVEN / parts))
  return best?.parts.map((part, t) => ({ ...part, name: `${c.name}_${t}` })) ?? [c]
}

/** The path that a product takes. */
const pathOf = (c: Contraction): string => (isNested(c) ? 'nested' : choose(orient(c)).path)

const keepsSums = (c: Contraction): boolean => ['nested', 'blocked'].includes(pathOf(c))

/** A part for each range of a dimension. */
const divide = (
  extent: number,
  ranges: readonly Range[] | undefined,
  part: (range: Range) => Contraction,
): Division | undefined =>
  ranges && {
    parts: ranges.map(part),
    share: Math.max(...ranges.map(({ from, to }) => to - from)) / extent,
  }

const ELEMENT = 4

const byOuter = (c: Contraction, parts: number): Division | undefined => {
  const [first, ...rest] = c.outer
  if (first === undefined) return undefined
  return divide(first.extent, rangesOf(first.extent, parts, 1), ({ from, to }) => ({
    ...c,
    outer: [{ ...first, extent: to - from }, ...rest],
    a: { ...c.a, base: c.a.base + from * first.a * ELEMENT },
    b: { ...c.b, base: c.b.base + from * first.b * ELEMENT },
    store: at => c.store({ ...at, l: shift(at.l, 0, from) }),
  }))
}

const byRows = (c: Contraction, parts: number): Division | undefined => {
  const [first, ...rest] = c.rows ?? []
  if (first === undefined) return undefined
  return divide(first.extent, rangesOf(first.extent, parts, 1), ({ from, to }) => ({
    ...c,
    rows: [{ ...first, extent: to - from }, ...rest],
    a: { ...c.a, base: c.a.base + from * first.a * ELEMENT },
    store: at => c.store({ ...at, l: shift(at.l, c.outer.length, from) }),
  }))
}

const byM = (c: Contraction, parts: number): Division | undefined =>
  divide(c.m, rangesOf(c.m, parts, ROWS), ({ from, to }) => ({
    ...c,
    m: to - from,
    a: { ...c.a, base: c.a.base + from * c.a.strideM * ELEMENT },
    store: at => c.store({ ...at, i: add(at.i, from) }),
  }))

const byColumns = (c: Contraction, parts: number): Division | undefined =>
  divide(c.n, rangesOf(c.n, parts, COLUMNS), ({ from, to }) => ({
    ...c,
    n: to - from,
    b: { ...c.b, base: c.b.base + from * c.b.strideN * ELEMENT },
    store: at => c.store({ ...at, j: add(at.j, from) }),
  }))

const shift = (l: readonly Expr[], d: number, by: number): readonly Expr[] =>
  l.map((x, i) => (i === d ? add(x, by) : x))
