import { add, constant, i32, let_, loop, min, mul, ref, store, sub } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { finishStored, finishTile, stashes } from './finish.js'
import { type Group, overGroups, packBlock, packPanel, packsHere, panelsAt } from './nested-pack.js'
import { type Dim, layoutOf, nestedPlan, partialPitch, product, termsOf } from './nested-plan.js'
import { addressOfA, addressOfB, type Site, scaled, vectorOf } from './site.js'
import { registerTile } from './tile.js'

/*
 * A product whose rows or terms lie in several dimensions: windows that overlap. A is read where it is, in runs of
 * terms; only where its terms lie apart (the gradient of a kernel) are some rows of it packed at a time.
 *
 * for each group of columns of B, all of them where B is read in place
 *   for each outer index, and the leading dimensions of the rows
 *     for each block of terms: leading dimensions of the terms, where all are too many for the first-level cache
 *       for each panel, the other dimensions of the rows, each tile of rows: sum in registers, then the epilogue
 *       (with A packed: for the other dimensions of the rows, each chunk of rows, each panel, each tile)
 */

/** The nested product, its outer loops included. */
export const lowerNested = (site: Site): readonly Stmt[] => {
  const { c } = site
  const plan = nestedPlan(c)
  const layout = layoutOf(c, plan)
  const anyRow: Site = { ...site, l: [...site.l, ...(c.rows ?? []).map(() => i32(0))] }
  const stash = stashes(anyRow, (plan.rows * plan.panel) / plan.lanes) ? site.scratch : undefined
  return overGroups(site, plan, (from, columns) => everyPlace({ site, plan, layout, stash, from, columns }))
}

/** The rows' leading dimensions that are outside, then the blocks of terms. */
const everyPlace = (group: Group): readonly Stmt[] => {
  const { plan } = group
  const around = (inner: Group): readonly Stmt[] =>
    overRows(inner.site, plan.far, far => blocksOf({ ...inner, site: far }))
  const packsOnce = packsHere(group) && plan.blocks.length === 0
  return packsOnce ? [...packBlock(group, i32(0)), ...around(group)] : around(group)
}

/** Loops over leading dimensions of the rows: the indices that `store` is told, and A's address. */
const overRows = (
  site: Site,
  dims: readonly Dim[],
  body: (site: Site) => readonly Stmt[],
): readonly Stmt[] => {
  const [dim, ...rest] = dims
  if (dim === undefined) return body(site)
  const [index, at] = [site.names.fresh('row'), site.names.fresh('at')]
  const inner: Site = { ...site, l: [...site.l, ref(index)], a: ref(at) }
  return [
    loop('serial', index, 0, dim.extent, 1, [
      let_(at, add(site.a, mul(ref(index), 4 * dim.a))),
      ...overRows(inner, rest, body),
    ]),
  ]
}

/** All blocks of terms for the rows near each other. */
const blocksOf = (group: Group): readonly Stmt[] => {
  const { site, plan, layout } = group
  if (plan.blocks.length === 0) return rowsOf(group, i32(0), false)
  const { c } = site
  const rows = product(plan.near) * c.m
  const pitch = partialPitch(plan)
  const partial = i32(site.scratch + layout.partial)
  const clear = site.names.fresh('clear')
  const zero = constant(vectorOf(c, plan.lanes), 0)
  return [
    loop('vector', clear, partial, add(partial, rows * pitch), 4 * plan.lanes, [store(ref(clear), zero)]),
    ...overBlocks(group, plan.blocks, site.a, i32(0), (block, first) => [
      ...(packsHere(block) ? packBlock(block, first) : []),
      ...rowsOf(block, first, true),
    ]),
    ...finishRows(group),
  ]
}

/** Loops over blocks of terms: A's address, and the number of the first term. */
const overBlocks = (
  group: Group,
  dims: readonly Dim[],
  a: Expr,
  first: Expr,
  body: (block: Group, first: Expr) => readonly Stmt[],
): readonly Stmt[] => {
  const { site, plan } = group
  const [dim, ...rest] = dims
  if (dim === undefined) return body({ ...group, site: { ...site, a } }, first)
  const [index, at, term] = [site.names.fresh('block'), site.names.fresh('at'), site.names.fresh('term')]
  const each = product(rest) * termsOf(site.c, plan)
  return [
    loop('serial', index, 0, dim.extent, 1, [
      let_(at, add(a, mul(ref(index), 4 * dim.a))),
      let_(term, add(first, mul(ref(index), each))),
      ...overBlocks(group, rest, ref(at), ref(term), body),
    ]),
  ]
}

/** All rows near each other against all panels of the group, from term `first` on. */
const rowsOf = (group: Group, first: Expr, isPartial: boolean): readonly Stmt[] => {
  const { plan } = group
  const near = (g: Group, body: (inner: Group) => readonly Stmt[]): readonly Stmt[] =>
    overRows(g.site, plan.near, site => body({ ...g, site }))
  if (plan.packA) return near(group, inner => packedRows(inner, first, isPartial))
  return panelsOf(group, (q, columns) =>
    near(group, inner =>
      tilesOf(inner, (i, rows) => tileOf(inner, { first, isPartial, q, columns, i, rows })),
    ),
  )
}

