import { lanesAround, lanesFor, type VectorLanes } from '../vectors.js'
import { type DotOrder, dotOrder } from './order.js'
import type { Contraction } from './problem.js'

/** Straight-line code in registers, no packing. */
export interface StraightPlan {
  readonly path: 'straight'
}

/** Dot products along a contiguous k: a tile of `rows` by `columns` vector accumulators. */
export interface DotsPlan extends DotOrder {
  readonly path: 'dots'
  readonly rows: number
  readonly columns: number
  /** copy the operand, a few rows at most, so that its k is contiguous */
  readonly packA: boolean
  readonly packB: boolean
}

/** Few rows of A against a row-major B that is read once, front to back: `depth` rows of B at a time. */
export interface RowsPlan {
  readonly path: 'rows'
  readonly lanes: VectorLanes
  readonly depth: number
}

/** The blocked template: register tiles over packed panels. */
export interface BlockedPlan {
  readonly path: 'blocked'
  readonly lanes: VectorLanes
  /** rows of a register tile */
  readonly rows: number
  /** columns of a panel of B: the vectors of a register tile */
  readonly panel: number
  readonly packA: boolean
  readonly packB: boolean
  /** pack all of B before the first row of A, where several chunks of rows need it; else a group at a time */
  readonly packsFirst: boolean
  /** rows of A that are taken together against all of B */
  readonly chunk: number
  /** terms of the sum that are taken together; less than k keeps partial sums in scratch */
  readonly depth: number
  /** columns of B that are packed together */
  readonly group: number
}

export type Plan = StraightPlan | DotsPlan | RowsPlan | BlockedPlan

/** Vector multiply-adds that straight-line code may take: 20 kB of text. */
const largestStraight = 64
/** The same for sums of more than 4 terms, where a loop holds its registers better than a long block does. */
const largestStraightSum = 24
/** Bytes of A that the second-level cache holds beside panels of B: more is taken in chunks. */
const nearA = 512 * 1024
/** Tiles of rows in a chunk: from 2 to 8 they differ by little more than the noise. */
const chunkTiles = 4
/** Terms of the sum above which k is blocked: a panel of B is then 32 kB. */
export const deepest = 1024
/** Columns of B packed together: two cache lines of a row. */
const groupColumns = 32
/** Bytes of B that the first-level cache holds beside A: read in place where its rows are contiguous. */
const smallB = 16 * 1024
/** Row-major B beyond this many bytes is worth reading once, in order, whatever that costs in stores of sums. */
const farB = 256 * 1024

export const roundUp = (x: number, to: number): number => Math.ceil(x / to) * to

/** True where nothing is stored. */
export const isEmpty = (c: Contraction): boolean =>
  c.m === 0 || c.n === 0 || c.outer.some(o => o.extent === 0)

const isStraight = (c: Contraction): boolean => {
  const vectors = c.n === 1 && c.b.strideK === 1 && dotOrder(c) !== undefined ? 1 / 4 : Math.ceil(c.n / 4)
  return c.m * vectors * c.k <= (c.k <= 4 ? largestStraight : largestStraightSum)
}

const dotsPlan = (c: Contraction): DotsPlan | undefined => {
  const order = dotOrder(c)
  if (order === undefined) return undefined
  const rows = order.unroll > 1 ? 1 : c.n === 1 ? 4 : 2
  return {
    path: 'dots',
    ...order,
    rows: c.n > 3 ? c.m : Math.min(rows, c.m),
    columns: c.n <= 3 ? c.n : c.m === 1 ? 4 : 2,
    packA: c.a.strideK !== 1,
    packB: c.b.strideK !== 1,
  }
}

const rowsPlan = (c: Contraction): RowsPlan | undefined => {
  const bytes = 4 * c.k * c.n
  const few = bytes > farB ? 6 : bytes > smallB ? 3 : 2
  // one tile over B in place is as good where 4 or 8 columns are all there are
  if (c.n <= 4 || c.n === 8) return undefined
  if (c.m > few || c.b.strideN !== 1 || c.k < 4) return undefined
  return { path: 'rows', lanes: lanesFor(c.unit, c.n), depth: c.m <= 2 ? 4 : 2 }
}

/** Columns packed together: so many panels, about `groupColumns`, that groups leave no panel over, if there is such a number. */
export const groupOf = (n: number, lanes: number, panel: number): number => {
  const panels = Math.floor(n / panel)
  const wanted = Math.max(1, Math.floor(groupColumns / panel))
  if (panels <= wanted + 2) return Math.max(panel * panels, Math.min(roundUp(n, lanes), panel))
  const even = [wanted, wanted + 1, wanted - 1, wanted + 2].find(count => count > 0 && panels % count === 0)
  return panel * (even ?? wanted)
}

