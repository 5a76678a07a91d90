import { add, constant, i32, lanesOf, let_, load, loop, mul, pack, ref, store } from '../expr.js'
import type { Expr, Lanes, Stmt } from '../ir.js'
import { nodesOf } from '../share.js'
import type { VectorLanes } from '../vectors.js'
import { range, type Site, vectorOf } from './site.js'

/** The block of the result that one tile holds. */
export interface TileAt {
  readonly i: Expr
  readonly j: Expr
  /** columns that exist, of the tile's */
  readonly columns: number
  /** lanes of the vectors that they are in */
  readonly lanes: VectorLanes
}

/** Hands one value, or four along a row, to the epilogue. */
export const finishValue = (site: Site, i: Expr, j: Expr, acc: Expr): readonly Stmt[] =>
  site.c.store({ l: site.l, i, j, acc, prefix: site.names.fresh('e') })

/** Hands one vector of a row over, of which `columns` lanes exist: by fours, then one by one, where some do not. */
export const finishVector = (site: Site, i: Expr, j: Expr, acc: Expr, columns: number): readonly Stmt[] => {
  if (columns >= acc.type.lanes) return finishValue(site, i, j, acc)
  const xs = lanesOf(acc).slice(0, Math.max(0, columns))
  const whole = xs.length - (xs.length % 4)
  return [
    ...range(whole / 4).flatMap(q => finishValue(site, i, add(j, 4 * q), pack(xs.slice(4 * q, 4 * q + 4)))),
    ...xs.slice(whole).flatMap((x, t) => finishValue(site, i, add(j, whole + t), x)),
  ]
}

/** Nodes of the epilogue of one vector. */
const epilogueSize = (site: Site): number => {
  const acc = ref('acc', vectorOf(site.c))
  return nodesOf(site.c.store({ l: site.l, i: ref('i'), j: ref('j'), acc, prefix: 'size' }))
}

/**
 * A tile whose epilogue has more nodes, over all its registers, has it written once, over a copy of the tile in
 * memory, not once a register.
 */
const largestInline = 320

/** True where tiles of so many registers should be finished from memory. */
export const stashes = (site: Site, registers: number): boolean =>
  epilogueSize(site) * registers > largestInline

/** Hands the registers of a tile, `accs[row][vector]`, to the epilogue; `stash` is where it may put them meanwhile. */
export const finishTile = (
  site: Site,
  at: TileAt,
  accs: readonly (readonly Expr[])[],
  stash: number | undefined,
): readonly Stmt[] => {
  const vectors = accs[0]?.length ?? 0
  const { lanes } = at
  if (stash === undefined) {
    return accs.flatMap((row, r) =>
      row.flatMap((acc, v) =>
        finishVector(site, add(at.i, r), add(at.j, lanes * v), acc, at.columns - lanes * v),
      ),
    )
  }
  const bytes = 4 * lanes
  const copies = accs.flatMap((row, r) => row.map((acc, v) => store(stash, acc, bytes * (vectors * r + v))))
  return [...copies, ...finishStored(site, at, accs.length, stash, bytes * vectors)]
}

/**
 * Hands `rows` rows in memory at byte address `from`, `pitch` bytes apart, to the epilogue, in loops: whole vectors
 * first, then fours, then the columns that are left.
 */
export const finishStored = (
  site: Site,
  at: TileAt,
  rows: Expr | number,
  from: Expr | number,
  pitch: number,
): readonly Stmt[] => {
  const [r, row, q] = [site.names.fresh('r'), site.names.fresh('row'), site.names.fresh('q')]
  const base = typeof from === 'number' ? i32(from) : from
  const address: Expr = ref(row)
  const i = add(at.i, ref(r))
  const whole = at.columns - (at.columns % at.lanes)
  const fours = at.columns - (at.columns % 4)
  const stored = (lanes: Lanes, offset: number): readonly Stmt[] =>
    finishValue(site, i, add(at.j, offset), load({ elem: site.c.elem, lanes }, address, 4 * offset))
  const wide = load(vectorOf(site.c, at.lanes), add(address, mul(ref(q), 4)))
  return [
    loop('serial', r, 0, rows, 1, [
      let_(row, add(base, mul(ref(r), pitch))),
      ...(whole > 0
        ? [loop('vector', q, 0, whole, at.lanes, finishValue(site, i, add(at.j, ref(q)), wide))]
        : []),
      ...range((fours - whole) / 4).flatMap(t => stored(4, whole + 4 * t)),
      ...range(at.columns - fours).flatMap(t => stored(1, fours + t)),
    ]),
  ]
}

/** A sum over nothing: zeros to the epilogue. */
export const lowerEmptySum = (site: Site): readonly Stmt[] => {
  const { m, n } = site.c
  const [i, j] = [site.names.fresh('i'), site.names.fresh('j')]
  const whole = n - (n % 4)
  const zero = (lanes: Lanes): Expr => constant({ elem: site.c.elem, lanes }, 0)
  return [
    loop('serial', i, 0, m, 1, [
      loop('vector', j, 0, whole, 4, finishValue(site, ref(i), ref(j), zero(4))),
      ...range(n % 4).flatMap(t => finishValue(site, ref(i), i32(whole + t), zero(1))),
    ]),
  ]
}
