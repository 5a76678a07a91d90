import { threefry2x32 } from '../../compiler/ops/threefry.js'
import { type Key, keyOfSeed } from '../../dsl/random.js'

export type { Key } from '../../dsl/random.js'

/** The key that a seed stands for. */
export const keyOf: (seed: number) => Key = keyOfSeed

/** A key of its own for one purpose and one number, e.g. the order of epoch 3. */
export const derive = (key: Key, purpose: number, index = 0): Key =>
  threefry2x32(key[0], key[1], purpose >>> 0, index >>> 0)

/**
 * 0 … n-1 in an order that only the key decides: Fisher and Yates's shuffle, from the end,
 * on threefry's words (the bias of scaling 32 bits is below n / 2^32).
 */
export const permutation = (n: number, key: Key): Int32Array<ArrayBuffer> => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  let words: readonly number[] = []
  for (let i = n - 1; i > 0; i--) {
    const used = (n - 1 - i) % 2
    if (used === 0) words = threefry2x32(key[0], key[1], 0, (n - 1 - i) / 2)
    const j = Math.floor(((words[used] ?? 0) / 2 ** 32) * (i + 1))
    const moved = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = moved
  }
  return order
}
