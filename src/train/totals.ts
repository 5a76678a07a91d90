import type { Logs } from './history.js'
import type { Machine } from './machine.js'

/**
 * The numbers of an epoch from its running sums: [loss · samples, samples], then for each metric [sum,
 * count]. A mean over nothing, or over samples whose weights are all 0, is 0, as in Keras.
 */
export const logsOf = (totals: ArrayLike<number>, metrics: readonly string[]): Logs => {
  const mean = (at: number): number => {
    const count = totals[at + 1] ?? 0
    return count === 0 ? 0 : (totals[at] ?? 0) / count
  }
  return Object.fromEntries(['loss', ...metrics].map((name, i) => [name, mean(2 * i)]))
}

/** The running sums of a machine, with what they have lost to rounding, in f64. */
const totalsOf = (machine: Machine): Float64Array => {
  const totals = Float64Array.from(machine.shared('totals'))
  if (machine.names().includes('lost'))
    for (const [i, lost] of machine.shared('lost').entries())
      if (Number.isFinite(lost)) totals[i] = (totals[i] ?? 0) + lost
  return totals
}

/** The numbers of the steps since the sums were cleared. */
export const logsIn = (machine: Machine, metrics: readonly string[]): Logs =>
  logsOf(totalsOf(machine), metrics)

/** Begins the sums anew. */
export const clearTotals = (machine: Machine): void => {
  for (const name of ['totals', 'lost']) if (machine.names().includes(name)) machine.shared(name).fill(0)
}
