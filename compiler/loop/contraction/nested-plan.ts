import { lanesAround, type VectorLanes } from '../vectors.js'
import { deepest, groupOf, roundUp } from './choose.js'
import type { Contraction } from './problem.js'

/** Rows that make a panel of B worth reading. */
const fewestRows = 64
/** Bytes of a block of B that the first-level cache holds beside the images: read in place up to here. */
const nearB = 32 * 1024

/** Terms that make packing A worth its loop. */
const fewestPacked = 16
/** Bytes of packed A: a part of the second-level cache. */
const chunkBytes = 64 * 1024

/** A leading dimension: its extent, and elements of A from one index to the next. */
export interface Dim {
  readonly extent: number
  readonly a: number
}

/** How a nested product is cut. */
export interface NestedPlan {
  readonly lanes: VectorLanes
  /** rows of a register tile */
  readonly rows: number
  /** columns of a panel */
  readonly panel: number
  /** columns that are packed together, or all of them */
  readonly group: number
  readonly packB: boolean
  readonly packA: boolean
  /** rows of A that are packed together */
  readonly chunk: number
  /** leading dimensions of the rows: outside of the blocks of terms, and inside */
  readonly far: readonly Dim[]
  readonly near: readonly Dim[]
  /** leading dimensions of the terms: outside of the tiles, sums waiting in memory, and inside */
  readonly blocks: readonly Dim[]
  readonly runs: readonly Dim[]
}

/** The number of indices. */
export const product = (dims: readonly Dim[]): number => dims.reduce((n, d) => n * d.extent, 1)

/** The fewest last dimensions that make `enough` together with `inner`. */
const splitAt = (dims: readonly Dim[], isEnough: (inside: readonly Dim[]) => boolean): number => {
  let from = dims.length
  while (from > 0 && !isEnough(dims.slice(from))) from--
  return from
}

/** True for a product that only this path takes. */
export const isNested = (c: Contraction): boolean => (c.rows?.length ?? 0) + (c.terms?.length ?? 0) > 0

/** How the nested product is cut. */
export const nestedPlan = (c: Contraction): NestedPlan => {
  const { rows = [], terms = [] } = c
  const lanes = lanesAround(c.unit, c.n)
  const panel = lanes * c.unit.tileVectors
  const all = allTerms(c)
  const from = splitAt(rows, near => product(near) * c.m >= fewestRows)
  // as many terms as the cache takes, but no fewer than the innermost dimension
  let inside = terms.length
  while (inside > 0 && product(terms.slice(inside - 1)) * c.k <= deepest) inside--
  const block = product(terms.slice(inside)) * c.k
  const isVectors = c.b.strideN === 1 && c.b.strideK > 0 && c.n % lanes === 0
  const isNear = 4 * block * c.n <= nearB
  const packsA = c.a.strideK !== 1 && c.n > panel && c.m >= c.unit.tileRows && block >= fewestPacked
  return {
    lanes,
    // tiles of about one height: 28 are four times 7 rather than three times 8 and 4
    rows: packsA ? c.unit.tileRows : Math.ceil(c.m / Math.ceil(c.m / c.unit.tileRows)),
    panel,
    group: isVectors && isNear ? c.n : Math.min(roundUp(c.n, lanes), groupOf(c.n, lanes, panel)),
    packB: !(isVectors && isNear),
    packA: packsA,
    chunk: roundUp(Math.min(c.m, Math.max(1, Math.floor(chunkBytes / (4 * block)))), c.unit.tileRows),
    far: rows.slice(0, from),
    near: rows.slice(from),
    blocks: block === all ? [] : terms.slice(0, inside),
    runs: terms.slice(inside),
  }
}

/** Where it keeps what, in bytes from the start of its scratch. */
export interface NestedLayout {
  readonly b: number
  readonly a: number
  readonly partial: number
  readonly bytes: number
}

/** The layout of its scratch; parts that the plan does not use take no room. */
export const layoutOf = (c: Contraction, plan: NestedPlan): NestedLayout => {
  const b = roundUp(4 * plan.rows * plan.panel, 64)
  const terms = termsOf(c, plan)
  const a = b + (plan.packB && !c.b.isFixed ? roundUp(4 * terms * roundUp(plan.group, plan.panel), 64) : 0)
  const partial = a + (plan.packA ? roundUp(4 * terms * plan.chunk, 64) : 0)
  const rows = product(plan.near) * c.m
  return { b, a, partial, bytes: partial + (plan.blocks.length > 0 ? rows * partialPitch(plan) : 0) }
}

/** Bytes from one row of the waiting sums to the next. */
export const partialPitch = (plan: NestedPlan): number => 4 * roundUp(plan.group, plan.panel)

/** Terms of one block. */
export const termsOf = (c: Contraction, plan: NestedPlan): number => product(plan.runs) * c.k

/** All terms of a sum. */
export const allTerms = (c: Contraction): number => product(c.terms ?? []) * c.k

/** Elements that are packed of one B. */
export const packedOfNested = (c: Contraction, plan: NestedPlan): number =>
  plan.packB ? allTerms(c) * roundUp(c.n, plan.lanes) : 0

/** Bytes of scratch that the nested product uses. */
export const nestedScratch = (c: Contraction): number => layoutOf(c, nestedPlan(c)).bytes
