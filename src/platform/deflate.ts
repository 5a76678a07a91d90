/** zlib streams without compression: the web's own compression cannot give its bytes at once. */

const MOST = 0xffff
const BLOCK_HEAD = 5
const MODULUS = 65_521

/** Adler-32 (RFC 1950), reduced before the sums leave 32 bits. */
const adler32 = (bytes: Uint8Array): number => {
  let [a, b] = [1, 0]
  for (let i = 0; i < bytes.length; i++) {
    a = (a + (bytes[i] ?? 0)) % MODULUS
    b = (b + a) % MODULUS
  }
  return b * 0x10000 + a
}

/** Bytes as a zlib stream of stored blocks (RFC 1951, 3.2.4). */
export const storedDeflate = (bytes: Uint8Array): Uint8Array => {
  const blocks = Math.max(1, Math.ceil(bytes.length / MOST))
  const out = new Uint8Array(2 + blocks * BLOCK_HEAD + bytes.length + 4)
  const view = new DataView(out.buffer)
  view.setUint16(0, 0x7801)
  let at = 2
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * MOST, (block + 1) * MOST)
    out[at] = block === blocks - 1 ? 1 : 0
    view.setUint16(at + 1, part.length, true)
    view.setUint16(at + 3, part.length ^ MOST, true)
    out.set(part, at + BLOCK_HEAD)
    at += BLOCK_HEAD + part.length
  }
  view.setUint32(at, adler32(bytes))
  return out
}
