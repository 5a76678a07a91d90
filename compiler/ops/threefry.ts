/**
 * Threefry-2x32 with 20 rounds: the counter (x0, x1) enciphered by the key (k0, k1), all words unsigned 32-bit.
 * Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3 (2011); JAX's generator.
 */
export const threefry2x32 = (k0: number, k1: number, x0: number, x1: number): readonly [number, number] => {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda]
  let a = (x0 + k0) | 0
  let b = (x1 + k1) | 0
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0
    const turn = TURNS[round % 8]!
    b = ((b << turn) | (b >>> (32 - turn))) ^ a
    if (round % 4 === 3) {
      const block = (round + 1) / 4
      a = (a + keys[block % 3]!) | 0
      b = (b + keys[(block + 1) % 3]! + block) | 0
    }
  }
  return [a >>> 0, b >>> 0]
}

const TURNS = [13, 15, 26, 6, 17, 29, 16, 24]
