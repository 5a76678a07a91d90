/**
 * Index of the largest of `count` elements from `start`, `stride` apart; the first of equals. NaN counts as the largest,
 * as in NumPy.
 */
export const argmaxOf = (data: ArrayLike<number>, start: number, count: number, stride = 1): number => {
  let best = 0
  let most = data[start] ?? 0
  for (let i = 1; i < count && !Number.isNaN(most); i++) {
    const value = data[start + i * stride] ?? 0
    if (value > most || Number.isNaN(value)) {
      best = i
      most = value
    }
  }
  return best
}
