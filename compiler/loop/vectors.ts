import type { Lanes } from './ir.js'

/** Elements of a vector. */
export type VectorLanes = Exclude<Lanes, 1>

/** What the lowering may use of a target's registers. */
export interface VectorUnit {
  /** Elements of its widest vector. */
  readonly lanes: VectorLanes
  /** The register tile of a contraction: rows, by vectors along a row. */
  readonly tileRows: number
  readonly tileVectors: number
  /** Whether the processor takes denormal numbers for zeros while our code runs; else the code clears them itself. */
  readonly flushes?: boolean
}

/** 16 registers of four lanes: WebAssembly's. 4 x 2 is 8 accumulators, 2 vectors of B and 4 of A in 15 registers. */
export const simd128: VectorUnit = { lanes: 4, tileRows: 4, tileVectors: 2 }

const lengths: readonly VectorLanes[] = [16, 8, 4]

/**
 * The vector for `extent` elements one after the other: the one that takes the fewest steps, vectors and single
 * elements for what is left; of equals the widest.
 */
export const lanesFor = (unit: VectorUnit, extent: number): VectorLanes => {
  const steps = (lanes: number): number => Math.floor(extent / lanes) + (extent % lanes)
  return lengths
    .filter(lanes => lanes <= unit.lanes)
    .reduce((best, lanes) => (steps(lanes) < steps(best) ? lanes : best))
}

/** The narrowest vector that holds `extent` elements, or else the widest there is. */
export const lanesAround = (unit: VectorUnit, extent: number): VectorLanes =>
  lengths.findLast(lanes => lanes >= extent && lanes <= unit.lanes) ?? unit.lanes
