/** Long sums in f32 stay within 1e-6 of the sum in f64 in machine code, whatever the registers of the machine. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import { runCompiled } from '../../src/testing/run.js'
import { temporaryFolder } from '../targets/c-run.js'
import { filled, fillings, longSums, relativeError, varianceOf, variances } from './sum-cases.js'
import { build, f32 } from './threaded-programs.js'

const folder = temporaryFolder()
beforeAll(() => void vi.stubEnv('DENSOR_CACHE', folder.path))
afterAll(() => {
  vi.unstubAllEnvs()
  folder.dispose()
})

const native = { target: 'native' } as const

describe('long sums are within 1e-6 of f64 in machine code', () => {
  for (const [name, program] of Object.entries(longSums))
    test(name, async () => {
      for (const filling of Object.values(fillings)) {
        const inputs = filled(program, filling)
        const [value] = await runCompiled(program, inputs, native)
        expect(relativeError(value, evaluate(program, inputs)[0])).toBeLessThan(1e-6)
      }
    })

  test('ten million elements', async () => {
    const program = build([f32(10_000_000)], (b, [x = 0]) => b.reduce('add', x, [0]))
    const [value] = await runCompiled(
      program,
      filled(program, () => 0.1),
      native,
    )
    expect(Math.abs((value?.data[0] ?? 0) / (1e7 * Math.fround(0.1)) - 1)).toBeLessThan(1e-6)
  })

  test('variances', async () => {
    for (const program of Object.values(variances))
      for (const filling of Object.values(fillings).slice(1)) {
        const inputs = filled(program, filling)
        const [value] = await runCompiled(program, inputs, native)
        const data = Float32Array.from(inputs[0]?.data ?? [])
        const expected = value && { type: value.type, data: varianceOf(data, value.data.length) }
        expect(relativeError(value, expected)).toBeLessThan(2e-6)
      }
  })
})
