import { describe, expect, test } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import type { LoopModule, Stmt } from '../../compiler/loop/ir.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import { Fault } from '../../runtime/fault.js'
import { instantiateWasm } from '../../runtime/wasm.js'

const step = (body: readonly Stmt[]): LoopModule => ({
  functions: [{ name: 'step', params: [], returns: false, exported: true, body }],
})

const f32x4 = e.reg('f32', 4)
const i = e.ref('i')
const x = e.load(f32x4, e.mul(i, 4), 1024)
const y = e.max(e.mulAdd(x, 2, 1), 0)
const relu = step([
  e.comment('relu(2 x + 1), squared'),
  e.loop('vector', 'i', 0, 8, 4, [e.store(e.mul(i, 4), e.mul(y, y), 2048)]),
])

test('a loop over vectors as text, and what it computes', () => {
  const text = printWat(relu)
  expect(text).toBe(`(module
  (import "env" "memory" (memory 1))
  (func $step (export "step")
    (local $i i32) (local $_ v128) (local $t0 v128)
    ;; relu(2 x + 1), squared
    (local.set $i (i32.const 0))
    (loop $i_loop
      (local.set $t0
        (v128.andnot
          (local.tee $_
            (f32x4.add
              (f32x4.mul
                (v128.load offset=1024 (i32.shl (local.get $i) (i32.const 2)))
                (v128.const f32x4 2 2 2 2))
              (v128.const f32x4 1 1 1 1)))
          (f32x4.le (local.get $_) (v128.const i32x4 0 0 0 0))))
      (v128.store offset=2048
        (i32.shl (local.get $i) (i32.const 2))
        (f32x4.mul (local.get $t0) (local.get $t0)))
      (br_if $i_loop (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 8)))
    )
  )
)
`)
  const arena = new Arena()
  new Float32Array(arena.buffer, 1024, 8).set([-2, -1, -0.5, 0, 1, 2, 3, Number.NaN])
  instantiateWasm(assemble(text), arena).step()
  expect([...new Float32Array(arena.buffer, 2048, 8)]).toEqual([0, 0, 0, 1, 9, 25, 49, Number.NaN])
})

test('relaxed multiply-add is one instruction, of single elements too', () => {
  const text = printWat(relu, { relaxed: true, pages: 3 })
  expect(text).toContain('f32x4.relaxed_madd')
  expect(text).toContain('(memory 3)')
  expect(assemble(text).length).toBeGreaterThan(8)
  const scalar = step([e.store(0, e.mulAdd(e.load(e.reg('f32'), 0), 2, 1))])
  expect(printWat(scalar, { relaxed: true })).toContain('f32x4.relaxed_madd')
})

describe('an address', () => {
  const load = (at: e.Operand, offset = 0) =>
    printWat(step([e.loop('serial', 'i', 0, 9, 1, [e.store(0, e.load(e.reg('f32'), at, offset))])]))

  test('keeps its constants in the instruction where nothing is negative', () => {
    expect(load(e.add(e.mul(e.add(i, 3), 4), 100), 8)).toContain(
      'f32.load offset=120 (i32.shl (local.get $i) (i32.const 2))',
    )
  })

  test('keeps them apart where something may be', () => {
    const text = load(e.add(e.mul(e.sub(i, 2), 4), 100), 8)
    expect(text).toContain('f32.load offset=8')
    expect(text).toContain('(i32.const 100)')
  })
})

test('loops with bounds and steps of every sort run as often as they should', () => {
  const count = (from: e.Operand, to: e.Operand, by: number) => [
    e.set('n', e.i32(0)),
    e.loop('serial', 'i', from, to, by, [e.set('n', e.add(e.ref('n'), 1))]),
  ]
  const at = (k: number) => e.load(e.reg('i32'), 4 * k)
  const runs: readonly (readonly [e.Operand, e.Operand, number, number])[] = [
    [0, 5, 1, 5],
    [0, 5, 4, 2],
    [5, 5, 1, 0],
    [6, 5, 1, 0],
    [at(0), at(1), 3, 3],
    [at(1), at(0), 1, 0],
    [at(2), 2, 1, 5],
  ]
  const body = runs.flatMap(([from, to, by], k) => [...count(from, to, by), e.store(64 + 4 * k, e.ref('n'))])
  const arena = new Arena()
  new Int32Array(arena.buffer, 0, 3).set([1, 8, -3])
  instantiateWasm(assemble(printWat(step([e.var_('n', e.i32(0)), ...body]))), arena).step()
  expect([...new Int32Array(arena.buffer, 64, runs.length)]).toEqual(runs.map(r => r[3]))
})

test('run takes addresses and returns a count', () => {
  const [n, at] = [e.ref('n'), e.ref('at')]
  const module: LoopModule = {
    functions: [
      ...step([]).functions,
      {
        name: 'run',
        params: ['n', 'at'],
        returns: true,
        exported: true,
        body: [e.store(at, e.mul(n, 2), 4), e.return_(e.sub(n, 1))],
      },
    ],
  }
  const arena = new Arena()
  const executor = instantiateWasm(assemble(printWat(module)), arena)
  expect(executor.run?.(7, 128)).toBe(6)
  expect(arena.view('i32', 132, 1)[0]).toBe(14)
})

test.each([
  ['a call of nothing', [e.call('nowhere')]],
  ['one name of two types', [e.let_('a', e.f32(1)), e.let_('a', e.i32(1))]],
  ['an unrolled loop without an end', [e.loop('unrolled', 'i', 0, e.load(e.reg('i32'), 0), 1, [])]],
] as const)('%s is a fault', (_, body) => {
  expect(() => printWat(step(body))).toThrow(Fault)
})

test('text that is no module is a fault that quotes the assembler', () => {
  expect(() => assemble('(module (func (i32.add)))')).toThrow(Fault)
})

test('bytes that are no module are a fault', () => {
  expect(() => instantiateWasm(new Uint8Array(8), new Arena())).toThrow(/does not run/)
})
