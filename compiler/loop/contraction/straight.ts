import { add, constant, i32, let_, load, mulAdd, pack, ref } from '../expr.js'
import type { Expr, Lanes, Stmt } from '../ir.js'
import { finishValue, finishVector } from './finish.js'
import { type DotOrder, dotOrder } from './order.js'
import {
  addressOfA,
  addressOfB,
  loadAt,
  loadSplat,
  range,
  type Site,
  scalarOf,
  sumOfLanes,
  vectorOf,
} from './site.js'

/** Rows that share the loads of B. */
const rowsTogether = 4

/** B[p, j .. j + 3], of which `columns` exist. */
const rowOfB = (site: Site, p: number, j: number, columns: number): Expr => {
  const { c } = site
  const at = addressOfB(site, p, j)
  if (c.b.strideN === 1 && columns >= 4) return load(vectorOf(c), at)
  return pack(range(4).map(t => loadAt(scalarOf(c), at, 4 * Math.min(t, columns - 1) * c.b.strideN)))
}

/** Up to four columns at a time as vectors (the lanes of missing columns repeat the last one). */
const columnsOf = (site: Site, j: number, columns: number, rows: readonly number[]): readonly Stmt[] => {
  const { c, names } = site
  const id = names.fresh('s')
  const b = range(c.k).map(p => ref(`${id}_b${p}`, vectorOf(c)))
  const loads = range(c.k).map(p => let_(`${id}_b${p}`, rowOfB(site, p, j, columns)))
  const sums = rows.map(i => {
    const term = (sum: Expr, row: Expr, p: number): Expr =>
      mulAdd(loadSplat(c, addressOfA(site, i, p), 0), row, sum)
    return let_(`${id}_c${i}`, b.reduce(term, constant(vectorOf(c), 0)))
  })
  const finished = rows.flatMap(i =>
    finishVector(site, i32(i), i32(j), ref(`${id}_c${i}`, vectorOf(c)), columns),
  )
  return [...loads, ...sums, ...finished]
}

/** Elements `stride` apart from `at` on, as one register. */
const termsAt = (site: Site, at: Expr, stride: number, lanes: Lanes): Expr => {
  const { c } = site
  if (lanes === 1 || stride === 1) return loadAt({ elem: c.elem, lanes }, at, 0)
  return pack(range(lanes).map(t => loadAt(scalarOf(c), at, 4 * t * stride)))
}

/** One element as a dot product in the order of `dots.ts`. */
const dotOf = (site: Site, { lanes, unroll }: DotOrder, i: number, j: number): Expr => {
  const { c } = site
  const vectors = Math.floor(c.k / lanes)
  const withTerms = (sum: Expr, p: number, width: Lanes): Expr =>
    mulAdd(
      termsAt(site, addressOfA(site, i, p), c.a.strideK, width),
      termsAt(site, addressOfB(site, p, j), c.b.strideK, width),
      sum,
    )
  const sums = range(unroll).map(u =>
    range(vectors)
      .filter(q => q % unroll === u)
      .reduce((sum, q) => withTerms(sum, lanes * q, lanes), constant(vectorOf(c, lanes), 0)),
  )
  const first = sumOfLanes(sums.reduce((x, y) => add(x, y)))
  return range(c.k - lanes * vectors).reduce((sum, t) => withTerms(sum, lanes * vectors + t, 1), first)
}

/** One column as dot products. */
const columnOf = (site: Site, order: DotOrder, j: number, rows: readonly number[]): readonly Stmt[] => {
  const id = site.names.fresh('d')
  return [
    ...rows.map(i => let_(`${id}_${i}`, dotOf(site, order, i, j))),
    ...rows.flatMap(i => finishValue(site, i32(i), i32(j), ref(`${id}_${i}`, scalarOf(site.c)))),
  ]
}

/** Everything in registers, written out. */
export const lowerStraight = (site: Site): readonly Stmt[] => {
  const { m, n } = site.c
  const order = dotOrder(site.c)
  const blocks = range(Math.ceil(m / rowsTogether)).map(b =>
    range(Math.min(rowsTogether, m - b * rowsTogether)).map(r => b * rowsTogether + r),
  )
  return blocks.flatMap(rows =>
    order === undefined
      ? range(Math.ceil(n / 4)).flatMap(q => columnsOf(site, 4 * q, Math.min(4, n - 4 * q), rows))
      : range(n).flatMap(j => columnOf(site, order, j, rows)),
  )
}
