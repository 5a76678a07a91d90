// Promises that buffers which live at once do not overlap, and that each lies at the lowest gap.
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { allot, type Span } from '../../compiler/schedule/allot.js'

const span = fc
  .record({ lines: fc.integer({ min: 1, max: 9 }), first: fc.nat(20), length: fc.nat(12) })
  .map(({ lines, first, length }): Span => ({ bytes: lines * 64, first, last: first + length }))

const spans = fc.array(span, { maxLength: 24 })

/** Two spans that live at once and share a byte. */
const overlaps = (offsets: ReadonlyMap<Span, number>): readonly (readonly [Span, Span])[] =>
  [...offsets].flatMap(([a, x]) =>
    [...offsets].flatMap(([b, y]): (readonly [Span, Span])[] => {
      const liveTogether = a !== b && a.first <= b.last && b.first <= a.last
      return liveTogether && x < y + b.bytes && y < x + a.bytes ? [[a, b]] : []
    }),
  )

/** The same by its definition: each at the lowest offset that is free, looked at from 0 on. */
const byDefinition = (all: readonly Span[]): readonly number[] => {
  const placed: { readonly span: Span; readonly offset: number }[] = []
  for (const span of [...all].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const rivals = placed.filter(p => p.span.first <= span.last && span.first <= p.span.last)
    const ends = [0, ...rivals.map(p => p.offset + p.span.bytes)].sort((a, b) => a - b)
    const isFree = (offset: number): boolean =>
      rivals.every(p => offset + span.bytes <= p.offset || p.offset + p.span.bytes <= offset)
    placed.push({ span, offset: ends.find(isFree) ?? 0 })
  }
  return all.map(span => placed.find(p => p.span === span)?.offset ?? -1)
}

describe('the memory plan', () => {
  test.prop([fc.array(span, { minLength: 200, maxLength: 400 })], { numRuns: 20 })(
    'puts each buffer, largest first, at the lowest gap',
    all => {
      const { offsets } = allot(all)
      expect(all.map(s => offsets.get(s))).toEqual(byDefinition(all))
    },
  )

  test.prop([spans])('no two live buffers overlap, and all lie inside', all => {
    const { offsets, bytes } = allot(all)
    expect(overlaps(offsets)).toEqual([])
    for (const [s, offset] of offsets) expect(offset + s.bytes).toBeLessThanOrEqual(bytes)
    expect(offsets.size).toBe(all.length)
  })

  test.prop([spans])('needs no more than everything at once, and no less than the fullest moment', all => {
    const { bytes } = allot(all)
    const moments = all.map(s => s.first)
    const fullest = Math.max(
      0,
      ...moments.map(t => all.filter(s => s.first <= t && t <= s.last).reduce((n, s) => n + s.bytes, 0)),
    )
    expect(bytes).toBeGreaterThanOrEqual(fullest)
    expect(bytes).toBeLessThanOrEqual(all.reduce((n, s) => n + s.bytes, 0))
  })

  test('control: a plan that forgets lifetimes overlaps', () => {
    const all: Span[] = [
      { bytes: 64, first: 0, last: 3 },
      { bytes: 64, first: 2, last: 5 },
    ]
    expect(overlaps(new Map(all.map(s => [s, 0])))).not.toEqual([])
  })
})
