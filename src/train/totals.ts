import type { Logs } from './history.js'

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
