import { bug } from '../../../runtime/fault.js'
import { i32, let_, load, mul, mulAdd, pack, ref } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { finishValue, finishVector } from './finish.js'
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

/** Two to four columns at a time as vectors (the lanes of missing columns repeat the last one). */
const columnsOf = (site: Site, j: number, columns: number, rows: readonly number[]): readonly Stmt[] => {
  const { c, names } = site
  const id = names.fresh('s')
  const b = range(c.k).map(p => ref(`${id}_b${p}`, vectorOf(c)))
  const loads = range(c.k).map(p => let_(`${id}_b${p}`, rowOfB(site, p, j, columns)))
  const sums = rows.flatMap(i => {
    const sum = b.reduce<Expr | undefined>((sofar, row, p) => {
      const a = loadSplat(c, addressOfA(site, i, p), 0)
      return sofar === undefined ? mul(a, row) : mulAdd(a, row, sofar)
    }, undefined)
    return sum === undefined ? [] : [let_(`${id}_c${i}`, sum)]
  })
  const finished = rows.flatMap(i =>
    finishVector(site, i32(i), i32(j), ref(`${id}_c${i}`, vectorOf(c)), columns),
  )
  return [...loads, ...sums, ...finished]
}

/** One element as a dot product: by vectors where k is contiguous on both sides. */
const dotOf = (site: Site, i: number, j: number): Expr => {
  const { c } = site
  const whole = c.a.strideK === 1 && c.b.strideK === 1 ? c.k - (c.k % 4) : 0
  const vectors = range(whole / 4).reduce<Expr | undefined>((sofar, q) => {
    const a = load(vectorOf(c), addressOfA(site, i, 4 * q))
    const b = load(vectorOf(c), addressOfB(site, 4 * q, j))
    return sofar === undefined ? mul(a, b) : mulAdd(a, b, sofar)
  }, undefined)
  const first = vectors === undefined ? undefined : sumOfLanes(vectors)
  const sum = range(c.k - whole).reduce<Expr | undefined>((sofar, q) => {
    const a = load(scalarOf(c), addressOfA(site, i, whole + q))
    const b = load(scalarOf(c), addressOfB(site, whole + q, j))
    return sofar === undefined ? mul(a, b) : mulAdd(a, b, sofar)
  }, first)
  if (sum === undefined) throw bug('a dot product of no terms')
  return sum
}

/** One column as dot products. */
const columnOf = (site: Site, j: number, rows: readonly number[]): readonly Stmt[] => {
  const id = site.names.fresh('d')
  return [
    ...rows.map(i => let_(`${id}_${i}`, dotOf(site, i, j))),
    ...rows.flatMap(i => finishValue(site, i32(i), i32(j), ref(`${id}_${i}`, scalarOf(site.c)))),
  ]
}

/** Everything in registers, written out. */
export const lowerStraight = (site: Site): readonly Stmt[] => {
  const { m, n } = site.c
  const blocks = range(Math.ceil(m / rowsTogether)).map(b =>
    range(Math.min(rowsTogether, m - b * rowsTogether)).map(r => b * rowsTogether + r),
  )
  return blocks.flatMap(rows =>
    range(Math.ceil(n / 4)).flatMap(q => {
      const columns = Math.min(4, n - 4 * q)
      return columns === 1 ? columnOf(site, 4 * q, rows) : columnsOf(site, 4 * q, columns, rows)
    }),
  )
}
