// Promises that the law of losses linear in an output would have found fusion that closes cycles.
import { fc, test } from '@fast-check/vitest'
import { describe, expect, vi } from 'vitest'
import { scheduleProgram } from '../../compiler/compile.js'
import { model } from '../../src/testing/index.js'
import { compiledCases } from '../../src/testing/subject.js'
import { linear } from './linear-losses.js'

vi.mock('../../compiler/schedule/acyclic.js', async () => ({
  Acyclic: (await import('./careless.js')).Careless,
}))

describe('control: fusion that looks at no path', () => {
  test('makes cycles in random models with a loss linear in the output', () => {
    const samples = fc.sample(model({ maxLayers: 3, maxDepth: 1, maxWidth: 8, maxRank: 3 }), {
      numRuns: 60,
      seed: 4,
    })
    const fails = samples.some(({ model: of, x }) => {
      const cases = compiledCases(of, { batch: x.dims[0] ?? 1, loss: linear, optimizer: 'sgd' })
      return cases.some(({ program }) => {
        try {
          scheduleProgram(program)
          return false
        } catch (error) {
          return /have a cycle/.test(String(error))
        }
      })
    })
    expect(fails).toBe(true)
  })
})
