import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { allocate, type DType, sizeOf } from '../../runtime/dtype.js'
import { Fault } from '../../runtime/fault.js'
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type SafetensorsFile,
} from '../../src/formats/safetensors.js'
import { faultOf } from '../faults.js'

const tensorArb = (name: string): fc.Arbitrary<NamedTensor> =>
  fc
    .record({
      dtype: fc.constantFrom<DType>('f32', 'f64', 'i32', 'u32', 'bool'),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      seed: fc.integer(),
    })
    .map(({ dtype, shape, seed }) => {
      const data = allocate(dtype, sizeOf(shape))
      data.forEach((_, i) => {
        data[i] = dtype === 'bool' ? (i + seed) & 1 : (seed % 1000) / 7 + i
      })
      return { name, dtype, shape, data }
    })

const fileArb: fc.Arbitrary<SafetensorsFile> = fc
  .tuple(
    fc.uniqueArray(
      fc.string({ minLength: 1 }).filter(name => name !== '__metadata__'),
      { maxLength: 5 },
    ),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
  )
  .chain(([names, metadata]) =>
    fc.record({ tensors: fc.tuple(...names.map(tensorArb)), metadata: fc.constant(metadata) }),
  )

const byName = ({ tensors }: SafetensorsFile): Record<string, unknown> =>
  Object.fromEntries(tensors.map(t => [t.name, { ...t, data: [...t.data] }]))

describe('safetensors', () => {
  test.prop([fileArb])('what is written is read back', file => {
    const back = decodeSafetensors(encodeSafetensors(file), 'a file')
    expect(byName(back)).toEqual(byName(file))
    expect({ ...back.metadata }).toEqual({ ...file.metadata })
  })

  test('a header of any length is read, also one that begins as a file of another program does', () => {
    const starts = new Set<string>()
    for (let length = 0; length <= 1200; length++) {
      const file: SafetensorsFile = {
        tensors: [{ name: 'n'.repeat(length), dtype: 'i32', shape: [], data: Int32Array.of(1) }],
        metadata: {},
      }
      const bytes = encodeSafetensors(file)
      starts.add([...bytes.subarray(0, 2)].join())
      expect(decodeSafetensors(bytes, 'a file').tensors).toEqual(file.tensors)
    }
    for (const pickle of ['128,2', '128,4']) expect(starts).toContain(pickle)
    // gzip's first bytes are a length that other programs may write
    const json = '{"a":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}'.padEnd(0x8b1f)
    const bytes = Uint8Array.from([0x1f, 0x8b, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(json), 1])
    expect(decodeSafetensors(bytes, 'a file').tensors).toHaveLength(1)
    expect(faultOf(() => decodeSafetensors(bytes.subarray(0, 400), 'a file')).message).toMatch(/35615 bytes/)
  })

  const small: SafetensorsFile = {
    tensors: [{ name: 'layer0/kernel', dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    metadata: { made: 'here' },
  }

  test('control: a changed element is noticed', () => {
    const bytes = encodeSafetensors(small)
    bytes[bytes.length - 1] = 0x41
    expect(byName(decodeSafetensors(bytes, 'f'))).not.toEqual(byName(small))
  })

  test('the layout is the published one', () => {
    const bytes = encodeSafetensors(small)
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      __metadata__: { made: 'here' },
      'layer0/kernel': { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
    })
    expect([...new Float32Array(bytes.slice(8 + length).buffer)]).toEqual([1, 2, 3, 4])
  })

  test.prop([fileArb, fc.nat()])('a file cut short is refused, never half read', (file, cut) => {
    const bytes = encodeSafetensors(file)
    const short = bytes.slice(0, cut % bytes.length)
    expect(faultOf(() => decodeSafetensors(short, 'short.safetensors')).code).toBe('malformed-file')
  })

  test.prop([fc.uint8Array({ maxLength: 200 })])('any bytes at all give a file or a fault', bytes => {
    try {
      decodeSafetensors(new Uint8Array(bytes), 'noise')
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Fault)
      expect((thrown as Fault).kind).toBe('user')
    }
  })

  test('every mistake of a header is listed', () => {
    const header = JSON.stringify({
      a: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
      b: { dtype: 'F32', shape: [2], data_offsets: [4, 8] },
    })
    const text = new TextEncoder().encode(header)
    const bytes = new Uint8Array(8 + text.length + 8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
    bytes.set(text, 8)
    const fault = faultOf(() => decodeSafetensors(bytes, 'w.safetensors'))
    expect(fault.notes).toEqual([
      'a: dtype F16 is not one that densor reads (F32, F64, I32, U32, BOOL)',
      'b: F32 [2] takes 8 bytes, but it has 4',
    ])
  })

  test('a name used twice is refused', () => {
    const twice = { ...small, tensors: [...small.tensors, ...small.tensors] }
    expect(faultOf(() => encodeSafetensors(twice)).code).toBe('duplicate-name')
  })
})
