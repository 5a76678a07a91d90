import type { KernelReport } from '../../runtime/plan.js'
import { choose } from '../loop/contraction/choose.js'
import type { Contraction } from '../loop/contraction/problem.js'
import { add, barrier, call } from '../loop/expr.js'
import type { Expr, LoopFunction, Stmt } from '../loop/ir.js'

/**
 * Threads: a kernel that pays is divided when it is compiled, into one function a thread, each for a part of the
 * result. All threads run the same list of kernels and meet at barriers. No sum is divided, so the result is the
 * same to the bit for any number of threads.
 */

/** From these elements (exclusive the last) of a dimension: one thread's part. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** `extent` in `parts` ranges whose bounds are multiples of `align`; undefined where one would be empty. */
export const rangesOf = (extent: number, parts: number, align: number): readonly Range[] | undefined => {
  const size = Math.ceil(extent / parts / align) * align
  if (size * (parts - 1) >= extent) return undefined
  return Array.from({ length: parts }, (_, t) => ({ from: t * size, to: Math.min(extent, (t + 1) * size) }))
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

/**
 * A product in parts of its result, each with the sums of the whole in the same order: only the blocked template
 * keeps it whatever the extents are. Batches are divided first, then the longer side, which shares out the packing
 * of the larger operand. One part where it cannot be divided.
 */
export const divideContraction = (c: Contraction, parts: number): readonly Contraction[] => {
  if (parts === 1 || choose(c).path !== 'blocked') return [c]
  const divided = byOuter(c, parts) ?? byRows(c, parts) ?? (c.n >= c.m ? byColumns(c, parts) : byM(c, parts))
  const isSame = divided?.every(part => choose(part).path === 'blocked')
  return divided !== undefined && isSame
    ? divided.map((part, t) => ({ ...part, name: `${c.name}_${t}` }))
    : [c]
}

const ELEMENT = 4

const byOuter = (c: Contraction, parts: number): readonly Contraction[] | undefined => {
  const [first, ...rest] = c.outer
  const ranges = first === undefined ? undefined : rangesOf(first.extent, parts, 1)
  if (first === undefined || ranges === undefined) return undefined
  return ranges.map(({ from, to }) => ({
    ...c,
    outer: [{ ...first, extent: to - from }, ...rest],
    a: { ...c.a, base: c.a.base + from * first.a * ELEMENT },
    b: { ...c.b, base: c.b.base + from * first.b * ELEMENT },
    store: at => c.store({ ...at, l: shift(at.l, 0, from) }),
  }))
}

const byRows = (c: Contraction, parts: number): readonly Contraction[] | undefined => {
  const [first, ...rest] = c.rows ?? []
  const ranges = first === undefined ? undefined : rangesOf(first.extent, parts, 1)
  if (first === undefined || ranges === undefined) return undefined
  return ranges.map(({ from, to }) => ({
    ...c,
    rows: [{ ...first, extent: to - from }, ...rest],
    a: { ...c.a, base: c.a.base + from * first.a * ELEMENT },
    store: at => c.store({ ...at, l: shift(at.l, c.outer.length, from) }),
  }))
}

const byM = (c: Contraction, parts: number): readonly Contraction[] | undefined =>
  rangesOf(c.m, parts, ROWS)?.map(({ from, to }) => ({
    ...c,
    m: to - from,
    a: { ...c.a, base: c.a.base + from * c.a.strideM * ELEMENT },
    store: at => c.store({ ...at, i: add(at.i, from) }),
  }))

const byColumns = (c: Contraction, parts: number): readonly Contraction[] | undefined =>
  rangesOf(c.n, parts, COLUMNS)?.map(({ from, to }) => ({
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
