/** Weights are bytes and back; what is not weights is refused in words, whoever wrote the file and whatever it claims. */
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../runtime/fault.js'
import { decodeHistory } from '../../src/formats/history-codec.js'
import { decodeSafetensors } from '../../src/formats/safetensors.js'
import {
  decodeWeights,
  dense,
  encodeWeights,
  fit,
  init,
  input,
  saveWeights,
  sequential,
  tensor,
  unwrap,
} from '../../src/index.js'
import { faultOf } from '../faults.js'

const model = sequential(input(2), dense(3), dense(1))
const weights = unwrap(init(model, { seed: 3 }))
const x = unwrap(tensor([2, 2], [1, 2, 3, 4]))
const y = unwrap(tensor([2, 1], [1, 2]))

describe('weights and bytes', () => {
  test('what is encoded is decoded', () => {
    const bytes = unwrap(encodeWeights(weights))
    expect(unwrap(decodeWeights(model, bytes))).toEqual(weights)
    expect(unwrap(decodeWeights(model, bytes.buffer))).toEqual(weights)
    // bytes that lie somewhere within others
    const within = new Uint8Array(bytes.length + 3)
    within.set(bytes, 3)
    expect(unwrap(decodeWeights(model, within.subarray(3)))).toEqual(weights)
    const other = decodeWeights(sequential(input(2), dense(4)), bytes)
    expect(other._tag === 'Left' && other.left.code).toBe('wrong-weights')
  })

  const task = fit(model, { x, y }, { loss: 'meanSquaredError', verbose: 'silent' })
  const refused: Readonly<Record<string, () => unknown>> = {
    'the result of fit': () => task,
    'a promise': () => task(),
    'a model': () => model,
    'an empty record': () => ({}),
    undefined: () => undefined,
    'a snapshot': () => ({ params: new Float32Array(3), state: new Float32Array(0) }),
    'a history': () => ({ epoch: [0], history: { loss: [1] }, seconds: [1] }),
    'plain arrays': () => ({ layer0: { kernel: [[1, 2]] } }),
    'an array': () => [1, 2],
    'a tensor': () => x,
    text: () => 'w.safetensors',
    'an Either': () => init(model),
    'weights from JSON': () => JSON.parse(JSON.stringify(weights)),
  }

  test.each(Object.keys(refused))('%s is refused, by bytes and by files alike', async name => {
    const given = refused[name]?.()
    const encoded = encodeWeights(given as never)
    expect(encoded._tag).toBe('Left')
    const saved = await saveWeights('never/written.safetensors', given as never)()
    for (const result of [encoded, saved]) {
      if (result._tag !== 'Left') throw new Error('it was accepted')
      expect(result.left.kind).toBe('user')
      expect(['not-weights', 'wrong-weights']).toContain(result.left.code)
      expect(result.left.suggestion).toBeDefined()
    }
  })

  test('what fit gives is refused with what to pass', async () => {
    const trained = await task
    const encoded = encodeWeights(trained as never)
    expect(encoded._tag === 'Left' && encoded.left.suggestion).toBe('pass its .weights')
    expect(encodeWeights(trained.weights)._tag).toBe('Right')
  })

  test('arguments in the other order are refused in words', async () => {
    const swapped = await saveWeights(weights as never, 'file.safetensors' as never)()
    expect(swapped._tag === 'Left' && swapped.left.kind).toBe('user')
    const path = await saveWeights(undefined as never, weights)()
    expect(path._tag === 'Left' && path.left.code).toBe('bad-path')
  })

  test.each([
    [[0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a], 'HDF5'],
    [[0x50, 0x4b, 3, 4, 9, 9, 9, 9, 9], '.keras'],
    [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], '.npy'],
  ])('a file of another program is named', (start, what) => {
    const read = decodeWeights(model, Uint8Array.from([...start, ...new Array(40).fill(1)]))
    expect(read._tag === 'Left' && read.left.message).toContain(what)
    expect(read._tag === 'Left' && read.left.suggestion).toContain('safetensors')
  })

  test.each([
    ['<!doctype html><title>404</title>', 'a page (HTML)', 'address'],
    ['<html><body>Not found</body></html>', 'a page (HTML)', 'address'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n', 'Git LFS', 'git lfs pull'],
    ['{"error":"not found"}', 'JSON', 'saveWeights'],
  ])('what a server gives in its place is named: %s', (text, what, remedy) => {
    const read = decodeWeights(model, new TextEncoder().encode(text))
    expect(read._tag === 'Left' && read.left.message).toContain(what)
    expect(read._tag === 'Left' && read.left.suggestion).toContain(remedy)
  })
})

