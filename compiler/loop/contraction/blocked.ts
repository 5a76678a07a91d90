import { add, constant, eq, i32, if_, let_, loop, min, mul, ref, store, sub } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { type BlockedLayout, type BlockedPlan, blockedLayout, keptTerms, roundUp } from './choose.js'
import { finishStored, finishTile, stashes } from './finish.js'
import { packA, packB, packLastRows } from './pack.js'
import { addressOfA, addressOfB, type Site, scaled, vectorOf } from './site.js'
import { registerTile, type TileShape } from './tile.js'

/*
 * pack all of B into panels as wide as a tile, where there are several chunks
 * for each chunk of rows of A (all of them where the second-level cache holds them; packed where its k is not contiguous)
 *   for each group of columns of B
 *     for each block of terms, mostly all of k
 *       pack the group, unless that was done before the chunks, or once for all calls
 *       for each panel (it fits the first-level cache)
 *         for each tile of rows: sum in registers, then the epilogue
 * Extents are constants, so what is left over at the edges is code of its own.
 */

/** Where in the three outer loops the code stands. */
interface Block {
  readonly site: Site
  readonly plan: BlockedPlan
  readonly layout: BlockedLayout
  /** byte address of the stash, where the epilogue is finished from memory */
  readonly stash: number | undefined
  /** first row of the chunk, and the row after its last */
  readonly first: Expr
  readonly end: Expr
}

/** Columns that are packed together, in panels of `vectors` vectors. */
interface Group {
  readonly from: Expr
  readonly columns: number
  readonly vectors: number
}

/** Terms `from .. from + count - 1` of the sum. */
interface Terms {
  readonly from: Expr
  readonly count: Expr | number
  readonly partial: boolean
}

/** The blocked product of one site. */
export const lowerBlocked = (site: Site, plan: BlockedPlan): readonly Stmt[] => {
  const layout = blockedLayout(site.c, plan)
  if (!plan.packsFirst) return chunksOf(site, plan, layout)
  const packed: Site = { ...site, kept: i32(site.scratch + layout.b) }
  return [...packBlocked(packed, plan), ...chunksOf(packed, plan, layout)]
}

const chunksOf = (site: Site, plan: BlockedPlan, layout: BlockedLayout): readonly Stmt[] => {
  const { m } = site.c
  const stash = stashes(site, (plan.rows * plan.panel) / plan.lanes) ? site.scratch + layout.stash : undefined
  const shared = { site, plan, layout, stash }
  if (plan.chunk >= m) return chunkOf({ ...shared, first: i32(0), end: i32(m) })
  const [first, end] = [site.names.fresh('chunk'), site.names.fresh('chunk_end')]
  return [
    loop('serial', first, 0, m, plan.chunk, [
      let_(end, min(add(ref(first), plan.chunk), m)),
      ...chunkOf({ ...shared, first: ref(first), end: ref(end) }),
    ]),
  ]
}

/** Packs all of B to where it is kept, or waits for the chunks. */
export const packBlocked = (site: Site, plan: BlockedPlan): readonly Stmt[] =>
  overGroups(site, plan, group => overTerms(site, plan, terms => packGroup(site, plan, group, terms)))

const chunkOf = (block: Block): readonly Stmt[] => [
  ...(block.plan.packA ? packChunk(block) : []),
  ...overGroups(block.site, block.plan, group => groupOf(block, group)),
]

/** Code for each group of columns: some panels; those that are left; the columns that fill none. */
const overGroups = (
  site: Site,
  plan: BlockedPlan,
  body: (group: Group) => readonly Stmt[],
): readonly Stmt[] => {
  const { n } = site.c
  const vectors = plan.panel / plan.lanes
  const full = n - (n % plan.panel)
  const grouped = full - (full % plan.group)
  const left = n - full
  const j = site.names.fresh('j')
  const each = body({ from: ref(j), columns: plan.group, vectors })
  const whole = loop('serial', j, 0, grouped, plan.group, each)
  const rest: Group = { from: i32(grouped), columns: full - grouped, vectors }
  const last: Group = { from: i32(full), columns: left, vectors: Math.ceil(left / plan.lanes) }
  return [
    ...(grouped > 0 ? [whole] : []),
    ...(full > grouped ? body(rest) : []),
    ...(left > 0 ? body(last) : []),
  ]
}

/** Code for each block of terms, mostly all of them. */
const overTerms = (
  site: Site,
  plan: BlockedPlan,
  body: (terms: Terms) => readonly Stmt[],
): readonly Stmt[] => {
  const { k } = site.c
  if (plan.depth >= k) return body({ from: i32(0), count: k, partial: false })
  const [p, count] = [site.names.fresh('p'), site.names.fresh('terms')]
  return [
    loop('serial', p, 0, k, plan.depth, [
      let_(count, min(sub(i32(k), ref(p)), plan.depth)),
      ...body({ from: ref(p), count: ref(count), partial: true }),
    ]),
  ]
}

/** Packs the rows of the chunk; the last chunk also packs the rows that fill no vector. */
const packChunk = (block: Block): readonly Stmt[] => {
  const { site, layout, plan } = block
  const { m, k } = site.c
  const at = site.scratch + layout.a
  const rowsLeft = m % plan.rows
  const whole = m - rowsLeft
  const target = add(mul(sub(i32(whole), block.first), 4 * k), at)
  const last = rowsLeft === 0 ? [] : packLastRows(site, plan, whole, rowsLeft, target)
  return [...packA(site, plan, block.first, min(block.end, whole), at), ...inLastChunk(block, last)]
}

