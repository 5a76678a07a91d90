import { add, or, shl, shr, xor } from '../expr.js'
import type { Expr } from '../ir.js'

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
]

const rotateLeft = (x: Expr, by: number): Expr => or(shl(x, by), shr(x, 32 - by))

/**
 * The block cipher Threefry-2x32 with 20 rounds: the counter (x0, x1) under the key (k0, k1), all u32.
 * Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC11).
 */
export const threefry2x32 = (k0: Expr, k1: Expr, x0: Expr, x1: Expr): readonly [Expr, Expr] => {
  const keys = [k0, k1, xor(xor(k0, k1), 0x1bd11bda)]
  const key = (i: number): Expr => keys[i % 3] ?? k0
  let [a, b] = [add(x0, k0), add(x1, k1)]
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group % 2] ?? []) {
      a = add(a, b)
      b = xor(rotateLeft(b, r), a)
    }
    a = add(a, key(group + 1))
    b = add(add(b, key(group + 2)), group + 1)
  }
  return [a, b]
}
