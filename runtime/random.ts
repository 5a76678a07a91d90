/** A threefry key: two u32 words. */
export type Key = readonly [number, number]

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

/**
 * The block cipher Threefry-2x32 with 20 rounds: encrypts the counter (x0, x1) under the key (k0, k1), all
 * u32, to two u32. Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC11).
 * Compiled programs draw the same bits.
 *
 * @example
 * ```ts
 * import { threefry2x32 } from 'densor/runtime'
 *
 * console.log(threefry2x32(0, 7, 0, 0)) // two random u32
 * ```
 */
export const threefry2x32 = (k0: number, k1: number, x0: number, x1: number): readonly [number, number] => {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda] as const
  let a = (x0 + k0) | 0
  let b = (x1 + k1) | 0
  for (let group = 0; group < 5; group++) {
    for (const r of group % 2 === 0 ? rotations[0] : rotations[1]) {
      a = (a + b) | 0
      b = rotateLeft(b, r) ^ a
    }
    a = (a + (keys[(group + 1) % 3] ?? 0)) | 0
    b = (b + (keys[(group + 2) % 3] ?? 0) + group + 1) | 0
  }
  return [a >>> 0, b >>> 0]
}

/**
 * The key of the random numbers of a seed.
 *
 * @example
 * ```ts
 * import { keyOf, permutation } from 'densor/runtime'
 *
 * console.log(permutation(keyOf(7), 5)) // the same order each time
 * ```
 */
export const keyOf = (seed: number): Key => [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0]

/**
 * A new key from a key and a number: keys of other numbers give independent random numbers.
 *
 * @example
 * ```ts
 * import { foldIn, keyOf, permutation } from 'densor/runtime'
 *
 * const key = keyOf(7)
 * console.log(permutation(foldIn(key, 0), 5), permutation(foldIn(key, 1), 5)) // two orders
 * ```
 */
export const foldIn = (key: Key, data: number): Key => threefry2x32(key[0], key[1], 0, data >>> 0)

/** The double in [0, 1) that 53 bits of block `i` of the key's stream make. */
const unit = (key: Key, i: number): number => {
  const [high, low] = threefry2x32(key[0], key[1], Math.floor(i / 2 ** 32), i >>> 0)
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
}

/**
 * The numbers from 0 to n - 1 in a random order, which depends on the key only.
 *
 * @example
 * ```ts
 * import { keyOf, permutation } from 'densor/runtime'
 *
 * const rows = ['a', 'b', 'c', 'd']
 * console.log([...permutation(keyOf(7), rows.length)].map(i => rows[i]))
 * ```
 */
export const permutation = (key: Key, n: number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(unit(key, i) * (i + 1))
    const moved = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = moved
  }
  return order
}