const inLastChunk = (block: Block, body: readonly Stmt[]): readonly Stmt[] => {
  if (body.length === 0 || block.end.kind === 'const') return body
  return [if_(eq(block.end, block.site.c.m), body)]
}

/** Bytes from one row of the partial sums to the next. */
const partialPitch = (block: Block): number => 4 * block.plan.group

const partialAt = (block: Block, i: Expr): Expr =>
  add(mul(sub(i, block.first), partialPitch(block)), block.site.scratch + block.layout.partial)

const groupOf = (block: Block, group: Group): readonly Stmt[] => {
  const { site, plan } = block
  const panels = overTerms(site, plan, terms => panelsOf(block, group, terms))
  if (plan.depth >= site.c.k) return panels
  const rows = sub(block.end, block.first)
  return [
    ...clearPartial(block, rows),
    ...panels,
    ...finishStored(
      site,
      { i: block.first, j: group.from, columns: group.columns, lanes: plan.lanes },
      rows,
      site.scratch + block.layout.partial,
      partialPitch(block),
    ),
  ]
}

const clearPartial = (block: Block, rows: Expr): readonly Stmt[] => {
  const { site } = block
  const at = site.names.fresh('clear')
  const from = i32(site.scratch + block.layout.partial)
  const zero = constant(vectorOf(site.c), 0)
  return [loop('vector', at, from, add(from, mul(rows, partialPitch(block))), 16, [store(ref(at), zero)])]
}

/** Byte address of the panels of a group: in the packing space, or where all are kept, one block of terms after another. */
const panelsAt = (site: Site, plan: BlockedPlan, group: Group, terms: Terms): Expr => {
  if (site.kept === undefined) return i32(site.scratch + blockedLayout(site.c, plan).b)
  const before = mul(group.from, 4 * keptTerms(site.c, plan))
  return add(add(site.kept, before), mul(terms.from, 4 * roundUp(group.columns, plan.lanes)))
}

const packGroup = (site: Site, plan: BlockedPlan, group: Group, terms: Terms): readonly Stmt[] =>
  packB(site, {
    p: terms.from,
    terms: terms.count,
    depth: plan.depth,
    j: group.from,
    columns: group.columns,
    width: plan.lanes * group.vectors,
    lanes: plan.lanes,
    to: panelsAt(site, plan, group, terms),
  })

const panelsOf = (block: Block, group: Group, terms: Terms): readonly Stmt[] => {
  const { site, plan } = block
  const width = plan.lanes * group.vectors
  const packed = plan.packB && site.kept === undefined ? packGroup(site, plan, group, terms) : []
  if (group.columns <= width) return [...packed, ...panelOf(block, group, terms, i32(0), group.columns)]
  const q = site.names.fresh('q')
  return [...packed, loop('serial', q, 0, group.columns, width, panelOf(block, group, terms, ref(q), width))]
}

/** The panel `q` columns into the group: all rows of the chunk against it. */
const panelOf = (block: Block, group: Group, terms: Terms, q: Expr, columns: number): readonly Stmt[] => {
  const { site, plan } = block
  const { m } = site.c
  const whole = m - (m % plan.rows)
  const i = site.names.fresh('i')
  const tile = (at: Expr, shape: TileShape): readonly Stmt[] =>
    tileOf(block, group, terms, q, columns, at, shape)
  const shape = (rows: number): TileShape => ({ lanes: plan.lanes, rows, vectors: group.vectors })
  const body = tile(ref(i), shape(plan.rows))
  const last = whole === m ? [] : tile(i32(whole), shape(m - whole))
  return [
    ...(whole > 0 ? [loop('serial', i, block.first, min(block.end, whole), plan.rows, body)] : []),
    ...inLastChunk(block, last),
  ]
}

const tileOf = (
  block: Block,
  group: Group,
  terms: Terms,
  q: Expr,
  columns: number,
  i: Expr,
  shape: TileShape,
): readonly Stmt[] => {
  const { site, plan, layout } = block
  const { c } = site
  const j = add(group.from, q)
  const packedA = (): Expr =>
    add(add(mul(sub(i, block.first), 4 * c.k), site.scratch + layout.a), mul(terms.from, 4 * plan.rows))
  const bStep = plan.packB ? 4 * plan.lanes * group.vectors : 4 * c.b.strideK
  const packedB = (): Expr => add(mul(q, 4 * plan.depth), panelsAt(site, plan, group, terms))
  const partial = terms.partial
    ? { at: add(partialAt(block, i), scaled(q, 4)), pitch: partialPitch(block) }
    : undefined
  const tile = registerTile(
    site,
    shape,
    {
      a: plan.packA ? packedA() : addressOfA(site, i, terms.from),
      aStep: plan.packA ? 4 * plan.rows : 4 * c.a.strideK,
      rowOffset: r => 4 * r * (plan.packA ? 1 : c.a.strideM),
      b: plan.packB ? packedB() : addressOfB(site, terms.from, j),
      bStep,
      terms: terms.count,
    },
    partial,
  )
  const done =
    partial === undefined
      ? finishTile(site, { i, j, columns, lanes: plan.lanes }, tile.accs, block.stash)
      : tile.save(partial.at, partial.pitch)
  return [...tile.start, ...tile.sum, ...done]
}
