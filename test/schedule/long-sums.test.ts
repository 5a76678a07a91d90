import { describe, expect, test } from 'vitest'
import { scheduleProgram } from '../../compiler/compile.js'
import type { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import { partsOfProduct, partsOfReduction } from '../../compiler/schedule/long-sums.js'
import { runCompiled } from '../../src/testing/run.js'
import { build, f32 } from './threaded-programs.js'

const shape = [8, 40, 40, 5]

const inputsOf = (program: Program) =>
  program.inputs.map(({ value }) => {
    const type = program.types[value] ?? f32()
    const size = type.shape.reduce((n, extent) => n * extent, 1)
    return { type, data: Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1))) }
  })

const compiled = async (program: Program) => (await runCompiled(program, inputsOf(program)))[0]?.data

describe('long sums are cut by their shape', () => {
  test('the sums of a reduction, its maximum, and of a product are what they were', async () => {
    const dims = { lhsBatch: [], rhsBatch: [], lhsContracting: [0, 1], rhsContracting: [0, 1] }
    const programs = [
      build([f32(...shape, 4)], (b, [x = 0]) => b.reduce('add', x, [0, 1, 2])),
      build([f32(...shape, 4)], (b, [x = 0]) => b.reduce('maximum', x, [0, 2, 1, 3])),
      build([f32(12, 800, 3), f32(12, 800, 5)], (b, [x = 0, y = 0]) => b.dot_general(x, y, dims)),
    ]
    for (const program of programs) {
      const [whole] = evaluate(program, inputsOf(program))
      const parts = await compiled(program)
      // sums of some 10⁴ terms that mostly cancel
      whole?.data.forEach((x, i) => {
        expect(Math.abs((parts?.[i] ?? Number.NaN) - x)).toBeLessThan(0.02)
      })
    }
  })

  test('the kernels are the same for any number of threads', () => {
    const program = build([f32(...shape, 4)], (b, [x = 0]) => b.reduce('add', x, [0, 1, 2]))
    const names = (threads: number) => scheduleProgram(program, { threads }).kernels.map(k => k.name)
    expect(names(1)).toHaveLength(2)
    for (const threads of [2, 3, 4, 5]) expect(names(threads)).toEqual(names(1))
  })

  test('rows to predict do not cut them', () => {
    for (const rows of [1, 2, 64, 1000]) {
      expect(partsOfReduction([rows, 300, 300, 2], { reducer: 'add', dimensions: [1, 2] })).toBe(1)
      expect(partsOfProduct([rows, 20000], [1], 10)).toBe(4)
      expect(partsOfProduct([rows, 4096], [1], 10)).toBe(1)
    }
  })

  test('control: other parts have other bits', async () => {
    const within = (b: Builder, x: Value): Value =>
      b.add(b.fullLike(x, 1), b.multiply(x, b.fullLike(x, 1e-3)))
    const cut = build([f32(...shape, 4)], (b, [x = 0]) => b.reduce('multiply', within(b, x), [0, 1, 2]))
    const other = build([f32(...shape, 4)], (b, [x = 0]) => {
      const parts = b.reshape(within(b, x), [2, 4, ...shape.slice(1), 4])
      return b.reduce('multiply', b.reduce('multiply', parts, [1, 2, 3]), [0])
    })
    expect(await compiled(other)).not.toEqual(await compiled(cut))
    expect(await compiled(cut)).toEqual(await compiled(cut))
  })
})
