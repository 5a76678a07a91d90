import { add, constant, i32, let_, load, loop, mul, pack, ref, set, store, var_ } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { addressOfA, addressOfB, range, type Site, scalarOf, vectorOf } from './site.js'

/** Four elements `stride` elements apart, of which `count` exist; the others are zero. */
const gather = (site: Site, at: Expr, offset: number, stride: number, count: number): Expr => {
  const { c } = site
  if (stride === 1 && count >= 4) return load(vectorOf(c), at, offset)
  const zero = constant(scalarOf(c), 0)
  return pack(range(4).map(t => (t < count ? load(scalarOf(c), at, offset + 4 * t * stride) : zero)))
}

/**
 * Copies B[p0 .. p0 + terms, j .. j + columns] into panels of `width` columns at byte address `to`: panel after
 * panel, row after row, the last panel's missing columns zero. `columns` is a multiple of `width` or less than it.
 */
export const packB = (
  site: Site,
  to: number,
  p0: Expr | number,
  terms: Expr | number,
  depth: number,
  j: Expr | number,
  columns: number,
  width: number,
): readonly Stmt[] => {
  const { strideK, strideN } = site.c.b
  const vectors = Math.ceil(columns / 4)
  const perPanel = width / 4
  const target = (v: number): number => 4 * depth * width * Math.floor(v / perPanel) + 16 * (v % perPanel)
  const copy = (from: Expr, into: Expr, v: number): Stmt =>
    store(into, gather(site, from, 16 * v * strideN, strideN, columns - 4 * v), target(v))
  // rows of B: all columns at once; columns of B: four at a time, down the column
  const batches = strideN === 1 ? [range(vectors)] : range(vectors).map(v => [v])
  const start = addressOfB(site, p0, j)
  return batches.flatMap(batch => {
    const [p, from, into] = [site.names.fresh('p'), site.names.fresh('from'), site.names.fresh('into')]
    return [
      loop('serial', p, 0, terms, 1, [
        let_(from, add(start, mul(ref(p), 4 * strideK))),
        let_(into, add(mul(ref(p), 4 * width), to)),
        ...batch.map(v => copy(ref(from), ref(into), v)),
      ]),
    ]
  })
}

/** Copies rows i .. i + rows - 1 (at most 4) of A, all k terms, to byte address `to`: 4 rows to a vector. */
const packRows = (site: Site, i: Expr | number, rows: number, to: Expr | number): readonly Stmt[] => {
  const { strideM, strideK } = site.c.a
  const [p, from, into] = [site.names.fresh('p'), site.names.fresh('from'), site.names.fresh('into')]
  return [
    loop('serial', p, 0, site.c.k, 1, [
      let_(from, add(addressOfA(site, i, 0), mul(ref(p), 4 * strideK))),
      let_(into, add(typeof to === 'number' ? i32(to) : to, mul(ref(p), 16))),
      store(ref(into), gather(site, ref(from), 0, strideM, rows)),
    ]),
  ]
}

/** Copies rows `from .. to - 1` of A into panels of 4 rows at byte address `at`; `to - from` is a multiple of 4. */
export const packA = (site: Site, from: Expr | number, to: Expr | number, at: number): readonly Stmt[] => {
  const [i, into] = [site.names.fresh('i'), site.names.fresh('panel')]
  const first = typeof from === 'number' ? i32(from) : from
  return [
    var_(into, i32(at)),
    loop('serial', i, first, to, 4, [
      ...packRows(site, ref(i), 4, ref(into)),
      set(into, add(ref(into), 16 * site.c.k)),
    ]),
  ]
}

/** Copies the last `rows` rows of A (less than 4) into one panel at byte address `at`. */
export const packLastRows = (site: Site, i: number, rows: number, at: Expr): readonly Stmt[] =>
  packRows(site, i, rows, at)
