import type { Logs } from './history.js'

/**
 * The numbers of an epoch from its running sums: [loss · samples, samples], then for each metric [sum,
 * count]. A mean over nothing is NaN.
 */
export const logsOf = (totals: ArrayLike<number>, metrics: readonly string[]): Logs => {
  const mean = (at: number): number => (totals[at] ?? 0) / (totals[at + 1] ?? 0)
  return Object.fromEntries(['loss', ...metrics].map((name, i) => [name, mean(2 * i)]))
}
