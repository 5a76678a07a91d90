import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { interpret } from '../../compiler/loop/interpret.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printJs } from '../../compiler/targets/js.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import { instantiateJs } from '../../runtime/js.js'
import { instantiateWasm } from '../../runtime/wasm.js'
import { inputs, pageBytes, program, readOutputs, writeInputs } from '../loop/programs.js'

type Values = readonly (readonly number[])[]

const byInterpreter = (module: LoopModule, values: Values): readonly number[] => {
  const memory = new ArrayBuffer(pageBytes)
  writeInputs(memory, values)
  interpret(module, memory, 'step')
  return readOutputs(memory)
}

const byWasm = (module: LoopModule, values: Values, change = (text: string) => text): readonly number[] => {
  const arena = new Arena()
  writeInputs(arena.buffer, values)
  instantiateWasm(assemble(change(printWat(module))), arena).step()
  return readOutputs(arena.buffer)
}

const byJs = (module: LoopModule, values: Values, change = (text: string) => text): readonly number[] => {
  const arena = new Arena()
  writeInputs(arena.buffer, values)
  instantiateJs(change(printJs(module)), arena).step()
  return readOutputs(arena.buffer)
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((v, i) => Object.is(v, b[i]))

test.prop([program, inputs], { numRuns: 120 })('wasm does what the interpreter does', (module, values) => {
  expect(byWasm(module, values)).toEqual(byInterpreter(module, values))
})

test.prop([program, inputs], { numRuns: 120 })('js does what the interpreter does', (module, values) => {
  expect(byJs(module, values)).toEqual(byInterpreter(module, values))
})

describe('a planted fault is seen', () => {
  const samples = fc.sample(fc.tuple(program, inputs), { numRuns: 300, seed: 7 })

  test.each([
    ['signed for unsigned', 'i32x4.gt_u', 'i32x4.gt_s'],
    ['the wrong lane', 'i32x4.extract_lane 2', 'i32x4.extract_lane 1'],
    ['a load one place on', 'f64.load offset=1032', 'f64.load offset=1040'],
  ])('%s, in wasm', (_, right, wrong) => {
    const seen = samples.some(([module, values]) => {
      const text = printWat(module)
      if (!text.includes(right)) return false
      return !same(
        byWasm(module, values, t => t.replaceAll(right, wrong)),
        byInterpreter(module, values),
      )
    })
    expect(seen).toBe(true)
  })

  test.each([
    ['no rounding', 'Math.fround', '(x => x)'],
    ['plain multiplication', 'Math.imul(', '((x, y) => x * y)('],
  ])('%s, in js', (_, right, wrong) => {
    const seen = samples.some(
      ([module, values]) =>
        !same(
          byJs(module, values, t => t.replaceAll(right, wrong)),
          byInterpreter(module, values),
        ),
    )
    expect(seen).toBe(true)
  })
})