/** Code for each panel: `q` columns into the group, so many columns. */
const panelsOf = (
  { site, plan, columns }: Group,
  panel: (q: Expr, columns: number) => readonly Stmt[],
): readonly Stmt[] => {
  const whole = columns - (columns % plan.panel)
  const left = columns - whole
  const q = site.names.fresh('q')
  const panels =
    whole > plan.panel ? [loop('serial', q, 0, whole, plan.panel, panel(ref(q), plan.panel))] : []
  return [
    ...(whole === plan.panel ? panel(i32(0), plan.panel) : panels),
    ...(left > 0 ? panel(i32(whole), left) : []),
  ]
}

/** Code for each tile of the innermost rows. */
const tilesOf = (
  { site, plan }: Group,
  tile: (i: Expr, rows: number) => readonly Stmt[],
): readonly Stmt[] => {
  const { m } = site.c
  const whole = m - (m % plan.rows)
  const i = site.names.fresh('i')
  return [
    ...(whole > plan.rows ? [loop('serial', i, 0, whole, plan.rows, tile(ref(i), plan.rows))] : []),
    ...(whole === plan.rows ? tile(i32(0), plan.rows) : []),
    ...(m > whole ? tile(i32(whole), m - whole) : []),
  ]
}

/** The innermost rows, a chunk of them packed at a time, against all panels. */
const packedRows = (group: Group, first: Expr, isPartial: boolean): readonly Stmt[] => {
  const { site, plan, layout } = group
  const { m } = site.c
  const whole = m - (m % plan.rows)
  const terms = termsOf(site.c, plan)
  const at = site.scratch + layout.a
  const [start, end, i] = [site.names.fresh('chunk'), site.names.fresh('chunk_end'), site.names.fresh('i')]
  const tile = (row: Expr, rows: number, panelOfA: Expr, q: Expr, columns: number): readonly Stmt[] =>
    tileOf(group, { first, isPartial, q, columns, i: row, rows, panelOfA })
  const panelAt = (row: Expr): Expr => add(mul(sub(row, ref(start)), 4 * terms), at)
  const packing = site.names.fresh('i')
  const chunk = loop('serial', start, 0, whole, plan.chunk, [
    let_(end, min(add(ref(start), plan.chunk), whole)),
    loop(
      'serial',
      packing,
      ref(start),
      ref(end),
      plan.rows,
      packPanel(group, ref(packing), plan.rows, panelAt(ref(packing))),
    ),
    ...panelsOf(group, (q, columns) => [
      loop(
        'serial',
        i,
        ref(start),
        ref(end),
        plan.rows,
        tile(ref(i), plan.rows, panelAt(ref(i)), q, columns),
      ),
    ]),
  ])
  const last = (rows: number): readonly Stmt[] => [
    ...packPanel(group, i32(whole), rows, i32(at)),
    ...panelsOf(group, (q, columns) => tile(i32(whole), rows, i32(at), q, columns)),
  ]
  return [...(whole > 0 ? [chunk] : []), ...(m > whole ? last(m - whole) : [])]
}

/** A tile: where it is, and what it sums. */
interface TilePlace {
  readonly first: Expr
  readonly isPartial: boolean
  /** columns into the group, and how many there are */
  readonly q: Expr
  readonly columns: number
  readonly i: Expr
  readonly rows: number
  /** byte address of its rows of A where they are packed */
  readonly panelOfA?: Expr
}

const tileOf = (group: Group, place: TilePlace): readonly Stmt[] => {
  const { site, plan, stash } = group
  const { first, isPartial, q, columns, i, rows, panelOfA } = place
  const { c } = site
  const vectors = Math.ceil(columns / plan.lanes)
  const terms = termsOf(c, plan)
  const pitch = partialPitch(plan)
  const partial = isPartial ? { at: add(partialAt(group, i), scaled(q, 4)), pitch } : undefined
  const j = add(group.from, q)
  const a =
    panelOfA === undefined
      ? {
          a: addressOfA(site, i, 0),
          aStep: 4 * c.a.strideK,
          rowOffset: (r: number) => 4 * r * c.a.strideM,
          terms: c.k,
          runs: plan.runs.map(({ extent, a }) => ({ extent, aStep: 4 * a })),
        }
      : { a: panelOfA, aStep: 4 * plan.rows, rowOffset: (r: number) => 4 * r, terms }
  const b = plan.packB
    ? { b: add(mul(q, 4 * terms), panelsAt(group, first)), bStep: 4 * plan.lanes * vectors }
    : { b: addressOfB(site, first, j), bStep: 4 * c.b.strideK }
  const tile = registerTile(site, { lanes: plan.lanes, rows, vectors }, { ...a, ...b }, partial)
  const done =
    partial === undefined
      ? finishTile(site, { i, j, columns, lanes: plan.lanes }, tile.accs, stash)
      : tile.save(partial.at, pitch)
  return [...tile.start, ...tile.sum, ...done]
}

/** Where the sums of row `i` wait; the near rows are the last indices of the site. */
const partialAt = ({ site, plan, layout }: Group, i: Expr): Expr => {
  const indices = site.l.slice(site.l.length - plan.near.length)
  const row = plan.near.reduce<Expr>((n, dim, d) => add(mul(n, dim.extent), indices[d] ?? i32(0)), i32(0))
  return add(mul(add(mul(row, site.c.m), i), partialPitch(plan)), site.scratch + layout.partial)
}

/** The epilogue over sums that waited in memory. */
const finishRows = (group: Group): readonly Stmt[] =>
  overRows(group.site, group.plan.near, site =>
    finishStored(
      site,
      { i: i32(0), j: group.from, columns: group.columns, lanes: group.plan.lanes },
      site.c.m,
      partialAt({ ...group, site }, i32(0)),
      partialPitch(group.plan),
    ),
  )
