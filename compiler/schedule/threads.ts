import type { KernelReport } from '../../runtime/plan.js'
import { choose } from '../loop/contraction/choose.js'
import { isNested } from '../loop/contraction/nested-plan.js'
import type { Contraction } from '../loop/contraction/problem.js'
import { orient } from '../loop/contraction/swap.js'
import { add, barrier, call } from '../loop/expr.js'
import type { Expr, LoopFunction, Stmt } from '../loop/ir.js'

/**
 * Threads: a kernel that pays is divided when it is compiled, into one function a thread, each for a part of the
 * result. All threads run the same list of kernels and meet at barriers. No sum is divided here (`long-sums.ts` cuts
 * long ones by their shape alone), so the result is the same to the bit for any number of threads.
 */

/** From these elements (exclusive the last) of a dimension: one thread's part. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * `extent` in `parts` ranges whose bounds are multiples of `align`, as even as that allows; undefined where one would
 * be empty.
 */
export const rangesOf = (extent: number, parts: number, align: number): readonly Range[] | undefined => {
  const units = Math.ceil(extent / align)
  if (units < parts) return undefined
  const bound = (t: number): number => Math.min(extent, Math.floor((t * units) / parts) * align)
  return Array.from({ length: parts }, (_, t) => ({
    from: bound(t),
    to: t === parts - 1 ? extent : bound(t + 1),
  }))
}

/** A kernel below this many seconds on one thread stays there: two barriers take a tenth of it. */
const WORTH = 10e-6

/** What one thread does in a second, low estimates: products, other operations, bytes. */
const SPEED = { product: 30e9, operation: 5e9, byte: 10e9 }

/** Whether a kernel takes long enough to be divided. */
export const pays = ({ kind, flops, bytes }: KernelReport): boolean =>
  flops / (kind === 'contraction' ? SPEED.product : SPEED.operation) + bytes / SPEED.byte > WORTH

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

// ---- the order of the whole

/**
 * One thread's walk through the kernels: its parts of those that are divided; the others are the first thread's.
 * Before and after a divided kernel all threads meet, and again at the end.
 */
export const walk = (
  kernels: readonly (readonly LoopFunction[])[],
  thread: number,
  meet: Stmt,
): readonly Stmt[] => {
  const body: Stmt[] = []
  let isApart = false
  for (const parts of kernels) {
    const [whole] = parts
    const part = parts[thread]
    if (parts.length > 1 && part !== undefined) {
      if (isApart) body.push(meet)
      body.push(call(part.name), meet)
      isApart = false
    } else if (whole !== undefined) {
      if (thread === 0) body.push(call(whole.name))
      isApart = true
    }
  }
  const isDivided = kernels.some(parts => parts.length > 1)
  return isApart && isDivided ? [...body, meet] : body
}

/** Where threads meet. */
export const meetAt = (control: number, threads: number, thread: number): Stmt =>
  barrier(control, threads, thread !== 0)
