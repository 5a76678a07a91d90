import { add, constant, i32, let_, loop, mul, pack, ref, set, store, var_ } from '../expr.js'
import type { Expr, Lanes, Stmt } from '../ir.js'
import type { VectorLanes } from '../vectors.js'
import type { BlockedPlan } from './choose.js'
import { addressOfA, addressOfB, loadAt, range, type Site, scalarOf, vectorOf } from './site.js'

/** A vector of elements `stride` elements apart, of which `count` exist; the others are zero. */
const gather = (
  site: Site,
  lanes: VectorLanes,
  at: Expr,
  offset: number,
  stride: number,
  count: number,
): Expr => {
  const { c } = site
  if (stride === 1 && count >= lanes) return loadAt(vectorOf(c, lanes), at, offset)
  const zero = constant(scalarOf(c), 0)
  return pack(range(lanes).map(t => (t < count ? loadAt(scalarOf(c), at, offset + 4 * t * stride) : zero)))
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
  readonly lanes: VectorLanes
  /** byte address of the panels */
  readonly to: Expr
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
  const { depth, width, columns, lanes } = from
  const [p, read, write] = [site.names.fresh('p'), site.names.fresh('read'), site.names.fresh('write')]
  const place = (v: number): number =>
    4 * depth * width * Math.floor((lanes * v) / width) + 4 * ((lanes * v) % width)
  return loop('serial', p, 0, from.terms, 1, [
    let_(read, add(start, mul(ref(p), 4 * strideK))),
    let_(write, add(to, mul(ref(p), 4 * width))),
    ...vectors.map(v =>
      store(
        ref(write),
        gather(site, lanes, ref(read), 4 * lanes * v * strideN, strideN, columns - lanes * v),
        place(v),
      ),
    ),
  ])
}

/**
 * Copies a part of B into panels: panel after panel, row after row, the last panel's missing columns zero. A row of B
 * is read over all columns at once; columns of B are read a vector of them at a time, each from its top.
 */
export const packB = (site: Site, from: PanelsOfB): readonly Stmt[] => {
  const { columns, width, lanes, depth, to } = from
  const start = addressOfB(site, from.p, from.j)
  const vectors = (count: number): readonly number[] => range(Math.ceil(count / lanes))
  if (site.c.b.strideN === 1) return [packVectors(site, from, start, to, vectors(columns))]
  if (columns <= width) return vectors(columns).map(v => packVectors(site, from, start, to, [v]))
  const [q, top, panel] = [site.names.fresh('q'), site.names.fresh('top'), site.names.fresh('panel')]
  return [
    loop('serial', q, 0, columns, width, [
      let_(top, add(start, mul(ref(q), 4 * site.c.b.strideN))),
      let_(panel, add(mul(ref(q), 4 * depth), to)),
      ...vectors(width).map(v => packVectors(site, from, ref(top), ref(panel), [v])),
    ]),
  ]
}

/** How `rows` rows are taken: in the longest vectors that they fill, and then by fours and one by one. */
const pieces = (
  unit: VectorLanes,
  rows: number,
): readonly { readonly from: number; readonly lanes: Lanes }[] => {
  const sizes: readonly Lanes[] = [16, 8, 4, 1]
  const out: { from: number; lanes: Lanes }[] = []
  for (let from = 0; from < rows; from += out.at(-1)?.lanes ?? rows) {
    out.push({ from, lanes: sizes.find(lanes => lanes <= unit && lanes <= rows - from) ?? 1 })
  }
  return out
}

/**
 * Copies rows i .. i + rows - 1 of A (at most those of a tile), all k terms, to byte address `to`: term after term,
 * the rows of a tile side by side, those that are missing zero.
 */
export const packRows = (
  site: Site,
  plan: Pick<BlockedPlan, 'rows'>,
  i: Expr | number,
  rows: number,
  to: Expr | number,
): readonly Stmt[] => {
  const { strideM, strideK } = site.c.a
  const [p, from, into] = [site.names.fresh('p'), site.names.fresh('from'), site.names.fresh('into')]
  const copy = (piece: { readonly from: number; readonly lanes: Lanes }): Stmt => {
    const offset = 4 * piece.from * strideM
    const { lanes } = piece
    const single =
      piece.from < rows ? loadAt(scalarOf(site.c), ref(from), offset) : constant(scalarOf(site.c), 0)
    const value = lanes === 1 ? single : gather(site, lanes, ref(from), offset, strideM, rows - piece.from)
    return store(ref(into), value, 4 * piece.from)
  }
  return [
    loop('serial', p, 0, site.c.k, 1, [
      let_(from, add(addressOfA(site, i, 0), mul(ref(p), 4 * strideK))),
      let_(into, add(typeof to === 'number' ? i32(to) : to, mul(ref(p), 4 * plan.rows))),
      ...pieces(site.c.unit.lanes, plan.rows).map(copy),
    ]),
  ]
}

/** Copies rows `from .. to - 1` of A into panels at byte address `at`; `to - from` is a multiple of a tile's rows. */
export const packA = (
  site: Site,
  plan: BlockedPlan,
  from: Expr | number,
  to: Expr | number,
  at: number,
): readonly Stmt[] => {
  const [i, into] = [site.names.fresh('i'), site.names.fresh('panel')]
  const first = typeof from === 'number' ? i32(from) : from
  return [
    var_(into, i32(at)),
    loop('serial', i, first, to, plan.rows, [
      ...packRows(site, plan, ref(i), plan.rows, ref(into)),
      set(into, add(ref(into), 4 * plan.rows * site.c.k)),
    ]),
  ]
}

/** Copies the last `rows` rows of A (fewer than a tile's) into one panel at byte address `at`. */
export const packLastRows = (
  site: Site,
  plan: BlockedPlan,
  i: number,
  rows: number,
  at: Expr,
): readonly Stmt[] => packRows(site, plan, i, rows, at)
