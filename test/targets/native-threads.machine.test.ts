import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { compileProgram, scheduleProgram } from '../../compiler/compile.js'
import type { Program } from '../../compiler/ir/program.js'
import { printC } from '../../compiler/targets/c.js'
import { dense, input, sequential } from '../../dsl/index.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { Arena } from '../../runtime/arena.js'
import type { Executable } from '../../runtime/executable.js'
import type { Plan } from '../../runtime/plan.js'
import { sampleInputs } from '../../src/testing/sample.js'
import { loadThreaded } from '../../src/threads.js'
import { machineFor } from '../../src/train/options.js'
import { build, f32, fillInputs, threadedPrograms } from '../schedule/threaded-programs.js'
import { temporaryFolder } from './c-run.js'
import { racesOf } from './sanitize.js'

const folder = temporaryFolder()
beforeAll(() => void vi.stubEnv('DENSOR_CACHE', folder.path))
afterAll(() => {
  vi.unstubAllEnvs()
  folder.dispose()
})

const loaded = async (
  program: Program,
  threads: number,
  fixed: readonly string[] = [],
): Promise<{ readonly executable: Executable; readonly arena: Arena }> => {
  const arena = new Arena()
  const reserve = (bytes: number): number => arena.reserve(bytes)
  const plan = await compileProgram(program, { target: 'native', threads, fixed, reserve })
  expect(plan.threads.count).toBe(threads)
  const executable = await loadThreaded(plan, arena)
  fillInputs(program, executable)
  executable.prepare()
  return { executable, arena }
}

const after = ({ step, port }: Executable, steps: number): Float32Array => {
  for (let s = 0; s < steps; s++) step()
  return Float32Array.from(port('y'))
}

const matrixDims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }
const sums = build([f32(400, 333)], (b, [x = 0]) => b.reduce('add', b.exponential(x), [0]))
const product = build([f32(131, 517), f32(517, 448)], (b, [x = 0, y = 0]) =>
  b.tanh(b.dot_general(x, y, matrixDims)),
)

describe('threads do not change a bit of native code', () => {
  for (const [name, program] of Object.entries(threadedPrograms))
    test(name, async () => {
      const one = after((await loaded(program, 1)).executable, 1)
      expect(after((await loaded(program, 2)).executable, 1)).toEqual(one)
      expect(after((await loaded(program, 3)).executable, 20)).toEqual(one)
      for (const threads of [1, 2])
        expect(after((await loaded(program, threads, ['x1'])).executable, 2)).toEqual(one)
    })

  test('nor of a training step, many times over', async () => {
    const model = sequential(input(300), dense(256, 'relu'), dense(100, 'softmax'))
    const step = traceTrainStep({ model, batch: 64 }, { loss: 'categoricalCrossentropy', optimizer: 'adam' })
    const { donate, streams, program } = step
    const inputs = sampleInputs(step, 3)
    const weights = async (threads: number): Promise<Float32Array> => {
      const arena = new Arena()
      const reserve = (bytes: number): number => arena.reserve(bytes)
      const plan = await compileProgram(program, { target: 'native', threads, donate, streams, reserve })
      expect(plan.threads.count).toBe(threads)
      const executable = await loadThreaded(plan, arena)
      program.inputs.forEach(({ name }, i) => void executable.port(name).set(inputs[i]?.data ?? []))
      const data = streams.map(name => {
        const { length } = executable.port(name)
        const address = arena.reserve(4 * length)
        arena.view('f32', address, length).set(executable.port(name))
        return address
      })
      const order = arena.reserve(4 * 64 * 50)
      const numbers = arena.view('i32', order, 64 * 50)
      numbers.forEach((_, i) => {
        numbers[i] = (i * 7) % 64
      })
      for (let epoch = 0; epoch < 4; epoch++) expect(executable.run?.(50, order, ...data)).toBe(50)
      return Float32Array.from(executable.port('params'))
    }
    const one = await weights(1)
    expect(one.every(Number.isFinite)).toBe(true)
    expect(await weights(2)).toEqual(one)
  })
})

