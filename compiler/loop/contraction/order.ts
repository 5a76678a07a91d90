import { lanesFor, type VectorLanes } from '../vectors.js'
import type { Contraction } from './problem.js'

/*
 * The order of a sum. It depends on what a row of the result is made of, never on how many rows there are, so that a
 * row has the same bits in a batch of any size. Term after term, each lane a column; or, where columns are too few for
 * that, as a dot product. (One exception: few rows against a transposed B, which has no other fast way.)
 */

/** Terms beside each other: vectors of them, each in turn added to one of `unroll` vectors of sums. */
export interface DotOrder {
  readonly lanes: VectorLanes
  readonly unroll: number
}

/** Terms that make more than one vector of sums worth their registers: of one alone, each addition waits for the last. */
const longSum = 64
/** The fewest terms of a dot product: for one column, and for several, which fill the lanes of a vector in part. */
const fewestTerms = { oneColumn: 4, columns: 16 }

/** True where a row of A is k elements side by side that no other row shares: windows overlap, and are nested mostly. */
const hasRows = (c: Contraction): boolean => c.a.strideK === 1 && (c.m === 1 || Math.abs(c.a.strideM) >= c.k)

/** The order of sums that are dot products; undefined for sums that run term after term. */
export const dotOrder = (c: Contraction): DotOrder | undefined => {
  const lanes = lanesFor(c.unit, c.k)
  if (c.n <= 3) {
    if (c.k < (c.n === 1 ? fewestTerms.oneColumn : fewestTerms.columns) || !hasRows(c)) return undefined
    return { lanes, unroll: c.n === 1 && c.k >= longSum ? 4 : 1 }
  }
  const isTransposed = c.b.strideK === 1 && c.k >= fewestTerms.columns
  return isTransposed && c.m <= 3 ? { lanes, unroll: 1 } : undefined
}
