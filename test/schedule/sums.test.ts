/** Long sums in f32 stay within 1e-6 of the sum in f64, whatever their axes, with the same bits on wasm and js. */
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { runCompiled } from '../../src/testing/run.js'
import { filled, fillings, longSums, relativeError, varianceOf, variances } from './sum-cases.js'
import { build, f32 } from './threaded-programs.js'

const NEAR = 1e-6

/** The value on wasm, which js has to the bit. */
const onBoth = async (program: Program, inputs: readonly TensorValue[]): Promise<TensorValue | undefined> => {
  const [wasm] = await runCompiled(program, inputs)
  const [js] = await runCompiled(program, inputs, { target: 'js' })
  expect(js?.data).toEqual(wasm?.data)
  return wasm
}

const total = build([f32(10_000_000)], (b, [x = 0]) => b.reduce('add', x, [0]))

describe('long sums are within 1e-6 of f64', () => {
  for (const [name, program] of Object.entries(longSums))
    test(name, async () => {
      for (const filling of Object.values(fillings)) {
        const inputs = filled(program, filling)
        expect(relativeError(await onBoth(program, inputs), evaluate(program, inputs)[0])).toBeLessThan(NEAR)
      }
    })

  property.prop(
    [
      fc.array(fc.constantFrom<number[]>(1, 2, 3, 5, 16, 33, 130, 257), { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.constantFrom(...Object.values(fillings)),
    ],
    { numRuns: 30 },
  )('any axes of any shape', async (sizes, chosen, filling) => {
    const shape = sizes.map((size, d) =>
      sizes.slice(0, d).reduce((n, s) => n * s, size) > 40_000 ? 1 : size,
    )
    const axes = shape.map((_, d) => d).filter(d => chosen[d] === true)
    const program = build([f32(...shape)], (b, [x = 0]) => b.reduce('add', x, axes))
    const inputs = filled(program, filling)
    expect(relativeError(await onBoth(program, inputs), evaluate(program, inputs)[0])).toBeLessThan(2 * NEAR)
  })

  test('ten million elements', async () => {
    const inputs = filled(total, () => 0.1)
    const expected = 1e7 * Math.fround(0.1)
    expect(Math.abs(((await onBoth(total, inputs))?.data[0] ?? 0) / expected - 1)).toBeLessThan(NEAR)
  })

  test('infinities, overflow and NaN come through', async () => {
    const program = build([f32(4000)], (b, [x = 0]) => b.reduce('add', x, [0]))
    const sumWith = async (...at: readonly number[]): Promise<number | undefined> =>
      (
        await onBoth(
          program,
          filled(program, i => at[i - 1000] ?? 1),
        )
      )?.data[0]
    expect(await sumWith(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(await sumWith(Number.NEGATIVE_INFINITY, 1e38)).toBe(Number.NEGATIVE_INFINITY)
    expect(await sumWith(...Array.from({ length: 200 }, () => 3e38))).toBe(Number.POSITIVE_INFINITY)
    expect(await sumWith(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBeNaN()
    expect(await sumWith(Number.NaN)).toBeNaN()
  })

  test('integers wrap as they did', async () => {
    const program = build([{ shape: [5000], dtype: 'i32' }], (b, [x = 0]) => b.reduce('add', x, [0]))
    const data = Int32Array.from({ length: 5000 }, (_, i) => i * 1_000_003)
    const [value] = await runCompiled(program, [{ type: { shape: [5000], dtype: 'i32' }, data }])
    expect(value?.data).toEqual(Int32Array.of(data.reduce((sum, x) => (sum + x) | 0, 0)))
  })

  test('control: a running sum in f32 is not', () => {
    const misses = (filling: (i: number) => number): number => {
      let [running, exact] = [0, 0]
      for (let i = 0; i < 300_000; i++) {
        const x = Math.fround(filling(i))
        running = Math.fround(running + x)
        exact += x
      }
      return Math.abs(running / exact - 1)
    }
    for (const filling of Object.values(fillings)) expect(misses(filling)).toBeGreaterThan(10 * NEAR)
  })
})

describe('variances are within 2e-6 of f64', () => {
  for (const [name, program] of Object.entries(variances))
    test(name, async () => {
      for (const filling of Object.values(fillings).slice(1)) {
        const inputs = filled(program, filling)
        const value = await onBoth(program, inputs)
        const data = Float32Array.from(inputs[0]?.data ?? [])
        const expected = value && { type: value.type, data: varianceOf(data, value.data.length) }
        expect(relativeError(value, expected)).toBeLessThan(2 * NEAR)
      }
    })
})
