import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { printLoops } from '../../compiler/loop/print.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printJs } from '../../compiler/targets/js.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { comment } from '../../compiler/targets/wat.js'
import { Arena } from '../../runtime/arena.js'
import { instantiateJs } from '../../runtime/js.js'
import { instantiateWasm } from '../../runtime/wasm.js'

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '__proto__',
    'let',
    'f',
    'memory',
    ') (func (export "x")',
    '*/ globalThis.broken = 1 //',
    'a\n(unreachable)',
    'a\u2028globalThis.broken = 1',
    '"; globalThis.broken = 1; "',
    ';) (;',
    '',
    '$',
    't0',
  ),
)

/** A module in which everything that can be named has one of the names, and every remark is one. */
const moduleOf = (names: readonly string[]): LoopModule => {
  const [first = 'a', ...rest] = names
  const lets = rest.map((n, i) => e.let_(n, e.i32(i + 1)))
  const sum = rest.reduce((x, n) => e.add(x, e.ref(n)), e.ref(first))
  return {
    functions: [
      ...names.map((name, i) => ({
        name,
        params: [first],
        returns: true,
        exported: i % 2 === 0,
        body: [e.comment(name), ...lets, e.store(64, e.mul(sum, sum)), e.return_(sum)],
      })),
      {
        name: 'step',
        params: [],
        returns: false,
        exported: true,
        body: [e.comment(names.join('\n')), ...names.map(n => e.call(n, [e.i32(7)]))],
      },
    ],
  }
}

const modules = fc.uniqueArray(odd, { minLength: 1, maxLength: 5 }).map(names => ({
  names: names.filter(n => n !== 'step'),
  module: moduleOf(names.filter(n => n !== 'step')),
}))

const expected = (count: number): number => (7 + (count * (count - 1)) / 2) ** 2

test.prop([modules])('names and remarks never become WebAssembly text of their own', ({ names, module }) => {
  const text = printWat(module)
  expect(text).toMatch(/^[ -~\n]*$/)
  const arena = new Arena()
  instantiateWasm(assemble(text), arena).step()
  if (names.length > 0) expect(arena.view('i32', 64, 1)[0]).toBe(expected(names.length))
})

test.prop([modules])('nor JavaScript', ({ names, module }) => {
  const arena = new Arena()
  instantiateJs(printJs(module), arena).step()
  expect('broken' in globalThis).toBe(false)
  if (names.length > 0) expect(arena.view('i32', 64, 1)[0]).toBe(expected(names.length))
})

test.prop([modules])('nor another line of the printed loops', ({ names, module }) => {
  const tame = moduleOf(names.map((_, i) => `name${i}`))
  expect(printLoops(module).split('\n').length).toBe(printLoops(tame).split('\n').length)
})

describe('control', () => {
  test('text that is let through breaks out', () => {
    const text = printWat(moduleOf(['a\n(unreachable)'])).replace(
      comment('a\n(unreachable)'),
      ';; a\n(unreachable)',
    )
    const arena = new Arena()
    expect(() => instantiateWasm(assemble(text), arena).step()).toThrow()
  })
})
