import { fc, test } from '@fast-check/vitest'
import { afterAll, describe, expect } from 'vitest'
import { interpret } from '../../compiler/loop/interpret.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { printC } from '../../compiler/targets/c.js'
import { inputs, pageBytes, program, readOutputs, writeInputs } from '../loop/programs.js'
import { openModule, temporaryFolder, together } from './c-run.js'

type Values = readonly (readonly number[])[]
type Case = readonly [LoopModule, Values]

const folder = temporaryFolder()
afterAll(folder.dispose)

const byInterpreter = ([module, values]: Case): readonly number[] => {
  const memory = new ArrayBuffer(pageBytes)
  writeInputs(memory, values)
  interpret(module, memory, 'step')
  return readOutputs(memory)
}

type Call = (name: string, memory: ArrayBuffer) => void

const byC = (call: Call, index: number, values: Values): readonly number[] => {
  const memory = new ArrayBuffer(pageBytes)
  writeInputs(memory, values)
  call(`step${index}`, memory)
  return readOutputs(memory)
}

const cases = (count: number): fc.Arbitrary<readonly Case[]> =>
  fc.array(fc.tuple(program, inputs), { minLength: count, maxLength: count })

describe('C does what the interpreter does, to the bit', () => {
  // a batch is one run of the compiler; shrinking would be many
  test.prop([cases(40)], { numRuns: 3, endOnFailure: true })('on random programs', async batch => {
    const call = await openModule(together(batch.map(([module]) => module)), folder.path)
    batch.forEach((one, i) => {
      expect(byC(call, i, one[1]), printC(one[0])).toEqual(byInterpreter(one))
    })
  })
})