describe('the team of a library', () => {
  test('several plans alive at once take turns, the same library on two arenas among them', async () => {
    const one = [
      after((await loaded(sums, 1)).executable, 1),
      after((await loaded(product, 1)).executable, 1),
    ]
    const all = [
      await loaded(sums, 2),
      await loaded(product, 2),
      await loaded(sums, 2),
      await loaded(product, 3),
    ]
    for (let s = 0; s < 300; s++) for (const { executable } of all) executable.step()
    expect(all.map(({ executable }) => Float32Array.from(executable.port('y')))).toEqual([...one, ...one])
  })

  test('follows the arena when it grows, awake and asleep', async () => {
    const { executable, arena } = await loaded(sums, 2)
    const first = after(executable, 1)
    arena.reserve(2 ** 27)
    expect(after(executable, 3)).toEqual(first)
    await new Promise(resolve => setTimeout(resolve, 20))
    arena.reserve(2 ** 28)
    expect(after(executable, 3)).toEqual(first)
  })

  test('a machine for native has them, on memory of its own', () => {
    const views = (target: 'native' | 'wasm'): readonly boolean[] => {
      const machine = machineFor({ target, threads: 2 })
      const { order } = machine.dataset({}, 1)
      return [order().buffer instanceof SharedArrayBuffer]
    }
    expect([views('native'), views('wasm')]).toEqual([[false], [true]])
  })

  test('where auto falls back to wasm it is one thread, on memory that is not shared', async () => {
    const { CC: chosen = '' } = process.env
    vi.stubEnv('CC', join(folder.path, 'no such compiler'))
    const plan = await compileProgram(sums, { target: 'auto', threads: 2, notify: () => undefined })
    vi.stubEnv('CC', chosen)
    expect([plan.target, plan.threads.count]).toEqual(['wasm', 1])
    expect((await loaded(sums, 2)).executable.plan.target).toBe('native')
  })

  test('there is none without a second thread', async () => {
    const { module } = scheduleProgram(sums, { threads: 1 })
    expect(printC(module)).not.toContain('team__')
    expect(printC(scheduleProgram(sums, { threads: 2 }).module)).toContain('team__step')
  })
})

describe('a process with a team', () => {
  /** Runs a script on a plan's library, as another process: what it prints. */
  const child = async (plan: Plan, script: string): Promise<string> => {
    const program = `
      const koffi = require('koffi')
      const library = koffi.load(${JSON.stringify(plan.code)})
      const memory = koffi.address(new ArrayBuffer(${plan.base + plan.memory.bytes}))
      const step = library.func('team__step', 'int32_t', ['void *'])
      const steps = n => { let all = 0; for (let i = 0; i < n; i++) all += step(memory); return all }
      ${script}`
    // a process that its threads kept alive would run into the time limit
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { timeout: 20_000 })
    return stdout
  }

  test.each([
    ['ends by itself, asleep', 'steps(50); setTimeout(() => console.log(steps(1)), 50)'],
    ['ends by itself, awake', 'console.log(steps(50))'],
    ['is ended', 'console.log(steps(50)); process.exit()'],
    ['never called it', 'console.log(0)'],
    ['unloads it, asleep', 'steps(50); setTimeout(() => { library.unload(); console.log(0) }, 50)'],
    ['unloads it, awake', 'steps(50); library.unload(); setTimeout(() => console.log(0), 50)'],
  ])('%s', async (_, script) => {
    const plan = await compileProgram(sums, { target: 'native', threads: 3 })
    expect(await child(plan, script)).toBe('0\n')
  })
})

describe('under the thread sanitizer', () => {
  // two kernels in parts, where each part of the second reads all parts of the first
  const chain = build([f32(240, 100), f32(100, 200)], (b, [x = 0, y = 0]) =>
    b.reduce('add', b.exponential(b.dot_general(x, y, matrixDims)), [0]),
  )
  const { module, storage } = scheduleProgram(chain, { threads: 2 })
  const source = printC(module)
  const memory = { bytes: 64 + storage.bytes, control: storage.controlAddress }

  test('no race is seen in calls that follow at once, and after a sleep', async () => {
    // beside what clears the inputs of denormal numbers
    const parts = module.functions.filter(f => f.name.endsWith('_1') && !f.name.startsWith('copy'))
    expect(parts).toHaveLength(2)
    expect(await racesOf(source, memory, folder.path)).toBe('')
  })

  test.each([
    ['a meeting that waits for nobody', '__ATOMIC_ACQUIRE) == seen', '__ATOMIC_ACQUIRE) == ~seen'],
    ['a call that ends before its parts', 'busy, __ATOMIC_ACQUIRE) != 0', 'busy, __ATOMIC_ACQUIRE) < 0'],
  ])('control: %s is seen', async (_, right, wrong) => {
    expect(source).toContain(right)
    expect(await racesOf(source.replace(right, wrong), memory, folder.path)).toContain('data race')
  })
})
