import { add, constant, i32, lane, let_, load, loop, mul, ref, store } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { expressionsOf, operandsOf } from '../share.js'
import { range, type Site, scalarOf, vectorOf } from './site.js'

/** The block of the result that one tile holds. */
export interface TileAt {
  readonly i: Expr
  readonly j: Expr
  /** columns that exist, of the tile's 4 * vectors */
  readonly columns: number
}

/** Hands one value, or four along a row, to the epilogue. */
export const finishValue = (site: Site, i: Expr, j: Expr, acc: Expr): readonly Stmt[] =>
  site.c.store({ l: site.l, i, j, acc, prefix: site.names.fresh('e') })

/** Hands one vector of a row over, of which `columns` lanes exist. */
export const finishVector = (site: Site, i: Expr, j: Expr, acc: Expr, columns: number): readonly Stmt[] =>
  columns >= 4
    ? finishValue(site, i, j, acc)
    : range(columns).flatMap(t => finishValue(site, i, add(j, t), lane(acc, t)))

const countNodes = (roots: readonly Expr[], seen: Set<Expr>): void => {
  for (const x of roots) {
    if (seen.has(x)) continue
    seen.add(x)
    countNodes(operandsOf(x), seen)
  }
}

const countStatements = (body: readonly Stmt[], seen: Set<Expr>): void => {
  for (const s of body) {
    countNodes(expressionsOf(s), seen)
    if (s.kind === 'for') countStatements(s.body, seen)
    if (s.kind === 'if') countStatements([...s.then, ...s.else], seen)
  }
}

/** Nodes of the epilogue of one vector. */
const epilogueSize = (site: Site): number => {
  const acc = ref('acc', vectorOf(site.c))
  const seen = new Set<Expr>()
  countStatements(site.c.store({ l: site.l, i: ref('i'), j: ref('j'), acc, prefix: 'size' }), seen)
  return seen.size
}

/** An epilogue of more nodes is written once a tile shape, over a copy of the tile in memory, not once a register. */
const largestInline = 40

/** True where tiles should be finished from memory; they then use `stashBytes` of scratch. */
export const stashes = (site: Site): boolean => epilogueSize(site) > largestInline

/** Bytes that `finishTile` may need beside the packed operands: the largest tile. */
export const stashBytes = 128

/** Hands the registers of a tile, `accs[row][vector]`, to the epilogue; `stash` is where it may put them meanwhile. */
export const finishTile = (
  site: Site,
  at: TileAt,
  accs: readonly (readonly Expr[])[],
  stash: number | undefined,
): readonly Stmt[] => {
  const vectors = accs[0]?.length ?? 0
  if (stash === undefined) {
    return accs.flatMap((row, r) =>
      row.flatMap((acc, v) => finishVector(site, add(at.i, r), add(at.j, 4 * v), acc, at.columns - 4 * v)),
    )
  }
  const copies = accs.flatMap((row, r) => row.map((acc, v) => store(stash, acc, 16 * (vectors * r + v))))
  return [...copies, ...finishStored(site, at, accs.length, stash, 16 * vectors)]
}

/**
 * Hands `rows` rows in memory at byte address `from`, `pitch` bytes apart, to the epilogue, in loops: whole vectors
 * first, then the columns that are left.
 */
export const finishStored = (
  site: Site,
  at: TileAt,
  rows: Expr | number,
  from: Expr | number,
  pitch: number,
): readonly Stmt[] => {
  const [r, row, q] = [site.names.fresh('r'), site.names.fresh('row'), site.names.fresh('q')]
  const whole = at.columns - (at.columns % 4)
  const base = typeof from === 'number' ? i32(from) : from
  const address: Expr = ref(row)
  const i = add(at.i, ref(r))
  const four = load(vectorOf(site.c), add(address, mul(ref(q), 4)))
  const vectors = loop('vector', q, 0, whole, 4, finishValue(site, i, add(at.j, ref(q)), four))
  const rest = range(at.columns % 4).flatMap(t =>
    finishValue(site, i, add(at.j, whole + t), load(scalarOf(site.c), address, 4 * (whole + t))),
  )
  return [
    loop('serial', r, 0, rows, 1, [
      let_(row, add(base, mul(ref(r), pitch))),
      ...(whole > 0 ? [vectors] : []),
      ...rest,
    ]),
  ]
}

/** A sum over nothing: zeros to the epilogue. */
export const lowerEmptySum = (site: Site): readonly Stmt[] => {
  const { m, n } = site.c
  const [i, j] = [site.names.fresh('i'), site.names.fresh('j')]
  const whole = n - (n % 4)
  const zero = (lanes: 1 | 4): Expr => constant({ elem: site.c.elem, lanes }, 0)
  return [
    loop('serial', i, 0, m, 1, [
      loop('vector', j, 0, whole, 4, finishValue(site, ref(i), ref(j), zero(4))),
      ...range(n % 4).flatMap(t => finishValue(site, ref(i), i32(whole + t), zero(1))),
    ]),
  ]
}
