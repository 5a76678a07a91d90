import type { Cause, KernelProfile } from './measure.js'

/** The cause of copies that belong to no layer. */
const STEP: Cause = { path: 'step', kind: 'copies to outputs' }

/** What a kernel works for: at least one cause. */
export const causesOf = ({ causes }: KernelProfile): readonly Cause[] =>
  causes.length === 0 ? [STEP] : causes

/** The time of one layer or part of a step. */
export interface CauseTime {
  readonly cause: Cause
  readonly seconds: number
  /** Its fraction of all kernels' seconds, from 0 to 1. */
  readonly share: number
}

/** The time of kernels by cause, the longest first; the time of a kernel with several is divided equally. */
export const byCause = (kernels: readonly KernelProfile[]): readonly CauseTime[] => {
  const times = new Map<string, CauseTime>()
  for (const kernel of kernels) {
    const causes = causesOf(kernel)
    for (const cause of causes) {
      const known = times.get(cause.path) ?? { cause, seconds: 0, share: 0 }
      const seconds = known.seconds + kernel.seconds / causes.length
      times.set(cause.path, { cause, seconds, share: known.share + kernel.share / causes.length })
    }
  }
  return [...times.values()].sort((a, b) => b.seconds - a.seconds)
}
