// Promises that merging never closes a cycle, that it is refused only where it would, and that whole models hold to it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Acyclic } from '../../compiler/schedule/acyclic.js'
import { conv2d, depthwiseConv2d } from '../../dsl/layers/convolution.js'
import { dense } from '../../dsl/layers/dense.js'
import { customLoss } from '../../dsl/losses.js'
import { input, sequential } from '../../dsl/model.js'
import { mean, mul, reshape } from '../../dsl/ops.js'
import { run } from '../../src/errors.js'
import { checkTargets } from '../../src/testing/index.js'

type Edge = readonly [from: number, to: number]

/** A graph without cycles, and pairs to merge one after the other. */
const cases = fc.integer({ min: 2, max: 14 }).chain(count => {
  const pair = fc
    .tuple(fc.nat(count - 1), fc.nat(count - 1))
    .map(([x, y]): Edge => (x < y ? [x, y] : [y, x]))
    .filter(([x, y]) => x !== y)
  return fc.record({
    count: fc.constant(count),
    edges: fc.array(pair, { maxLength: 3 * count }),
    merges: fc.array(pair, { maxLength: 2 * count }),
  })
})

/** True when `to` can be reached from `from` through others, where every vertex goes by the number of its group. */
const reaches = (edges: readonly Edge[], from: number, to: number, skipsDirect: boolean): boolean => {
  const seen = new Set<number>()
  const stack = [from]
  for (let v = stack.pop(); v !== undefined; v = stack.pop()) {
    for (const [x, y] of edges) {
      if (x !== v || (skipsDirect && x === from && y === to) || seen.has(y)) continue
      if (y === to) return true
      seen.add(y)
      stack.push(y)
    }
  }
  return false
}

const grouped = (edges: readonly Edge[], home: readonly number[]): readonly Edge[] =>
  edges.map(([x, y]): Edge => [home[x] ?? x, home[y] ?? y]).filter(([x, y]) => x !== y)

const hasCycle = (edges: readonly Edge[]): boolean => edges.some(([x]) => reaches(edges, x, x, false))

describe('merging the vertices of a graph', () => {
  test('never closes a cycle, and is refused only where it would', () => {
    fc.assert(
      fc.property(cases, ({ count, edges, merges }) => {
        const graph = new Acyclic(count)
        for (const [from, to] of edges) graph.link(from, to)
        const home = Array.from({ length: count }, (_, i) => i)
        for (const [x, y] of merges) {
          const [a, b] = [home[x] ?? x, home[y] ?? y]
          if (a === b) continue
          const before = grouped(edges, home)
          const wouldClose = reaches(before, a, b, true) || reaches(before, b, a, true)
          const kept = graph.merge(a, b)
          expect(kept === undefined).toBe(wouldClose)
          if (kept === undefined) continue
          home.forEach((h, i) => {
            if (h === a || h === b) home[i] = kept
          })
          const now = grouped(edges, home)
          expect(hasCycle(now)).toBe(false)
          for (const v of new Set(home)) {
            const expected = new Set(now.filter(([from]) => from === v).map(([, to]) => to))
            expect(new Set(graph.after(v))).toEqual(expected)
          }
        }
      }),
      { numRuns: 400 },
    )
  })

  test('control: without looking for paths it does', () => {
    const closes = fc.sample(cases, 200).some(({ count, edges, merges }) => {
      const home = Array.from({ length: count }, (_, i) => i)
      for (const [x, y] of merges) {
        const [a, b] = [home[x] ?? x, home[y] ?? y]
        home.forEach((h, i) => {
          if (h === b) home[i] = a
        })
      }
      return hasCycle(grouped(edges, home))
    })
    expect(closes).toBe(true)
  })
})

describe('a loss that is linear in the output of a convolution in groups', () => {
  const linear = customLoss((c, y) => mean(mul(c, y), [1, 2, 3]))
  const layers = {
    depthwise: depthwiseConv2d(3, { padding: 'same', useBias: false }),
    'as many groups as channels': conv2d(2, 3, { padding: 'same', groups: 2, useBias: false }),
  }
  for (const [name, layer] of Object.entries(layers)) {
    test(name, async () => {
      const model = sequential(input(1), dense(18), reshape([3, 3, 2]), layer)
      await run(checkTargets(model, { loss: linear, optimizer: 'sgd', batch: 2 }))
    })
  }
})
