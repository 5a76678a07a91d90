import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { Expr, LoopModule, Stmt } from '../../compiler/loop/ir.js'
import { printLoops } from '../../compiler/loop/print.js'
import { expressionsOf, operandsOf, shareFunction } from '../../compiler/loop/share.js'
import { unrollFunction } from '../../compiler/loop/unroll.js'
import { printJs } from '../../compiler/targets/js.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { inputs, pageBytes, program, readOutputs, writeInputs } from './programs.js'

const run = (module: LoopModule, values: readonly (readonly number[])[]): readonly number[] => {
  const memory = new ArrayBuffer(pageBytes)
  writeInputs(memory, values)
  interpret(module, memory, 'step')
  return readOutputs(memory)
}

const mapped = (module: LoopModule, f: typeof shareFunction): LoopModule => ({
  functions: module.functions.map(f),
})

test.prop([program, inputs], { numRuns: 60 })('sharing and unrolling change no result', (module, values) => {
  const wanted = run(module, values)
  expect(run(mapped(module, shareFunction), values)).toEqual(wanted)
  expect(run(mapped(module, unrollFunction), values)).toEqual(wanted)
})

const statements = (body: readonly Stmt[]): readonly Stmt[] =>
  body.flatMap(s => {
    if (s.kind === 'for') return [s, ...statements(s.body)]
    return s.kind === 'if' ? [s, ...statements(s.then), ...statements(s.else)] : [s]
  })

/** True where an expression of one statement uses a node other than a leaf twice. */
const shares = (s: Stmt): boolean => {
  const seen = new Set<Expr>()
  const walk = (x: Expr): boolean => {
    if (x.kind === 'const' || x.kind === 'ref') return false
    if (seen.has(x)) return true
    seen.add(x)
    return operandsOf(x).some(walk)
  }
  return expressionsOf(s).some(walk)
}

test.prop([program], { numRuns: 60 })(
  'afterwards no statement shares, and doing it again changes nothing',
  module => {
    for (const f of module.functions) {
      const once = shareFunction(f)
      expect(statements(once.body).some(shares)).toBe(false)
      expect(shareFunction(once)).toEqual(once)
    }
  },
)

test.prop([program], { numRuns: 40 })('printing is deterministic', module => {
  const copy = structuredClone(module)
  for (const print of [printWat, printJs, printLoops]) expect(print(copy)).toBe(print(module))
})

const step = (body: readonly Stmt[]): LoopModule => ({
  functions: [{ name: 'step', params: [], returns: false, exported: true, body }],
})

describe('a tower of squares', () => {
  // 2^2000 additions as a tree, 2000 as a DAG
  const tower = Array.from({ length: 2000 }).reduce<Expr>(x => e.add(x, x), e.load(e.reg('f32', 4), 0))
  const module = step([e.store(64, tower)])

  test('is printed and interpreted in linear time', () => {
    expect(printWat(module).length).toBeLessThan(400_000)
    expect(printJs(module).length).toBeLessThan(800_000)
    expect(printLoops(module).split('\n').length).toBe(2004)
    interpret(module, new ArrayBuffer(128), 'step')
  })
})

test('a load stays on its side of a store', () => {
  const x = e.load(e.reg('f32'), 0)
  const twice = e.mul(x, x)
  const module = step([e.store(0, e.f32(3)), e.store(4, twice), e.store(0, e.f32(5)), e.store(8, twice)])
  const memory = new ArrayBuffer(64)
  interpret(mapped(module, shareFunction), memory, 'step')
  expect([...new Float32Array(memory, 0, 3)]).toEqual([5, 9, 25])
})

test('loops as people read them', () => {
  const i = e.ref('i')
  const x = e.load(e.reg('f32', 4), e.mul(i, 4), 1024)
  const y = e.max(e.mulAdd(x, 2, 1), 0)
  const text = printLoops(
    step([
      e.comment('relu(2 x + 1), squared'),
      e.loop('vector', 'i', 0, 128, 4, [e.store(e.mul(i, 4), e.mul(y, y), 2048)]),
      e.if_(e.lt(e.load(e.reg('i32'), 0), 3), [e.return_()]),
    ]),
  )
  expect(text).toBe(`export function step() {
  // relu(2 x + 1), squared
  for i in 0..128 step 4 (vector) {
    let t0: f32x4 = max(mulAdd(f32x4[i * 4 + 1024], 2, 1), 0)
    f32x4[i * 4 + 2048] = t0 * t0
  }
  if i32[0] < 3 {
    return
  }
}
`)
})

describe('the printers are fast', () => {
  test('a megabyte of WebAssembly text in a fraction of a second', () => {
    const at = (n: number) => e.load(e.reg('f32', 4), e.mul(e.ref('i'), 4), 16 * n)
    const body = Array.from({ length: 4000 }, (_, n) =>
      e.store(e.mul(e.ref('i'), 4), e.add(e.mul(at(n), at(n + 1)), e.mul(at(n + 2), 3)), 16 * n),
    )
    const module = step([e.loop('vector', 'i', 0, 64, 4, body)])
    // processor time, the least of a few runs: about 80 ms; the bound leaves room for a slow machine
    const runs = Array.from({ length: 4 }, () => {
      const start = process.cpuUsage()
      expect(printWat(module).length).toBeGreaterThan(1_000_000)
      return process.cpuUsage(start).user / 1000
    })
    expect(Math.min(...runs)).toBeLessThan(500)
  })
})
