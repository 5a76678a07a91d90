import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Arena } from '../../runtime/arena.js'
import { Fault } from '../../runtime/fault.js'

interface Block {
  readonly address: number
  readonly bytes: number
}

const actions = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('reserve' as const),
      bytes: fc.nat(200_000),
      align: fc.constantFrom(64, 256, 65536),
    }),
    fc.record({ kind: fc.constant('release' as const), which: fc.nat() }),
  ),
  { maxLength: 40 },
)

const overlap = (a: Block, b: Block): boolean =>
  a.address < b.address + b.bytes && b.address < a.address + a.bytes

test.prop([actions])('blocks are aligned, zeroed, inside, apart, and keep what is in them', steps => {
  const arena = new Arena()
  let live: readonly Block[] = []
  for (const step of steps) {
    if (step.kind === 'reserve') {
      const block = { address: arena.reserve(step.bytes, step.align), bytes: step.bytes }
      expect(block.address % step.align).toBe(0)
      expect(block.address).toBeGreaterThan(0)
      expect(block.address + block.bytes).toBeLessThanOrEqual(arena.buffer.byteLength)
      expect(live.some(b => overlap(b, block))).toBe(false)
      const contents = new Uint8Array(arena.buffer, block.address, block.bytes)
      expect(contents.every(v => v === 0)).toBe(true)
      contents.fill((block.address / 64) & 255)
      live = [...live, block]
    } else {
      const block = live[step.which % live.length]
      if (block === undefined) continue
      arena.release(block.address)
      live = live.filter(b => b !== block)
    }
    for (const { address, bytes } of live) {
      expect(new Uint8Array(arena.buffer, address, bytes).every(v => v === ((address / 64) & 255))).toBe(true)
    }
    const wanted = live.reduce((n, b) => n + Math.max(64, 64 * Math.ceil(b.bytes / 64)), 0)
    expect(arena.bytesReserved).toBe(wanted)
  }
})

describe('an arena', () => {
  test('uses released space again, neighbours joined', () => {
    const arena = new Arena()
    const [a, b] = [arena.reserve(1024), arena.reserve(1024)]
    arena.reserve(64)
    arena.release(a)
    arena.release(b)
    expect(arena.reserve(2048)).toBe(a)
  })

  test('gives views of its memory as it is now', () => {
    const arena = new Arena()
    const address = arena.reserve(16)
    arena.view('f32', address, 4).set([1, 2, 3, 4])
    arena.reserve(10_000_000)
    expect([...arena.view('f32', address, 4)]).toEqual([1, 2, 3, 4])
  })

  test('says what it cannot do', () => {
    const arena = new Arena()
    expect(() => arena.release(64)).toThrow(Fault)
    expect(() => arena.reserve(5 * 2 ** 30)).toThrow(/cannot grow/)
    expect(arena.bytesReserved).toBe(0)
  })
})
