import { describe, expect, test } from 'vitest'
import { scheduleProgram } from '../../compiler/compile.js'
import type { Program } from '../../compiler/ir/program.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { dense, input, sequential } from '../../dsl/index.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { sizeOf } from '../../runtime/dtype.js'

const BATCH = 128
const WIDTHS = [784, 512, 256, 10]

const step = () => {
  const model = sequential(input(784), dense(512, 'relu'), dense(256, 'relu'), dense(10, 'softmax'))
  return traceTrainStep({ model, batch: BATCH }, { loss: 'categoricalCrossentropy', optimizer: 'adam' })
}

/** Elements of the largest value that a program computes on the way. */
const largestValue = (program: Program): number =>
  program.equations.reduce((most, e) => Math.max(most, sizeOf(program.types[e.output]?.shape ?? [])), 0)

describe('the training step of 784-512-256-10', () => {
  const { program, donate, streams } = step()
  const { kernels } = scheduleProgram(program, { donate, streams })
  const products = kernels.filter(k => k.kind === 'contraction')

  test('is this many kernels', () => {
    expect(kernels.map(k => `${k.kind} ${k.sources.join(',')}`)).toMatchInlineSnapshot(`
      [
        "contraction layer0",
        "contraction layer1",
        "contraction layer2",
        "loops layer2,loss",
        "loops layer2",
        "contraction layer2",
        "contraction layer2,layer1",
        "loops layer1",
        "contraction layer1",
        "contraction layer1,layer0",
        "loops layer0",
        "contraction layer0",
        "loops optimizer",
        "loops optimizer",
        "loops loss,metrics",
        "copy metrics",
        "loops metrics",
      ]
    `)
  })

  test('its gradient is products: three forward, three for the kernels, two for the inputs', () => {
    expect(optimize(program).equations.filter(e => e.prim === 'dot_general')).toHaveLength(8)
    expect(products).toHaveLength(8)
  })

  test('no outer product is ever materialised', () => {
    // The largest thing there is: all weights in one vector. An outer product of the batch would be 128 times a kernel.
    const weights = WIDTHS.slice(1).reduce((n, width, i) => n + width * ((WIDTHS[i] ?? 0) + 1), 0)
    expect(largestValue(optimize(program))).toBe(weights)
  })

  test('bias, activation and mask are epilogues of the products', () => {
    expect(products.filter(k => k.equations.includes('select'))).toHaveLength(4)
    const masks = kernels.filter(k => k.kind === 'loops' && /^layer[01]$/.test(k.sources.join()))
    expect(masks.map(k => k.equations)).toEqual([['reduce'], ['reduce']])
  })

  test('the optimizer is one kernel over all weights, in place', () => {
    const wide = kernels.filter(k => k.sources.includes('optimizer') && k.flops > 1e6)
    expect(wide).toHaveLength(1)
    const { storage } = scheduleProgram(program, { donate, streams })
    for (const [output, given] of donate) {
      const at = storage.outputs.find(p => p.name === output)?.offset
      expect(at).toBe(storage.inputs.find(p => p.name === given)?.offset)
    }
  })

  test('control: without donation the outputs lie elsewhere', () => {
    const { storage } = scheduleProgram(program, { streams })
    expect(storage.outputs.find(p => p.name === 'params')?.offset).not.toBe(
      storage.inputs.find(p => p.name === 'params')?.offset,
    )
  })
})
