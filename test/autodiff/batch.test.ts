import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { batch } from '../../compiler/autodiff/batch.js'
import { gradient } from '../../compiler/autodiff/vjp.js'
import { Builder } from '../../compiler/ir/build.js'
import { check } from '../../compiler/ir/check.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { DotDims, Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { zeros } from '../../compiler/ops/tensor.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { differences } from '../../src/testing/closeness.js'
import { arbitraryProgram, type ProgramSample, sampleOf } from '../../src/testing/programs.js'

const stacked = (rows: readonly TensorValue[]): TensorValue => {
  const { shape, dtype } = rows[0]?.type ?? { shape: [], dtype: 'f32' }
  const stack = zeros({ shape: [rows.length, ...shape], dtype })
  rows.forEach(({ data }, i) => {
    stack.data.set(data, i * data.length)
  })
  return stack
}

const SIZE = 3

/** Where the batched program differs from one run an element, in words. */
const changeOf = (
  { program, inputs }: ProgramSample,
  over: readonly number[],
  make: (program: Program) => Program = p => batch(p, { over, size: SIZE }),
): string | undefined => {
  const rowsOf = (x: TensorValue, i: number): TensorValue[] =>
    Array.from({ length: SIZE }, (_, k) => (over.includes(i) ? sampleOf(x.type, 17 * i + k, true) : x))
  const rows = inputs.map(rowsOf)
  const args = rows.map((xs, i) => (over.includes(i) ? stacked(xs) : (inputs[i] ?? stacked(xs))))
  const batched = make(program)
  check(batched, 'batch')
  const single = Array.from({ length: SIZE }, (_, k) =>
    evaluate(
      program,
      rows.map((xs, i) => xs[k] ?? inputs[i] ?? stacked(xs)),
    ),
  )
  const expected = program.outputs.map((_, o) => stacked(single.flatMap(outputs => outputs[o] ?? [])))
  return differences(evaluate(batched, args), expected, { relative: 1e-6, absolute: 1e-6 })
}

const subsets = fc.subarray([0, 1, 2])

describe('a batched program', () => {
  test.prop([arbitraryProgram({ wild: true, maxEquations: 20 }), subsets], { numRuns: 400 })(
    'computes for each element what the program does',
    (sample, over) => {
      const present = over.filter(i => i < sample.inputs.length)
      expect(changeOf(sample, present)).toBeUndefined()
    },
  )

  test('is one product, not one for each element', () => {
    const b = new Builder('layer')
    const x = b.input('x', { shape: [4], dtype: 'f32' })
    const w = b.input('w', { shape: [4, 5], dtype: 'f32' })
    const dims: DotDims = { lhsBatch: [], rhsBatch: [], lhsContracting: [0], rhsContracting: [0] }
    const program = b.finish([{ name: 'y', value: b.dot_general(x, w, dims) }])
    const many = batch(program, { over: [0], size: 8 })
    expect(many.equations.map(equation => equation.prim)).toEqual(['dot_general'])
    expect(many.types[many.outputs[0]?.value ?? 0]?.shape).toEqual([8, 5])
  })

  test('of a gradient is the gradient of each sample', () => {
    const b = new Builder('square')
    const x = b.input('x', { shape: [], dtype: 'f64' })
    const cube = b.multiply(x, b.multiply(x, x))
    const slopes = batch(gradient(b.finish([{ name: 'y', value: cube }]), [0]), { over: [0], size: 3 })
    expect(evaluate(optimize(slopes), [Float64Array.of(1, 2, 3)])[1]?.data).toEqual(
      Float64Array.of(3, 12, 27),
    )
  })

  test('control: a batch whose elements come out in another order is caught', () => {
    const reversed = (program: Program): Program => {
      const right = batch(program, { over: [0], size: SIZE })
      const b = new Builder('reversed')
      const args = right.inputs.map(({ name, value }) =>
        b.input(name, right.types[value] ?? { shape: [], dtype: 'f32' }),
      )
      const outputs = b.inline(right, args)
      return b.finish(outputs.map((value, i) => ({ name: `y${i}`, value: b.reverse(value, [0]) })))
    }
    const samples = fc.sample(arbitraryProgram(), { numRuns: 100, seed: 1 })
    expect(samples.some(sample => changeOf(sample, [0], reversed) !== undefined)).toBe(true)
  })
})
