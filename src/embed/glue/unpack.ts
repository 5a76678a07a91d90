import type { Bound } from './wasm.js'

/** The number that a half-precision pattern stands for. */
export const fromHalf = (bits: number): number => {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const size =
    exponent === 31
      ? fraction
        ? Number.NaN
        : Number.POSITIVE_INFINITY
      : exponent
        ? 2 ** (exponent - 25) * (1024 + fraction)
        : 2 ** -24 * fraction
  return bits >> 15 ? -size : size
}

/** Puts weights stored as half precision into the memory: `counts` numbers at each address. */
export const putF16 = (
  { buffer }: Bound['memory'],
  bytes: Uint8Array,
  ...vectors: readonly (readonly [address: number, count: number])[]
): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  let at = 0
  for (const [address, count] of vectors) {
    const floats = new Float32Array(buffer, address, count)
    for (let i = 0; i < count; i++, at += 2) floats[i] = fromHalf(view.getUint16(at, true))
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
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  let at = 0
  for (const [address, count, channels] of pieces) {
    const floats = new Float32Array(buffer, address, count)
    const base = at
    at += 4 * channels
    for (let i = 0; i < count; i++)
      if (channels) floats[i] = view.getInt8(at++) * view.getFloat32(base + 4 * (i % channels), true)
      else {
        floats[i] = view.getFloat32(at, true)
        at += 4
      }
  }
}
