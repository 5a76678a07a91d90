import { deflate } from '#platform'
import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const GRAY_WITH_ALPHA = 4

/** CRC-32 as PNG wants it (ISO 3309), bit by bit: the images here have a few hundred bytes. */
const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

const chunk = (name: string, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(12 + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, body.length)
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i)
  bytes.set(body, 8)
  view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)))
  return bytes
}

/**
 * A PNG of black ink on nothing, so that a page can show it on any ground:
 * `pixels` [height, width] from 0 (clear) to 1 (ink), as a `data:` address.
 */
export const inkImage = (pixels: ArrayLike<number>, width: number, height: number): string => {
  if (pixels.length !== sizeOf([height, width]))
    throw bug(`image: ${pixels.length} pixels for ${width} x ${height}`)
  const rowBytes = 1 + 2 * width
  const raw = new Uint8Array(height * rowBytes)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const ink = Math.min(1, Math.max(0, pixels[y * width + x] ?? 0))
      raw[y * rowBytes + 1 + 2 * x + 1] = Math.round(255 * ink)
    }
  const header = new Uint8Array(13)
  const size = new DataView(header.buffer)
  size.setUint32(0, width)
  size.setUint32(4, height)
  header.set([8, GRAY_WITH_ALPHA, 0, 0, 0], 8)
  const file = [
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflate(raw)),
    chunk('IEND', new Uint8Array(0)),
  ]
  const text = file.map(part => Array.from(part, byte => String.fromCharCode(byte)).join('')).join('')
  return `data:image/png;base64,${btoa(text)}`
}
