import { fc } from '@fast-check/vitest'
import { afterAll, expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { VectorUnit } from '../../compiler/loop/vectors.js'
import { printC } from '../../compiler/targets/c.js'
import { differences } from '../../src/testing/closeness.js'
import { arbitraryProgram } from '../../src/testing/programs.js'
import { inputs, pageBytes, programOf, readOutputs, writeInputs } from '../loop/programs.js'
import { temporaryFolder, together } from './c-run.js'
import { everyOperation, writeSpecimens } from './every-operation.js'
import { scheduled } from './native-run.js'
import { sanitized } from './sanitize.js'

const folder = temporaryFolder()
afterAll(folder.dispose)

const unit: VectorUnit = { lanes: 8, tileRows: 6, tileVectors: 2 }

test('no sanitizer complains of random graph programs, each in a memory of just its size', async () => {
  const samples = fc.sample(arbitraryProgram({ maxElements: 100 }), 30)
  const batch = samples.map(s => scheduled(s, unit))
  const source = printC(together(batch.map(b => b.module)))
  const after = await sanitized(
    source,
    batch.map(b => b.memory()),
    folder.path,
  )
  if (typeof after === 'string') throw new Error(`${after}\n${samples.map(s => print(s.program)).join('\n')}`)
  for (const [i, { program, inputs: values }] of samples.entries()) {
    const outputs = batch[i]?.read(after[i] ?? new ArrayBuffer(0)) ?? []
    expect(
      differences(outputs, evaluate(program, values), { relative: 2e-5, absolute: 2e-5 }),
    ).toBeUndefined()
  }
})

test('nor of random loops', async () => {
  const samples = fc.sample(fc.tuple(programOf(4), inputs), 6)
  const memories = samples.map(([, values]) => {
    const memory = new ArrayBuffer(pageBytes)
    writeInputs(memory, values)
    return memory
  })
  const after = await sanitized(printC(together(samples.map(([m]) => m))), memories, folder.path)
  if (typeof after === 'string') throw new Error(after)
  for (const [i, [module]] of samples.entries()) {
    const memory = memories[i]?.slice() ?? new ArrayBuffer(0)
    interpret(module, memory, 'step')
    expect(readOutputs(after[i] ?? new ArrayBuffer(0))).toEqual(readOutputs(memory))
  }
})

test('nor of any operation on the values that matter', async () => {
  const all = ([1, 4] as const).map(everyOperation)
  const memories = all.map(({ bytes }) => {
    const memory = new ArrayBuffer(bytes)
    writeSpecimens(memory)
    return memory
  })
  const after = await sanitized(printC(together(all.map(a => a.module))), memories, folder.path)
  expect(typeof after === 'string' ? after : 'fine').toBe('fine')
})

test.each([
  ['a store behind the end', 'AT(f32, i, 60) = v', 'AT(f32, i, 64) = v', 'heap-buffer-overflow'],
  ['a load before the start', 'AT(f32, i, 60)', '(*(f32_m *)(m - 4))', 'heap-buffer-overflow'],
  ['a number out of range', 'v = 2.5f', 'v = 2.5f; i32 w = v * 1e30f; m[0] = w', 'outside the range'],
])('control: %s is seen', async (_, right, wrong, said) => {
  const source = [
    printC({ functions: [] }),
    'typedef f32 f32_m __attribute__((aligned(1), may_alias));',
    'void densor_step0(u8 *m) { for (i32 i = 0; i < 4; i += 4) { f32 v = 2.5f; AT(f32, i, 60) = v; } }',
  ].join('\n')
  expect(source).toContain(right)
  expect(typeof (await sanitized(source, [new ArrayBuffer(64)], folder.path))).toBe('object')
  expect(await sanitized(source.replace(right, wrong), [new ArrayBuffer(64)], folder.path)).toContain(said)
})
