/** How a module stores its weights: f32 as they are, half precision, or int8 with one scale a channel. */
import type { WeightVectors } from '../../dsl/trace/initial.js'
import type { WeightLayout } from '../../dsl/trace/layout.js'
import { withoutDenormals } from '../../runtime/denormals.js'
import { sizeOf } from '../../runtime/dtype.js'

/** The number format of stored weights. */
export type WeightFormat = 'f32' | 'f16' | 'int8'

/** The vectors of weights end to end, as they lie in a module or its sidecar file: little-endian f32. */
export const packF32 = ({ params, state }: WeightVectors): Uint8Array<ArrayBuffer> => {
  return joined([params, state].map(v => bytesOf(withoutDenormals(v))))
}

/** The bytes of numbers, in place; the machines that densor is for have them in this order. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

const word = new DataView(new ArrayBuffer(4))

/** The bits of the half-precision number nearest to x, ties to even; beyond 65504 it is infinite (IEEE 754). */
export const toHalf = (x: number): number => {
  word.setFloat32(0, x)
  const bits = word.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const size = Math.abs(Math.fround(x))
  if (Number.isNaN(size)) return sign | 0x7e00
  if (size >= 65520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24)
  const exponent = ((bits >>> 23) & 0xff) - 112
  return sign | ((exponent << 10) + roundEven((bits & 0x7fffff) / 2 ** 13))
}

const roundEven = (x: number): number => {
  const down = Math.floor(x)
  const rest = x - down
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down
}

/** Half precision, two bytes a number. */
export const packF16 = ({ params, state }: WeightVectors): Uint8Array<ArrayBuffer> => {
  const halves = new Uint16Array(params.length + state.length)
  halves.set(Uint16Array.from(params, toHalf))
  halves.set(Uint16Array.from(state, toHalf), params.length)
  return new Uint8Array(halves.buffer)
}

/** A piece of the weights: so many numbers in rows of `channels`, each channel with its scale; 0: left as f32. */
export type Piece = readonly [count: number, channels: number]

/**
 * Trainable weights of two and more dimensions become int8, with one scale for each index of the last dimension (a
 * kernel's output channel): 127 stands for the largest magnitude. All else stays f32. The bytes of each piece follow
 * one another: scales, then numbers.
 */
export const packInt8 = (
  { weights }: WeightLayout,
  { params, state }: WeightVectors,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly pieces: readonly Piece[] } => {
  const parts: Uint8Array[] = []
  const pieces: Piece[] = []
  const vectors = [
    [params, weights.filter(w => w.trainable)],
    [state, weights.filter(w => !w.trainable)],
  ] as const
  for (const [vector, specs] of vectors)
    for (const { shape, offset, trainable } of specs) {
      const values = vector.subarray(offset, offset + sizeOf(shape))
      const channels = trainable && shape.length > 1 ? (shape.at(-1) ?? 0) : 0
      pieces.push([values.length, channels])
      if (channels === 0) parts.push(bytesOf(values))
      else parts.push(...quantized(values, channels))
    }
  return { bytes: joined(parts), pieces }
}

const quantized = (values: Float32Array, channels: number): readonly Uint8Array[] => {
  const scales = new Float32Array(channels)
  values.forEach((x, i) => {
    const c = i % channels
    scales[c] = Math.max(scales[c] ?? 0, Math.abs(x) / 127)
  })
  const numbers = Int8Array.from(values, (x, i) => {
    const scale = scales[i % channels] ?? 0
    return scale === 0 ? 0 : roundEven(Math.max(-127, Math.min(127, x / scale)))
  })
  return [bytesOf(scales), new Uint8Array(numbers.buffer)]
}

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
