// Promises that short loops are written out where their bodies are short, and that long bodies are not copied.
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { scheduleProgram } from '../../compiler/compile.js'
import { Builder } from '../../compiler/ir/build.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import { nodesOf } from '../../compiler/loop/share.js'

/** A sum over some dimensions of a function of x. */
const sumOf = (
  shape: readonly number[],
  over: readonly number[],
  f: (b: Builder, x: Value) => Value,
): Program => {
  const b = new Builder('sum')
  const x = b.input('x', { shape, dtype: 'f32' })
  return b.finish([{ name: 'y', value: b.reduce('add', f(b, x), over) }])
}

const waves = (b: Builder, x: Value): Value => b.tan(b.add(b.cosine(b.tan(b.add(b.sine(x), x))), x))

const size = (program: Program): number =>
  scheduleProgram(program).module.functions.reduce((n, f) => n + nodesOf(f.body), 0)

const sums = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 })
  .chain(shape => fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, d) => d))))

describe('loops', () => {
  test.prop([sums], { numRuns: 30 })('are not written out where their bodies are long', ([shape, over]) => {
    expect(size(sumOf(shape, over, waves))).toBeLessThan(10_000)
  })

  test('control: are written out where they are short', () => {
    const loops = scheduleProgram(sumOf([4, 4, 4, 3], [0, 2], (b, x) => b.multiply(x, x))).module.functions
    expect(loops.flatMap(f => f.body).filter(s => s.kind === 'for')).toHaveLength(0)
  })
})