const blockedPlan = (c: Contraction): BlockedPlan => {
  const { tileRows, tileVectors } = c.unit
  const lanes = lanesAround(c.unit, c.n)
  const panel = lanes * tileVectors
  const isVectors = c.b.strideN === 1 && c.b.strideK > 0 && c.n % lanes === 0
  const isUsedByFew = !c.b.isFixed && c.m <= 2 * tileRows
  const readInPlace = isVectors && (isUsedByFew || 4 * c.k * c.n <= smallB)
  const parts = Math.ceil(c.k / deepest)
  const chunk = 4 * c.m * c.k <= nearA || c.n <= panel ? c.m : Math.min(c.m, chunkTiles * tileRows)
  return {
    path: 'blocked',
    lanes,
    rows: tileRows,
    panel,
    packA: c.a.strideK !== 1 && c.n > panel && c.m >= tileRows && c.k > 4,
    packB: !readInPlace,
    packsFirst: !readInPlace && !c.b.isFixed && chunk < c.m,
    chunk,
    depth: parts === 1 ? c.k : roundUp(Math.ceil(c.k / parts), 4),
    group: groupOf(c.n, lanes, panel),
  }
}

/** Rows that a low tile has at most: 2 of `lowVectors` vectors leave registers for B and A. */
const lowRows = 2
/** Vectors of a low tile: as many sums as hide that one waits for the other. */
const lowVectors = 4

/** One or two rows against a fixed B: low and wide tiles, over panels that then lie one after the other, read once. */
const lowPlan = (c: Contraction): BlockedPlan | undefined => {
  if (!c.b.isFixed || c.m > lowRows || c.n <= 8 || c.k < 16) return undefined
  const lanes = lanesAround(c.unit, c.n)
  const panel = lanes * lowVectors
  return {
    path: 'blocked',
    lanes,
    rows: c.m,
    panel,
    packA: false,
    packB: true,
    packsFirst: false,
    chunk: c.m,
    depth: c.k,
    group: groupOf(c.n, lanes, panel),
  }
}

/** The path and its tiles for these extents and strides. k is at least 1 and nothing is empty. */
export const choose = (c: Contraction): Plan => {
  if (isStraight(c)) return { path: 'straight' }
  return dotsPlan(c) ?? lowPlan(c) ?? rowsPlan(c) ?? blockedPlan(c)
}

/** Where the blocked template keeps what, in bytes from the start of its scratch. */
export interface BlockedLayout {
  readonly stash: number
  readonly b: number
  readonly a: number
  readonly partial: number
  readonly bytes: number
}

/** Elements of B that are packed at a time. */
const packedAtOnce = (c: Contraction, plan: BlockedPlan): number =>
  plan.packsFirst ? packedElements(c, plan) : plan.depth * plan.group

/** The layout of the blocked template's scratch; parts that the plan does not use take no room. */
export const blockedLayout = (c: Contraction, plan: BlockedPlan): BlockedLayout => {
  const rows = Math.min(c.m, plan.chunk)
  const b = roundUp(4 * plan.rows * plan.panel, 64)
  const a = b + (plan.packB && !c.b.isFixed ? roundUp(4 * packedAtOnce(c, plan), 64) : 0)
  const partial = a + (plan.packA ? roundUp(4 * c.k * roundUp(rows, plan.rows), 64) : 0)
  const bytes = partial + (plan.depth < c.k ? 4 * rows * plan.group : 0)
  return { stash: 0, b, a, partial, bytes }
}

/** Terms that a panel of B has room for where all blocks of them are kept. */
export const keptTerms = (c: Contraction, plan: BlockedPlan): number => roundUp(c.k, plan.depth)

/** Elements that a plan packs of one B. */
export const packedElements = (c: Contraction, plan: Plan): number => {
  if (plan.path === 'blocked') return plan.packB ? keptTerms(c, plan) * roundUp(c.n, plan.lanes) : 0
  return plan.path === 'dots' && plan.packB ? c.k * c.n : 0
}

/** What the order of packed elements depends on beside B itself. */
export const packedOrder = (plan: Plan): readonly number[] =>
  plan.path === 'blocked' ? [plan.panel, plan.depth, plan.group] : []

/** Bytes of scratch that a plan uses. */
export const scratchBytes = (c: Contraction, plan: Plan): number => {
  switch (plan.path) {
    case 'straight':
      return 0
    case 'dots':
      return 4 * c.k * ((plan.packA ? c.m : 0) + (plan.packB && !c.b.isFixed ? c.n : 0))
    case 'rows':
      return 4 * c.m * roundUp(c.n, plan.lanes)
    case 'blocked':
      return blockedLayout(c, plan).bytes
    default:
      return plan satisfies never
  }
}
