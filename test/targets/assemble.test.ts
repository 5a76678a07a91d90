import { test as prop } from '@fast-check/vitest'
import { beforeAll, describe, expect, test } from 'vitest'
import wabt from 'wabt'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { instructions } from '../../compiler/targets/wasm-opcodes.js'
import { comment, quoted } from '../../compiler/targets/wat.js'
import { Fault } from '../../runtime/fault.js'
import { program } from '../loop/programs.js'
import { everyOperation } from './every-operation.js'

/*
 * The assembler against wabt: the same bytes for the same text.
 */

const features = { simd: true, relaxed_simd: true, threads: true, sat_float_to_int: true, bulk_memory: true }

let byWabt: (text: string) => Uint8Array
beforeAll(async () => {
  const tool = await wabt()
  byWabt = text => {
    const module = tool.parseWat('module.wat', text, features)
    try {
      module.resolveNames()
      return new Uint8Array(module.toBinary({}).buffer)
    } finally {
      module.destroy()
    }
  }
})

const expectSame = (text: string): void => {
  expect(assemble(text)).toEqual(byWabt(text))
}

/** An instruction of the table on locals of its types. */
const useOf = (name: string): string => {
  const known = instructions.get(name)
  if (known === undefined) throw new Error(`there is no ${name}`)
  const types = { i: 'i32', l: 'i64', f: 'f32', d: 'f64', v: 'v128' } as const
  const params = known.operands.map(type => `(param ${types[type]})`).join(' ')
  const result = known.result === '' ? '' : `(result ${types[known.result]})`
  const immediates = { none: '', memory: 'offset=300', lane: '3', 'memory lane': 'offset=5 2' }[
    known.immediate
  ]
  const operands = known.operands.map((_, i) => `(local.get ${i})`).join(' ')
  return `(module (import "env" "memory" (memory 1)) (func ${params} ${result} (${name} ${immediates} ${operands})))`
}

test.each([...instructions.keys()])('%s', name => expectSame(useOf(name)))

test('control: another instruction has other bytes', () => {
  expect(assemble(useOf('f32.add'))).not.toEqual(byWabt(useOf('f32.sub')))
})

prop.prop([program], { numRuns: 100 })('random programs', module => expectSame(printWat(module)))

test.each([1, 4] as const)('every operation, %i lanes', lanes => {
  const { module } = everyOperation(lanes)
  expectSame(printWat(module))
  expectSame(printWat(module, { relaxed: true, pages: 200, shared: true }))
})

test('threads that meet, and functions that call others further down', () => {
  const module: LoopModule = {
    functions: [
      {
        name: 'step',
        params: ['x', 'y'],
        returns: true,
        exported: true,
        body: [
          { kind: 'call', name: 'part', args: [] },
          { kind: 'barrier', at: 128, threads: 2, maySleep: true },
        ],
      },
      { name: 'part', params: [], returns: false, exported: true, body: [] },
    ],
  }
  expectSame(printWat(module))
})

describe('numbers', () => {
  const constant = (literal: string): string => `(module (func (drop (${literal}))))`
  test.each([0, 63, 64, -64, -65, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1])('i32 %d', n =>
    expectSame(constant(`i32.const ${n}`)),
  )
  test.each(['0', '-0', 'inf', '-inf', 'nan', '1e-45', '3.4028235e+38', '0.1', '16777217', '1e-7'])(
    '%s',
    x => {
      expectSame(constant(`f32.const ${x}`))
      expectSame(constant(`f64.const ${x}`))
      expectSame(constant(`v128.const f32x4 ${x} 1 ${x} 0`))
    },
  )
  test('lanes of integers', () => expectSame(constant('v128.const i32x4 -1 4294967295 7 -2147483648')))
})

test('names of exports are bytes, and remarks are nothing', () => {
  expectSame(`(module ${comment('(func ")')}\n(func $a (export ${quoted('é("b\n')}))) ${comment(')')}`)
})

test.each([
  ['a type that is wrong', '(module (func (param i32) (drop (f32.neg (local.get 0)))))'],
  ['too few operands', '(module (func (param i32) (drop (i32.add (local.get 0)))))'],
  ['too many', '(module (func (param i32) (drop (i32.eqz (local.get 0) (local.get 0)))))'],
  ['a value left over', '(module (func (param i32) (local.get 0)))'],
  ['a result that is missing', '(module (func (result i32)))'],
  ['a result of another type', '(module (func (result i32) (f32.const 1)))'],
  ['an operand that leaves nothing', '(module (func (drop (return))))'],
  ['a choice between two types', '(module (func (drop (select (i32.const 1) (f32.const 1) (i32.const 1)))))'],
  ['a condition that is no number', '(module (func (if (f32.const 1) (then))))'],
  ['an unknown instruction', '(module (func (f32.tanh (f32.const 1))))'],
  ['an unknown local', '(module (func (drop (local.get $x))))'],
  ['an unknown label', '(module (func (loop $a (br $b))))'],
  ['an unknown function', '(module (func (call $f)))'],
  ['a lane too far', '(module (func (param v128) (drop (i32x4.extract_lane 4 (local.get 0)))))'],
  ['an offset that is none', '(module (func (drop (i32.load offset=-1 (i32.const 0)))))'],
  ['a constant without a number', '(module (func (drop (i32.const x))))'],
  ['a constant too large', '(module (func (drop (i32.const 4294967296))))'],
  ['a parenthesis too few', '(module (func'],
  ['a parenthesis too many', '(module (func)))'],
  ['a string that does not end', '(module (func (export "a)))'],
  ['another field', '(module (memory 1))'],
  ['no module', ''],
])('%s is a fault', (_, text) => {
  expect(() => assemble(text)).toThrow(Fault)
})
