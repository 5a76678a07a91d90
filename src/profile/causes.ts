import type { Cause, KernelProfile } from './measure.js'

/** What stands for the copies that a step makes for itself. */
const STEP: Cause = { path: 'step', kind: 'copies to outputs' }

/** Who asked for a kernel: at least one. */
export const causesOf = ({ causes }: KernelProfile): readonly Cause[] =>
  causes.length === 0 ? [STEP] : causes

/** The time that one layer or part of a step asked for. */
export interface CauseTime {
  readonly cause: Cause
  readonly seconds: number
  /** Its part of all kernels' seconds, from 0 to 1. */
  readonly share: number
}

/** The time of kernels by who asked for it, the longest first; a kernel of several counts for each in equal parts. */
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