describe('files that claim much', () => {
  const fileOf = (header: string): Uint8Array<ArrayBuffer> => {
    const text = new TextEncoder().encode(header)
    const bytes = new Uint8Array(8 + text.length)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
    bytes.set(text, 8)
    return bytes
  }
  const small = (fault: Fault) => {
    expect(fault.kind).toBe('user')
    expect(fault.code).toBe('malformed-file')
    expect(fault.notes.length).toBeLessThanOrEqual(20)
    for (const text of [fault.message, ...fault.notes]) expect(text.length).toBeLessThan(300)
  }

  test.each([
    [
      'a million negative sizes',
      `{"a":{"dtype":"F32","shape":[${'-1,'.repeat(1e6)}-1],"data_offsets":[0,4]}}`,
    ],
    ['long names', `{"${'n'.repeat(1e6)}":5}`],
    ['many entries', `{${Array.from({ length: 1e5 }, (_, i) => `"${i}":5`).join()}}`],
    ['deep nesting', `{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
    [
      'a deep shape',
      `{"a":{"dtype":"F32","shape":[${'['.repeat(40_000)}${']'.repeat(40_000)}],"data_offsets":[0,4]}}`,
    ],
    ['a long dtype', `{"a":{"dtype":"${'f'.repeat(1e6)}","shape":[1],"data_offsets":[0,4]}}`],
    ['a dtype of Object.prototype', '{"a":{"dtype":"__proto__","shape":[1],"data_offsets":[0,4]}}'],
    ['deep metadata', `{"__metadata__":{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`],
    ['not JSON', 'x'.repeat(1e6)],
  ])('%s: a short fault', (_, header) => {
    small(faultOf(() => decodeSafetensors(fileOf(header), 'w.safetensors')))
  })

  test('a header beyond the bound is not read', () => {
    const fault = faultOf(() => decodeSafetensors(fileOf(`{"a":"${' '.repeat(17e6)}"}`), 'w.safetensors'))
    expect(fault.message).toContain('at most 16000000')
  })

  test.each([
    ['a million words', `{"epoch":[],"seconds":[],"history":{"loss":[${'"x",'.repeat(1e6)}"x"]}}`],
    ['deep nesting', `{"epoch":${'['.repeat(40_000)}${']'.repeat(40_000)},"seconds":[],"history":{}}`],
    [
      'many columns',
      `{"epoch":[],"seconds":[],"history":{${Array.from({ length: 2e4 }, (_, i) => `"${i}":5`).join()}}}`,
    ],
    ['a number called __proto__', '{"epoch":[0],"seconds":[1],"history":{"loss":["__proto__"]}}'],
  ])('a history of %s: a short fault', (_, text) => {
    small(faultOf(() => decodeHistory(text, 'history.json')))
  })

  test('control: a right history is read', () => {
    const text =
      '{"epoch":[0,1],"seconds":[1,1],"history":{"loss":["NaN",2],"__proto__":[1,2],"constructor":[1,2]}}'
    const { history } = decodeHistory(text, 'history.json')
    expect(Object.entries(history)).toEqual([
      ['loss', [Number.NaN, 2]],
      ['__proto__', [1, 2]],
      ['constructor', [1, 2]],
    ])
  })
})
