/**
 * Outputs that take the place of inputs are what they are in places of their own: in a fused kernel with several of them
 * everything is read before anything is written.
 */
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { runCompiled } from '../../src/testing/run.js'

interface Step {
  readonly op: 'add' | 'subtract' | 'maximum'
  readonly x: number
  readonly y: number
}

const INPUTS = 3
const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('add', 'subtract', 'maximum'),
  x: fc.nat(),
  y: fc.nat(),
})

/** Pointwise steps on some inputs; the last values are the outputs. With a product, an input meets a contraction first. */
const programOf = (steps: readonly Step[], size: number, product: boolean): Program => {
  const b = new Builder('donated')
  const inputs = Array.from({ length: INPUTS }, (_, i) =>
    b.input(`in${i}`, { shape: [size, 2], dtype: 'f32' }),
  )
  const values: Value[] = [...inputs]
  if (product) {
    const w = b.input('w', { shape: [2, 2], dtype: 'f32' })
    const [x = 0] = inputs
    values.push(b.dot_general(x, w, { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }))
  }
  for (const { op, x, y } of steps)
    values.push(b[op](values[x % values.length] ?? 0, values[y % values.length] ?? 0))
  return b.finish(values.slice(-INPUTS).map((value, i) => ({ name: `out${i}`, value })))
}

const valuesOf = (program: Program, inputs: readonly Float32Array[]): TensorValue[] =>
  inputs.map((data, i) => ({
    type: program.types[program.inputs[i]?.value ?? 0] ?? { shape: [], dtype: 'f32' },
    data,
  }))

const places = [0, 1, 2]
const donations = fc
  .shuffledSubarray(places, { minLength: 1 })
  .map(order => order.map((input, i) => [`out${i}`, `in${input}`] as const))

describe.each(['js', 'wasm'] as const)('%s', target => {
  test.prop(
    [fc.array(step, { minLength: 4, maxLength: 10 }), fc.constantFrom(1, 3, 8, 21), fc.boolean(), donations],
    { numRuns: 60 },
  )('outputs in the places of inputs', async (steps, size, product, donate) => {
    const program = programOf(steps, size, product)
    const inputs = program.inputs.map(({ value }, i) => {
      const length = (program.types[value]?.shape ?? []).reduce((n, d) => n * d, 1)
      return Float32Array.from({ length }, (_, k) => ((k * 7 + i * 5) % 11) - 4)
    })
    const want = evaluate(program, inputs).map(({ data }) => [...data])
    const got = await runCompiled(program, valuesOf(program, inputs), { donate, target })
    expect(got.map(({ data }) => [...data])).toEqual(want)
  })
})

test('a sum and what it loses, in the places of the sums before', async () => {
  const b = new Builder('sum')
  const [total, lost, x] = ['total', 'lost', 'x'].map(name => b.input(name, { shape: [2], dtype: 'f32' }))
  if (total === undefined || lost === undefined || x === undefined) throw new Error('there are three')
  const next = b.add(total, x)
  const added = b.subtract(next, total)
  const error = b.add(b.subtract(total, b.subtract(next, added)), b.subtract(x, added))
  const outputs = [
    { name: 'total', value: next },
    { name: 'lost', value: b.add(lost, error) },
  ]
  const program = b.finish(outputs)
  const inputs = [Float32Array.of(1e8, 3), Float32Array.of(0, 0), Float32Array.of(1, 0.25)]
  const donate = [
    ['total', 'total'],
    ['lost', 'lost'],
  ] as const
  const got = await runCompiled(program, valuesOf(program, inputs), { donate })
  expect(got.map(({ data }) => [...data])).toEqual([
    [1e8, 3.25],
    [1, 0],
  ])
})
