/** Decisions read from a list of numbers, so that shrinking the numbers shrinks what was decided. */
export interface Dice {
  /** A whole number in [0, n); 0 for an exhausted list. */
  readonly below: (n: number) => number
  readonly pick: <T>(xs: readonly [T, ...T[]]) => T
  /** One of the elements, or undefined of none. */
  readonly maybe: <T>(xs: readonly T[]) => T | undefined
  readonly subset: <T>(xs: readonly T[]) => T[]
  readonly shuffle: <T>(xs: readonly T[]) => T[]
}

/** Dice that read `numbers` from the first to the last, and then only zeros. */
export const diceOf = (numbers: readonly number[]): Dice => {
  let next = 0
  const below = (n: number): number => (numbers[next++] ?? 0) % Math.max(n, 1)
  return {
    below,
    pick: xs => xs[below(xs.length)] ?? xs[0],
    maybe: xs => xs[below(xs.length)],
    subset: xs => xs.filter(() => below(2) === 1),
    shuffle: xs => {
      const shuffled = [...xs]
      for (let i = 0; i + 1 < shuffled.length; i++) {
        const [moved] = shuffled.splice(i + below(shuffled.length - i), 1)
        if (moved !== undefined) shuffled.splice(i, 0, moved)
      }
      return shuffled
    },
  }
}

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export const uniformFrom = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
