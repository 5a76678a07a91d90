import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import type { LoopFunction } from '../loop/ir.js'
import type { Kernel } from './kernels.js'
import type { Placement } from './members.js'
import type { Room } from './storage.js'

/*
 * The loops of products are a third of the compiler. A program without products is compiled without them: the family
 * of products brings them here (`families/products.ts`).
 */

/** A kernel that computes a product and what is fused into it. */
export type ProductKernel = Kernel & { readonly kind: 'contraction' }

/** A kernel as functions without parameters. */
export interface Lowered {
  /** One, or one for each thread. */
  readonly parts: readonly LoopFunction[]
  /** What it wants packed before all calls. */
  readonly packings: readonly LoopFunction[]
}

/** How products become loops. */
export interface ProductLowering {
  /** Bytes that a product wants beside its operands: packing space of each of its parts. */
  readonly room: (
    kernel: ProductKernel,
    placement: Placement,
    stored: ReadonlySet<Value>,
    parts: number,
  ) => Room
  /** Its functions: one, or one for each of `parts` threads. */
  readonly lower: (
    name: string,
    kernel: ProductKernel,
    placement: Placement,
    stored: ReadonlySet<Value>,
    room: Room,
    parts: number,
  ) => Lowered
}

const here: { lowering?: ProductLowering } = {}

/** From now on products are lowered so. */
export const setProductLowering = (lowering: ProductLowering): void => {
  here.lowering = lowering
}

/** How products are lowered. */
export const productLowering = (): ProductLowering => {
  if (here.lowering === undefined) throw bug('schedule: a product without the family of products')
  return here.lowering
}
