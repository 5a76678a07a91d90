/** Native code takes denormal numbers for zeros in every thread of ours, and leaves the caller's thread as it was. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { compileProgram, loadPlan, scheduleProgram } from '../../compiler/compile.js'
import { Builder } from '../../compiler/ir/build.js'
import type { Program } from '../../compiler/ir/program.js'
import { printC } from '../../compiler/targets/c.js'
import { flushing, modeText } from '../../compiler/targets/c-mode.js'
import { Arena } from '../../runtime/arena.js'
import { type Call, openC, temporaryFolder } from './c-run.js'

const folder = temporaryFolder()
beforeAll(() => void vi.stubEnv('DENSOR_CACHE', folder.path))
afterAll(() => {
  vi.unstubAllEnvs()
  folder.dispose()
})

/** The products of some rows and columns, elements and tiny factors. */
const squares = (size: number): Program => {
  const b = new Builder('squares')
  const x = b.input('x', { shape: [size, size], dtype: 'f32' })
  const sides = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }
  return b.finish([
    { name: 'product', value: b.dot_general(x, x, sides) },
    { name: 'square', value: b.multiply(x, x) },
  ])
}

const TINY = 1e-20

/** The outputs that are not zero, where each factor is 1e-20. */
const left = async (threads: number): Promise<number> => {
  const arena = new Arena()
  const plan = await compileProgram(squares(256), {
    target: 'native',
    threads,
    reserve: bytes => arena.reserve(bytes),
  })
  expect(plan.threads.count).toBe(threads)
  const executable = await loadPlan(plan, arena)
  executable.port('x').fill(TINY)
  executable.step()
  return ['product', 'square'].reduce((n, name) => n + executable.port(name).filter(v => v !== 0).length, 0)
}

/** C that tells the flushing bits of this thread's mode, and that sets it as it was. */
const witness = `typedef unsigned char u8;
typedef __UINT32_TYPE__ u32;
${modeText}
__attribute__((visibility("default"))) void densor_tell(u8 *m) { *(mode__ *)m = mode__get() & MODE__FLUSH; }
__attribute__((visibility("default"))) void densor_clear(u8 *m) {
  const mode__ mode = mode__get() & ~(mode__)MODE__FLUSH;
  (void)m;
  mode__set(&mode);
}
`

const told = (call: Call): number => {
  const memory = new ArrayBuffer(64)
  call('tell', memory)
  return new Uint32Array(memory)[0] ?? 0
}

describe('denormal numbers on the native target', () => {
  test('are zeros, with one thread and with two', async () => {
    expect(await left(1)).toBe(0)
    expect(await left(2)).toBe(0)
  })

  test('are zeros in no other code of the thread: the mode comes back', async () => {
    const call = await openC(witness, folder.path)
    await left(1)
    await left(2)
    expect(told(call)).toBe(0)
    expect(Number.MIN_VALUE * Math.cos(0)).toBe(Number.MIN_VALUE)
  })

  test('control: without the mode they are numbers, and a mode that does not come back is seen', async () => {
    const { module, storage } = scheduleProgram(squares(8))
    const memory = new ArrayBuffer(64 + storage.bytes)
    const x = new Float32Array(memory, storage.inputs[0]?.offset ?? 0, 64)
    const product = new Float32Array(memory, storage.outputs[0]?.offset ?? 0, 64)
    x.fill(TINY)
    const plain = await openC(printC(module), folder.path)
    plain('step', memory)
    expect(product.every(v => v !== 0)).toBe(true)
    const source = printC(module, { flushes: true })
    expect(source).toContain(flushing)
    const careless = await openC(source.replaceAll('__attribute__((cleanup(mode__set)))', ''), folder.path)
    const call = await openC(witness, folder.path)
    careless('step', memory)
    const seen = told(call)
    call('clear', memory)
    expect(product.every(v => v === 0)).toBe(true)
    expect(seen).not.toBe(0)
    expect(told(call)).toBe(0)
  })
})
