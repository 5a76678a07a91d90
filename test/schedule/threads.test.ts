import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { compileProgram, scheduleProgram } from '../../compiler/compile.js'
import type { Program } from '../../compiler/ir/program.js'
import { rangesOf } from '../../compiler/schedule/threads.js'
import { dense, input, sequential } from '../../dsl/index.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { Arena } from '../../runtime/arena.js'
import { sampleInputs } from '../../src/testing/sample.js'
import { loadThreaded } from '../../src/threads.js'
import { build, f32, fillInputs, threadedPrograms as programs } from './threaded-programs.js'

/** The output's elements after `steps` steps on so many threads. */
const runOn = async (program: Program, threads: number, steps = 1): Promise<Float32Array> => {
  const arena = new Arena(1, { shared: threads > 1 })
  const plan = await compileProgram(program, { threads, reserve: bytes => arena.reserve(bytes) })
  expect(plan.threads.count).toBe(threads)
  const executable = await loadThreaded(plan, arena)
  fillInputs(program, executable)
  for (let s = 0; s < steps; s++) executable.step()
  return Float32Array.from(executable.port('y'))
}

describe('threads do not change a bit', () => {
  for (const [name, program] of Object.entries(programs))
    test(name, async () => {
      const one = await runOn(program, 1)
      expect(await runOn(program, 2)).toEqual(one)
      expect(await runOn(program, 3, 20)).toEqual(one)
    })

  test('a training step, many times over', async () => {
    const model = sequential(input(300), dense(256, 'relu'), dense(100, 'softmax'))
    const step = traceTrainStep({ model, batch: 64 }, { loss: 'categoricalCrossentropy', optimizer: 'adam' })
    const inputs = sampleInputs(step, 3)
    const weights = async (threads: number): Promise<Float32Array> => {
      const arena = new Arena(1, { shared: threads > 1 })
      const { donate, streams } = step
      const plan = await compileProgram(step.program, {
        threads,
        donate,
        streams,
        reserve: bytes => arena.reserve(bytes),
      })
      const executable = await loadThreaded(plan, arena)
      step.program.inputs.forEach(({ name }, i) => void executable.port(name).set(inputs[i]?.data ?? []))
      const data = streams.map(name => {
        const port = executable.port(name)
        const { length } = port
        const address = arena.reserve(4 * length)
        arena.view('f32', address, length).set(executable.port(name))
        return address
      })
      const order = arena.reserve(4 * 64 * 5)
      arena.view('i32', order, 64 * 5).forEach((_, i, all) => {
        all[i] = (i * 7) % 64
      })
      expect(executable.run?.(5, order, ...data)).toBe(5)
      expect(executable.run?.(5, order, ...data)).toBe(5)
      return Float32Array.from(executable.port('params'))
    }
    const one = await weights(1)
    expect(one.every(Number.isFinite)).toBe(true)
    expect(await weights(2)).toEqual(one)
  })
})

describe('what is divided', () => {
  test('a small program stays on one thread', () => {
    const small = build([f32(8, 8)], (b, [x = 0]) => b.tanh(x))
    expect(scheduleProgram(small, { threads: 4 }).threads).toBe(1)
  })

  test.prop([fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 2, max: 8 }), fc.constantFrom(1, 16, 64)])(
    'ranges cover everything once, in order, and none is empty',
    (extent, parts, align) => {
      const ranges = rangesOf(extent, parts, align)
      if (ranges === undefined) return
      expect(ranges).toHaveLength(parts)
      expect(ranges.flatMap(r => Array.from({ length: r.to - r.from }, (_, i) => r.from + i))).toEqual(
        Array.from({ length: extent }, (_, i) => i),
      )
      for (const r of ranges) expect(r.to).toBeGreaterThan(r.from)
    },
  )

  test('one thread meets nobody', () => {
    const [program] = Object.values(programs)
    const kinds = (threads: number): readonly string[] => {
      const { module } = scheduleProgram(program ?? build([f32(1)], (_, [x = 0]) => x), { threads })
      return module.functions.find(f => f.name === 'step')?.body.map(s => s.kind) ?? []
    }
    expect(kinds(1)).not.toContain('barrier')
    expect(kinds(2)).toContain('barrier')
  })
})
