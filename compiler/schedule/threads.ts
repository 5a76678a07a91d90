import type { KernelReport } from '../../runtime/plan.js'
import { barrier, call } from '../loop/expr.js'
import type { LoopFunction, Stmt } from '../loop/ir.js'

/**
 * Threads: a kernel that pays is divided when it is compiled, into one function a thread, each for a part of the
 * result. All threads run the same list of kernels and meet at barriers. No sum is divided here (`long-sums.ts` cuts
 * long ones by their shape alone), so the result is the same to the bit for any number of threads.
 */

/** From these elements (exclusive the last) of a dimension: one thread's part. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * `extent` in `parts` ranges whose bounds are multiples of `align`, as even as that allows; undefined where one would
 * be empty.
 */
export const rangesOf = (extent: number, parts: number, align: number): readonly Range[] | undefined => {
  const units = Math.ceil(extent / align)
  if (units < parts) return undefined
  const bound = (t: number): number => Math.min(extent, Math.floor((t * units) / parts) * align)
  return Array.from({ length: parts }, (_, t) => ({
    from: bound(t),
    to: t === parts - 1 ? extent : bound(t + 1),
  }))
}

/** A kernel below this many seconds on one thread stays there: two barriers take a tenth of it. */
const WORTH = 10e-6

/** What one thread does in a second, low estimates: products, other operations, bytes. */
const SPEED = { product: 30e9, operation: 5e9, byte: 10e9 }

/** Whether a kernel takes long enough to be divided. */
export const pays = ({ kind, flops, bytes }: KernelReport): boolean =>
  flops / (kind === 'contraction' ? SPEED.product : SPEED.operation) + bytes / SPEED.byte > WORTH

// ---- the order of the whole

/**
 * One thread's walk through the kernels: its parts of those that are divided; the others are the first thread's.
 * Before and after a divided kernel all threads meet, and again at the end.
 */
export const walk = (
  kernels: readonly (readonly LoopFunction[])[],
  thread: number,
  meet: Stmt,
): readonly Stmt[] => {
  const body: Stmt[] = []
  let isApart = false
  for (const parts of kernels) {
    const [whole] = parts
    const part = parts[thread]
    if (parts.length > 1 && part !== undefined) {
      if (isApart) body.push(meet)
      body.push(call(part.name), meet)
      isApart = false
    } else if (whole !== undefined) {
      if (thread === 0) body.push(call(whole.name))
      isApart = true
    }
  }
  const isDivided = kernels.some(parts => parts.length > 1)
  return isApart && isDivided ? [...body, meet] : body
}

/** Where threads meet. */
export const meetAt = (control: number, threads: number, thread: number): Stmt =>
  barrier(control, threads, thread !== 0)
