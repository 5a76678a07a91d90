import type { Bound } from './wasm.js'

/**
 * Puts weights stored as half precision into the memory, so many numbers at each address. A half's bits, moved to where
 * an f32 has them, are a number 2^-112 of its size, subnormal or not; infinities and NaN stay what they are.
 */
export const putF16 = (
  { buffer }: Bound['memory'],
  bytes: Uint8Array,
  ...vectors: readonly (readonly [address: number, count: number])[]
): void => {
  let at = bytes.byteOffset
  for (const [address, count] of vectors) {
    const halves = new Uint16Array(bytes.buffer, at, count)
    const bits = new Uint32Array(buffer, address, count)
    const floats = new Float32Array(buffer, address, count)
    for (let i = 0; i < count; i++) {
      const half = halves[i]!
      const moved = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13)
      const isFiniteHalf = (half & 0x7c00) !== 0x7c00
      bits[i] = isFiniteHalf ? moved : moved | 0x7f800000
      if (isFiniteHalf) floats[i]! *= 2 ** 112
    }
    at += 2 * count
  }
}

/**
 * Puts weights stored as int8 into the memory. Pieces follow one another from the addresses on: so many numbers at
 * an address, in rows of so many channels, or f32 as they are where that is 0.
 */
export const putInt8 = (
  { buffer }: Bound['memory'],
  bytes: Uint8Array,
  pieces: readonly (readonly [address: number, count: number, channels: number])[],
): void => {
  let at = 0
  // a copy, as f32 may begin at any byte
  const take = (length: number) => {
    at += length
    return bytes.slice(at - length, at).buffer
  }
  for (const [address, count, channels] of pieces) {
    const floats = new Float32Array(buffer, address, count)
    if (channels) {
      const scales = new Float32Array(take(4 * channels))
      const numbers = new Int8Array(take(count))
      for (let i = 0; i < count; i += channels)
        for (let c = 0; c < channels; c++) floats[i + c] = numbers[i + c]! * scales[c]!
    } else floats.set(new Float32Array(take(4 * count)))
  }
}
