import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { packingKey } from '../../compiler/loop/contraction/contraction.js'
import type { LoopFunction, Stmt } from '../../compiler/loop/ir.js'
import type { VectorUnit } from '../../compiler/loop/vectors.js'
import { type Epilogue, firstDifference } from './check.js'
import { contractionOf, place, type Shape } from './run.js'

const plain = (m: number, n: number, k: number, more: Partial<Shape> = {}): Shape => ({
  elem: 'f32',
  m,
  n,
  k,
  outer: [],
  transposeA: false,
  transposeB: false,
  spreadA: 1,
  spreadB: 1,
  reverseA: false,
  reverseB: false,
  sharedA: 0,
  sharedB: 0,
  ...more,
})

const epilogues: readonly Epilogue[] = ['plain', 'add-to', 'bias-relu', 'row-residual', 'long']

const extent = (max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max }) },
  )

const shapes: fc.Arbitrary<Shape> = fc.record({
  elem: fc.constantFrom('f32' as const, 'f32' as const, 'i32' as const),
  m: extent(40),
  n: extent(80),
  k: extent(70),
  outer: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  spreadA: fc.constantFrom(1, 1, 1, 2),
  spreadB: fc.constantFrom(1, 1, 1, 3),
  reverseA: fc.constantFrom(false, false, false, true),
  reverseB: fc.constantFrom(false, false, false, true),
  sharedA: fc.constantFrom(0, 0, 1, 2),
  sharedB: fc.constantFrom(0, 0, 1, 3),
  fixedB: fc.boolean(),
})

describe('a lowered contraction is the triple loop', () => {
  test.prop([shapes, fc.constantFrom(...epilogues)], { numRuns: 250 })(
    'for random extents, strides, outer loops and epilogues',
    async (shape, epilogue) => {
      expect(await firstDifference(shape, epilogue)).toBeUndefined()
    },
  )

  test.prop([shapes, fc.constantFrom(...epilogues)], { numRuns: 25 })(
    'and so says the interpreter',
    async (shape, epilogue) => {
      const small = { ...shape, m: shape.m % 19, k: shape.k % 23 }
      expect(await firstDifference(small, epilogue, f => f, 'interpreter')).toBeUndefined()
    },
  )

  const units: readonly VectorUnit[] = [
    { lanes: 8, tileRows: 6, tileVectors: 2 },
    { lanes: 16, tileRows: 8, tileVectors: 3 },
    { lanes: 16, tileRows: 4, tileVectors: 1 },
  ]

  test.prop([shapes, fc.constantFrom(...epilogues), fc.constantFrom(...units)], { numRuns: 60 })(
    'with the wider registers of other targets',
    async (shape, epilogue, unit) => {
      const small = { ...shape, unit, m: shape.m % 19, k: shape.k % 23 }
      expect(await firstDifference(small, epilogue, f => f, 'interpreter')).toBeUndefined()
    },
  )

  const named: readonly (readonly [string, Shape])[] = [
    ['XOR forward 1', plain(4, 8, 2)],
    ['XOR forward 2', plain(4, 1, 8)],
    ['XOR filter 1', plain(2, 8, 4, { transposeA: true })],
    ['XOR input 2', plain(4, 8, 1, { transposeB: true })],
    ['blocked k', plain(13, 21, 1030)],
    ['blocked k, A packed', plain(13, 21, 1030, { transposeA: true })],
    ['blocked k, B transposed, narrow', plain(9, 11, 2053, { transposeB: true })],
    ['chunks of rows', plain(397, 18, 1000)],
    ['chunks of rows, A packed', plain(397, 18, 1000, { transposeA: true })],
    ['chunks of rows, blocked k', plain(203, 12, 1600, { transposeA: true })],
    ['chunks of rows, groups of panels', plain(151, 90, 900, { transposeB: true, outer: [2] })],
    ['groups of panels', plain(20, 200, 60, { transposeB: true })],
    ['one row', plain(1, 515, 301)],
    ['two rows', plain(2, 333, 140)],
    ['two rows, B transposed', plain(2, 130, 140, { transposeB: true, outer: [2] })],
    ['one row, dots', plain(1, 70, 301, { transposeB: true })],
    ['three rows', plain(3, 130, 67, { transposeA: true })],
    ['one column', plain(130, 1, 67)],
    ['one column, A transposed', plain(130, 1, 67, { transposeA: true })],
    ['one number', plain(1, 1, 777)],
    ['ten columns', plain(128, 10, 256)],
  ]
  for (const [name, shape] of named) {
    for (const epilogue of ['row-residual', 'add-to', 'long'] as const) {
      test(`${name}, ${epilogue}`, async () => {
        expect(await firstDifference(shape, epilogue)).toBeUndefined()
        expect(await firstDifference({ ...shape, fixedB: true }, epilogue)).toBeUndefined()
      })
    }
  }
})

describe('what is packed of a fixed B', () => {
  const whole = contractionOf(place({ ...plain(40, 300, 200), fixedB: true }), () => [])
  const keyOf = (m: number): string => packingKey({ ...whole, m })

  test('is shared by products of other rows where it is packed alike, and only there', () => {
    expect(keyOf(40)).toBe(keyOf(20))
    expect(keyOf(2)).toBe(keyOf(1))
    expect(keyOf(2)).not.toBe(keyOf(20))
  })
})

/** Every loop runs one step short, in all loops named `stem…`. */
const shorten =
  (stem: string) =>
  (f: LoopFunction): LoopFunction => {
    const inside = (body: readonly Stmt[]): readonly Stmt[] =>
      body.map(s => {
        if (s.kind !== 'for') return s
        const isIt = s.index.startsWith(stem) && s.to.kind === 'const'
        const to = isIt && s.to.kind === 'const' ? { ...s.to, value: s.to.value - s.step } : s.to
        return { ...s, to, body: inside(s.body) }
      })
    return { ...f, body: inside(f.body) }
  }

/** The last store of the function is left out: the edge of the last tile. */
const dropLastStore = (f: LoopFunction): LoopFunction => {
  const dropped = (body: readonly Stmt[]): readonly Stmt[] => {
    const at = body.findLastIndex(s => s.kind === 'store' || s.kind === 'for')
    return body.flatMap((s, index) => {
      if (index !== at) return [s]
      return s.kind === 'for' ? [{ ...s, body: dropped(s.body) }] : []
    })
  }
  return { ...f, body: dropped(f.body) }
}

describe('control', () => {
  for (const stem of ['p', 'i', 'j', 'q']) {
    test(`a loop ${stem} one step short is caught`, async () => {
      const shape = plain(13, 75, 30, { transposeB: true })
      expect(await firstDifference(shape, 'plain', shorten(stem))).toBeDefined()
      expect(await firstDifference({ ...shape, fixedB: true }, 'plain', shorten(stem))).toBeDefined()
    })
  }
  test('a packing that is left out is caught', async () => {
    const none = (f: LoopFunction): LoopFunction => (f.name.endsWith('_pack') ? { ...f, body: [] } : f)
    expect(await firstDifference(plain(13, 75, 30, { fixedB: true }), 'plain', none)).toBeDefined()
  })
  for (const [m, n, k] of [
    [13, 75, 30],
    [1, 70, 40],
    [7, 3, 40],
    [3, 6, 2],
  ] as const) {
    test(`an edge of ${m} x ${n} x ${k} left out is caught`, async () => {
      expect(await firstDifference(plain(m, n, k), 'plain', dropLastStore)).toBeDefined()
    })
  }
})
