import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import { threefry2x32 as threefryExpr } from '../../compiler/loop/math.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import { foldIn, keyOf, permutation, threefry2x32 } from '../../runtime/random.js'
import { instantiateWasm } from '../../runtime/wasm.js'

// Random123's kat_vectors, threefry 2x32 with 20 rounds; JAX's tests have the same
const known = [
  { key: [0, 0], counter: [0, 0], out: [0x6b200159, 0x99ba4efe] },
  { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], out: [0x1cb996fc, 0xbb002be7] },
  { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], out: [0xc4923a9c, 0x483df7a0] },
] as const

test.each(known)('threefry2x32 has the known answer for %o', ({ key, counter, out }) => {
  expect(threefry2x32(key[0], key[1], counter[0], counter[1])).toEqual(out)
})

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe.each([1, 4] as const)('in compiled programs, %i lanes', lanes => {
  test.prop([word, word, word, word], { numRuns: 20 })('the bits are the same', (k0, k1, x0, x1) => {
    const load = (at: number) => e.load(e.reg('u32', lanes), at)
    const [a, b] = threefryExpr(load(0), load(16), load(32), load(48))
    const body = [e.store(64, a), e.store(80, b)]
    const arena = new Arena()
    const words = new Uint32Array(arena.buffer, 0, 64)
    words.set([k0, k1, x0, x1].flatMap(w => [w, w + 1, w + 2, w + 3]))
    const step = { name: 'step', params: [], returns: false, exported: true, body }
    instantiateWasm(assemble(printWat({ functions: [step] })), arena).step()
    for (let l = 0; l < lanes; l++) {
      const wanted = threefry2x32(words[l] ?? 0, words[4 + l] ?? 0, words[8 + l] ?? 0, words[12 + l] ?? 0)
      expect([words[16 + l], words[20 + l]]).toEqual(wanted)
    }
  })
})

test('a seed has one key, and folding in gives others', () => {
  expect(keyOf(42)).toEqual([0, 42])
  expect(keyOf(2 ** 32 + 5)).toEqual([1, 5])
  expect(foldIn([0, 42], 1)).not.toEqual(foldIn([0, 42], 2))
})

test.prop([word, fc.nat(200)])('a permutation has every number once', (seed, n) => {
  const order = permutation([0, seed], n)
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
})

test('every order of three is about as likely', () => {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 6000; seed++) {
    const order = permutation([7, seed], 3).join()
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  expect(counts.size).toBe(6)
  for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(150)
})
