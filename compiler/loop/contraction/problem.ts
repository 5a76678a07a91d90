import type { Expr, Stmt } from '../ir.js'
import type { VectorUnit } from '../vectors.js'

/** What A and B have in common. */
interface Operand {
  readonly base: number
  readonly strideK: number
  /** whether it stays as it is from call to call, so that what is packed of it may be kept: only B is */
  readonly isFixed: boolean
}

/**
 * C[l, i, j] = sum over p of A[l, i, p] * B[l, p, j], handed to `store` tile by tile.
 * Strides in elements of 4 bytes, addresses in bytes.
 */
export interface Contraction {
  readonly name: string
  readonly elem: 'f32' | 'i32'
  /** the registers of the target */
  readonly unit: VectorUnit
  /** loops around the product: batch dimensions, or parts of m and n that strides could not merge */
  readonly outer: readonly { readonly extent: number; readonly a: number; readonly b: number }[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: Operand & { readonly strideM: number }
  readonly b: Operand & { readonly strideN: number }
  /** dimensions of the rows outside of `m`, outermost first, that strides could not merge with it; none unless told */
  readonly rows?: readonly { readonly extent: number; readonly a: number }[]
  /** the same for the terms, outside of `k`; in B all terms lie `strideK` apart, in this order */
  readonly terms?: readonly { readonly extent: number; readonly a: number }[]
  /**
   * Statements that finish and store the values at row `i` (i32), columns `j .. j + lanes - 1` (`acc.type.lanes`
   * of them), at outer indices `l`, those of `rows` after those of `outer`: bias, activation, residual, mask. Each element is handed over exactly once, with
   * its complete sum. Every name the statements declare starts with `prefix`.
   */
  readonly store: (at: {
    readonly l: readonly Expr[]
    readonly i: Expr
    readonly j: Expr
    readonly acc: Expr
    readonly prefix: string
  }) => readonly Stmt[]
}
