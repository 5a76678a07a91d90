import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Builder } from '../../compiler/ir/build.js'
import { check } from '../../compiler/ir/check.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { retype } from '../../compiler/ir/retype.js'
import { arbitraryProgram } from '../../src/testing/programs.js'

const chain = () => {
  const b = new Builder('chain')
  const x = b.input('x', { shape: [2], dtype: 'f32' })
  const halved = b.withSource('halve', () => b.multiply(x, b.fullLike(x, 0.1)))
  const logged = b.withSource('log', () => b.log(halved))
  return b.finish([{ name: 'y', value: b.withSource('double', () => b.add(logged, logged)) }])
}

describe('the evaluator', () => {
  test('shows every equation to an observer: the first NaN is found', () => {
    let culprit = ''
    evaluate(chain(), [Float32Array.of(1, -1)], {
      observe: ({ source }, { data }) => {
        if (culprit === '' && data.some(Number.isNaN)) culprit = source
      },
    })
    expect(culprit).toBe('log')
  })

  test('computes in f64 when asked to', () => {
    const [y] = evaluate(chain(), [Float32Array.of(1, 2)], { as: 'f64' })
    expect(y?.type).toEqual({ shape: [2], dtype: 'f64' })
    expect(y?.data[0]).toBe(2 * Math.log(Math.fround(0.1)))
  })

  test('does not write to its inputs', () => {
    const x = Float32Array.of(1, 2)
    evaluate(chain(), [x])
    expect(x).toEqual(Float32Array.of(1, 2))
  })

  test.each([
    [[], 'evaluate: chain takes 1 inputs, got 0'],
    [[Float32Array.of(1)], 'evaluate: input x of chain has 1 elements for f32[2]'],
    [
      [{ type: { shape: [2], dtype: 'i32' } as const, data: Int32Array.of(1, 2) }],
      'evaluate: input x of chain is f32[2], got i32[2]',
    ],
  ])('refuses %j', (inputs, message) => {
    expect(() => evaluate(chain(), inputs)).toThrow(message)
  })
})

describe('in f64', () => {
  test.prop([arbitraryProgram({ wild: true })], { numRuns: 200 })(
    'every program is well formed',
    ({ program }) => {
      const wide = retype(program, 'f64')
      expect(check(wide, 'retype')).toBeUndefined()
      expect(wide.types.some(({ dtype }) => dtype === 'f32')).toBe(false)
    },
  )

  test.prop([arbitraryProgram()], { numRuns: 200 })(
    'every float is near that of f32',
    ({ program, inputs }) => {
      const narrow = evaluate(program, inputs)
      const wide = evaluate(program, inputs, { as: 'f64' })
      for (const [i, y] of narrow.entries()) {
        if (y.type.dtype !== 'f32') continue
        y.data.forEach((x: number, k: number) => {
          expect(Math.abs(x - (wide[i]?.data[k] ?? Number.NaN))).toBeLessThanOrEqual(1e-2 * (1 + Math.abs(x)))
        })
      }
    },
  )
})
