/** Index of the largest of `count` elements from `start`; the first of equals. */
export const argmaxRow = (data: ArrayLike<number>, start: number, count: number): number => {
  let best = 0
  for (let i = 1; i < count; i++) if ((data[start + i] ?? 0) > (data[start + best] ?? 0)) best = i
  return best
}
