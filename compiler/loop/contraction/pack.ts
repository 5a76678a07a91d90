import { add, constant, i32, let_, loop, mul, pack, ref, set, store, var_ } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { addressOfA, addressOfB, loadAt, range, type Site, scalarOf, vectorOf } from './site.js'

/** Four elements `stride` elements apart, of which `count` exist; the others are zero. */
const gather = (site: Site, at: Expr, offset: number, stride: number, count: number): Expr => {
  const { c } = site
  if (stride === 1 && count >= 4) return loadAt(vectorOf(c), at, offset)
  const zero = constant(scalarOf(c), 0)
  return pack(range(4).map(t => (t < count ? loadAt(scalarOf(c), at, offset + 4 * t * stride) : zero)))
}

/** Part of B, and the panels of `width` columns that it is copied into. */
export interface PanelsOfB {
  /** first term and number of terms; a panel has room for `depth` */
  readonly p: Expr
  readonly terms: Expr | number
  readonly depth: number
  /** first column and number of columns: a multiple of `width`, or less than it */
  readonly j: Expr
  readonly columns: number
  readonly width: number
  /** byte address of the panels */
  readonly to: number
}

/** Copies vectors `vectors` of a group, all terms, from byte address `start` to byte address `to`. */
const packVectors = (
  site: Site,
  from: PanelsOfB,
  start: Expr,
  to: Expr,
  vectors: readonly number[],
): Stmt => {
  const { strideK, strideN } = site.c.b
  const { depth, width, columns } = from
  const [p, read, write] = [site.names.fresh('p'), site.names.fresh('read'), site.names.fresh('write')]
  const place = (v: number): number =>
    4 * depth * width * Math.floor((4 * v) / width) + ((16 * v) % (4 * width))
  return loop('serial', p, 0, from.terms, 1, [
    let_(read, add(start, mul(ref(p), 4 * strideK))),
    let_(write, add(to, mul(ref(p), 4 * width))),
    ...vectors.map(v =>
      store(ref(write), gather(site, ref(read), 16 * v * strideN, strideN, columns - 4 * v), place(v)),
    ),
  ])
}

/**
 * Copies a part of B into panels: panel after panel, row after row, the last panel's missing columns zero. A row of B
 * is read over all columns at once; columns of B are read four at a time, each from its top.
 */
export const packB = (site: Site, from: PanelsOfB): readonly Stmt[] => {
  const { columns, width, depth, to } = from
  const start = addressOfB(site, from.p, from.j)
  const vectors = (count: number): readonly number[] => range(Math.ceil(count / 4))
  if (site.c.b.strideN === 1) return [packVectors(site, from, start, i32(to), vectors(columns))]
  if (columns <= width) return vectors(columns).map(v => packVectors(site, from, start, i32(to), [v]))
  const [q, top, panel] = [site.names.fresh('q'), site.names.fresh('top'), site.names.fresh('panel')]
  return [
    loop('serial', q, 0, columns, width, [
      let_(top, add(start, mul(ref(q), 4 * site.c.b.strideN))),
      let_(panel, add(mul(ref(q), 4 * depth), to)),
      ...vectors(width).map(v => packVectors(site, from, ref(top), ref(panel), [v])),
    ]),
  ]
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
