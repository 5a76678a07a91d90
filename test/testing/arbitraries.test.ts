import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { dense, input, seq, sequential } from '../../dsl/index.js'
import { broadcast, matmul } from '../../dsl/types/rules.js'
import { tensorOf } from '../../src/data/tensor.js'
import { run } from '../../src/errors.js'
import {
  arbitraryProgram,
  brokenModel,
  checkGradients,
  checkModel,
  checkPasses,
  checkTargets,
  model,
  shape,
  shapesFor,
  tensor,
} from '../../src/testing/index.js'

/** The smallest value for which the predicate does not hold. */
const smallest = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): T | undefined =>
  fc.check(fc.property(arbitrary, holds), { seed: 4, numRuns: 500 }).counterexample?.[0]

describe('shapes', () => {
  test.prop([shape({ minRank: 2, maxRank: 3, minSide: 2, maxSide: 4 })])('keep to their bounds', dims => {
    expect(dims.length === 2 || dims.length === 3).toBe(true)
    expect(dims.every(dim => dim >= 2 && dim <= 4)).toBe(true)
  })

  test.prop([shapesFor('(m,n),(n,p)->(m,p)')])('for a matrix product are what matmul takes', drawn => {
    const [a, b] = drawn.inputs
    expect(matmul(a, b)).toEqual(drawn.result)
  })

  test.prop([shapesFor('(),()->()', { maxBatchRank: 4 })])(
    'for a sum broadcast',
    ({ inputs: [a, b], result }) => {
      expect(broadcast('add', a, b)).toEqual(result)
    },
  )

  test.prop([shapesFor('(3,k)->(k)')])(
    'have numbers where the signature has them',
    ({ inputs: [a], result }) => {
      expect(a.at(-2)).toBe(3)
      expect(result.at(-1)).toBe(a.at(-1))
    },
  )

  test('control: operands do differ in rank, and do have 1 for a dimension', () => {
    const drawn = fc.sample(shapesFor('(),()->()'), { numRuns: 200, seed: 1 })
    expect(drawn.some(({ inputs: [a, b] }) => a.length !== b.length)).toBe(true)
    expect(drawn.some(({ inputs: [a, b] }) => a.length === b.length && a.join() !== b.join())).toBe(true)
  })

  test.each(['m,n->m', '(m, n)->(m)', '(m)->(n)', '(m)', ''])("'%s' is no signature", signature => {
    expect(() => shapesFor(signature)).toThrow(/shapesFor: /)
  })
})

describe('tensors', () => {
  test.prop([tensor([2, 3]), tensor([4], { dtype: 'i32', min: 0, max: 9 })])(
    'are as asked for',
    (x, labels) => {
      expect([x.dims, x.dtype, x.data.length]).toEqual([[2, 3], 'f32', 6])
      expect(x.data.every(element => Math.abs(element) <= 2)).toBe(true)
      expect(labels.data.every(label => Number.isInteger(label) && label >= 0 && label <= 9)).toBe(true)
    },
  )

  test('are wild only when asked', () => {
    const finite = (x: { readonly data: ArrayLike<number> }): boolean =>
      Array.from(x.data).every(Number.isFinite)
    expect(fc.sample(tensor([8]), 200).every(finite)).toBe(true)
    expect(fc.sample(tensor([8], { wild: true }), 200).every(finite)).toBe(false)
  })

  test('shrink element by element', () => {
    const found = smallest(tensor([3], { dtype: 'i32' }), x => !x.data.some(element => element > 2))
    expect(Array.from(found?.data ?? []).sort()).toEqual([0, 0, 3])
  })

  test('of an empty range are refused', () => {
    expect(() => tensor([1], { min: 1, max: 0 })).toThrow('no f32 lies between 1 and 0')
  })
})

describe('models', () => {
  test('shrink to few and small layers, and print as their source', () => {
    expect(smallest(model(), () => false)?.source).toBe('sequential(input([1]), dense(1))')
    const normalized = smallest(model(), ({ source }) => !source.includes('batchNorm()'))
    expect(normalized?.source).toBe('sequential(input([1]), batchNorm())')
    expect(fc.stringify(normalized)).toBe(normalized?.source)
  })

  test.prop([model()])('come as a module that imports what it uses', ({ source, module }) => {
    const imported = /^import \{ (.*) \} from 'densor'/.exec(module)?.[1]?.split(', ') ?? []
    const used = [...source.matchAll(/\b(?!as\b)(\w+)\(/g)].map(([, word]) => word)
    expect(new Set(imported)).toEqual(new Set(used))
    expect(module).toContain(`export const model = ${source}`)
  })

  test('are of every kind', () => {
    const text = fc
      .sample(model(), { numRuns: 200, seed: 2 })
      .map(({ source }) => source)
      .join('\n')
    for (const word of [
      'seq(',
      'residual(',
      'residual(seq(',
      'dropout(',
      'layerNorm(',
      'flatten(',
      'reshape([-1',
      '.as(',
    ])
      expect(text).toContain(word)
  })

  test.prop([brokenModel()])(
    'broken have one fault, and are otherwise the right ones',
    ({ faults, source, right }) => {
      expect(faults).toHaveLength(1)
      expect(source).not.toBe(right.source)
    },
  )
})

describe('laws', () => {
  const own = sequential(input(3), dense(2, 'tanh'))
  const x = tensorOf([4, 3], 'f32', new Float32Array(12).fill(0.3))

  test.prop([arbitraryProgram()], { numRuns: 20 })('take programs', async sample => {
    await run(checkPasses(sample, { tolerance: 1e-3 }))
    await run(checkTargets(sample, { tolerance: 1e-3, targets: ['js'] }))
  })

  test('measure: derivatives are not exactly equal, and far closer than they must be', async () => {
    const results = await run(checkGradients(own))
    expect(results.map(({ what }) => what)).toEqual(['reverse mode', 'forward mode'])
    for (const { worst, allowed } of results) {
      expect(worst).toBeGreaterThan(0)
      expect(worst).toBeLessThan(allowed / 100)
    }
  })

  test('take a seq without an input where there is data, and several inputs', async () => {
    expect(await run(checkModel(seq(dense(2)), { x }))).toHaveLength(16)
  })

  test('refuse what does not suit the model, in words', async () => {
    const wide = tensorOf([4, 5], 'f32', new Float32Array(20))
    await expect(run(checkModel(own, { x: wide }))).rejects.toThrow(
      'check: model input: expected [N, 3], received [4, 5] (3 vs 5)',
    )
    await expect(run(checkModel(own, { x, y: wide }))).rejects.toThrow(
      'check: y: expected [4, 2], received [4, 5]',
    )
    await expect(run(checkModel(own, { weights: {} }))).rejects.toThrow('are not the weights of this model')
    await expect(run(checkModel(sequential(input(3), dense(2, { in: 4 } as never))))).rejects.toThrow(
      'expected last',
    )
  })
})
