import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { tracePredict } from '../../dsl/trace/step.js'
import { putF16, putInt8 } from '../../src/embed/glue/unpack.js'
import { packF16, packInt8, toHalf } from '../../src/embed/pack-weights.js'
import { dense, input, sequential } from '../../src/index.js'

const none = new Float32Array()

/** What IEEE 754 says that the bits of a half stand for. */
const numberOf = (bits: number): number => {
  const [sign, exponent, fraction] = [bits >> 15 === 1 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? 2 ** -24 * fraction : 2 ** (exponent - 25) * (1024 + fraction))
}

const unpacked = (bytes: Uint8Array, count: number): Float32Array => {
  const memory = new Float32Array(count)
  putF16(memory, bytes, [0, count])
  return memory
}

describe('half precision', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i)

  test('each of its numbers is read as what it stands for', () => {
    const read = unpacked(new Uint8Array(all.buffer), all.length)
    expect(read).toEqual(Float32Array.from(all, numberOf))
    // zero keeps its sign, and each number goes back to its bits
    expect(
      Uint16Array.from(read, toHalf).filter((half, i) => half !== i && !Number.isNaN(read[i])),
    ).toHaveLength(0)
  })

  test.prop([fc.float32Array({ noNaN: true, min: -65504, max: 65504 })])(
    'a number becomes the nearest half',
    params => {
      const read = unpacked(packF16({ params, state: none }), params.length)
      params.forEach((x, i) => {
        const half = toHalf(x)
        const off = Math.abs((read[i] ?? Number.NaN) - x)
        for (const other of [half - 1, half + 1].map(b => numberOf(b & 0xffff)))
          if (Number.isFinite(other)) expect(off).toBeLessThanOrEqual(Math.abs(other - x))
      })
    },
  )

  test('control: another bit is another number', () => {
    const flipped = all.map(bits => bits ^ 1)
    expect(unpacked(new Uint8Array(flipped.buffer), 65536)).not.toEqual(Float32Array.from(all, numberOf))
  })
})

describe('int8', () => {
  const vectors = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain(([rows, channels]) =>
      fc.record({
        rows: fc.constant(rows),
        channels: fc.constant(channels),
        kernel: fc.float32Array({
          noNaN: true,
          min: -8,
          max: 8,
          minLength: rows * channels,
          maxLength: rows * channels,
        }),
        bias: fc.float32Array({ noNaN: true, min: -8, max: 8, minLength: channels, maxLength: channels }),
      }),
    )

  test.prop([vectors])(
    'a kernel is off by half a step of its channel at most, and a bias not at all',
    given => {
      const { rows, channels, kernel, bias } = given
      const params = Float32Array.from([...kernel, ...bias])
      const { layout } = tracePredict({ model: sequential(input(rows), dense(channels)), batch: 1 })
      const { bytes, pieces } = packInt8(layout, { params, state: none })
      const read = new Float32Array(params.length)
      const addresses = [0, 4 * kernel.length]
      putInt8(
        read,
        bytes,
        pieces.map(([count, width], i) => [addresses[i] ?? 0, count, width]),
      )
      expect(pieces.map(([, width]) => width)).toEqual([channels, 0])
      expect(read.slice(kernel.length)).toEqual(bias)
      kernel.forEach((x, i) => {
        const column = kernel.filter((_, j) => j % channels === i % channels)
        const step = Math.max(...column.map(Math.abs)) / 127
        expect(Math.abs((read[i] ?? Number.NaN) - x)).toBeLessThanOrEqual(step * 0.5001 + 1e-30)
      })
    },
  )
})
