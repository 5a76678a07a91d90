import { fc, test } from '@fast-check/vitest'
import { afterEach, describe, expect, vi } from 'vitest'
import { fromBase64, fromText, putBase64 } from '../../src/embed/glue/bytes.js'
import { piecesOf, toText } from '../../src/embed/text.js'

const bytes = fc.uint8Array({ maxLength: 2000 })
const every = Uint8Array.from({ length: 256 }, (_, i) => i)

describe('code as text', () => {
  test.prop([bytes], { examples: [[every]] })('is read back, and is printable', code => {
    const text = toText(code)
    expect(text).toMatch(/^[ !$-~]*$/)
    expect(fromText(text)).toEqual(code)
  })

  test('control: another character is another byte', () => {
    expect(fromText(toText(every).replace('~', '}'))).not.toEqual(every)
  })
})

describe('weights as base64', () => {
  afterEach(() => vi.unstubAllGlobals())

  /** An engine that writes base64 itself, as newer ones do. */
  class Newer extends Uint8Array {
    setFromBase64(text: string): { readonly written: number } {
      const read = Uint8Array.from(atob(text), c => c.charCodeAt(0))
      this.set(read)
      return { written: read.length }
    }
  }

  const engines: readonly (readonly [string, () => void])[] = [
    ['Node', () => undefined],
    ['a page', () => vi.stubGlobal('Buffer', undefined)],
    ['a newer engine', () => vi.stubGlobal('Uint8Array', Newer)],
  ]

  test.each(engines)(
    'in %s: the pieces lie one after the other, and nothing else is touched',
    (_, become) => {
      const long = Uint8Array.from({ length: 100_001 }, (_, i) => (i * i) >> 3)
      const pieces = piecesOf(long)
      expect(pieces.map(text => text.length)).toEqual([
        65536,
        65536,
        4 * Math.ceil((100_001 - 2 * 49_152) / 3),
      ])
      const memory = { buffer: new ArrayBuffer(100_020) }
      become()
      putBase64(memory, 10, pieces)
      const all = new Uint8Array(memory.buffer)
      expect(all.subarray(10, 100_011).every((byte, i) => byte === long[i])).toBe(true)
      expect([...all.subarray(0, 10), ...all.subarray(100_011)].every(byte => byte === 0)).toBe(true)
      expect(fromBase64(long.length, pieces)).toHaveLength(long.length)
    },
  )
})
