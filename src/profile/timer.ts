/** Time, taken often. */

/** How often a function is run, and for how long at most. */
export interface Sampling {
  readonly samples: number
  readonly seconds: number
  /** Calls between two looks at the clock. */
  readonly times: number
}

const MS = 1e-3

/** Seconds of `times` calls of a function, sample by sample; at least three, whatever time they take. */
export const timed = (run: () => void, { samples, seconds, times }: Sampling): Float64Array => {
  const taken = new Float64Array(samples)
  for (let i = 0; i < 3 * times; i++) run()
  const end = performance.now() + seconds / MS
  let count = 0
  for (let now = performance.now(); count < samples && (count < 3 || now < end); count++) {
    for (let i = 0; i < times; i++) run()
    const after = performance.now()
    taken[count] = (after - now) * MS
    now = performance.now()
  }
  return taken.subarray(0, count)
}

/** The value below which a share of the samples lies, e.g. 0.5 for the median. NaN where there is none. */
export const quantile = (samples: Float64Array, share: number): number => {
  const sorted = samples.toSorted()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
