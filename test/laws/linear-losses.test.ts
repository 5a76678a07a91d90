// Promises that random models with convolutions train as the evaluator does on losses linear in their output, and that
// models with second derivatives of the whole model and several outputs do.
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { run } from '../../src/errors.js'
import { checkTargets, model } from '../../src/testing/index.js'
import { critic, linear } from './linear-losses.js'

const small = { maxLayers: 3, maxDepth: 1, maxWidth: 8, maxRank: 3 }

describe('every random model, with a loss linear in its output', () => {
  test.prop([model(small)], { numRuns: 15 })('trains as by the evaluator', async ({ model: of, x }) => {
    await run(checkTargets(of, { batch: x.dims[0] ?? 1, loss: linear, optimizer: 'sgd', targets: ['wasm'] }))
  })

  // a batch normalization inside a derivative has no place for its moving averages
  const stateless = model(small).filter(({ source }) => !/batchNorm/.test(source))

  test.prop([stateless], { numRuns: 8 })(
    'trains as by the evaluator where the loss holds its gradient',
    async sample => {
      const options = { batch: 3, loss: linear, optimizer: 'sgd', targets: ['wasm'] } as const
      await run(checkTargets(critic(sample), options))
    },
  )

  test('has layers that look through windows', () => {
    const drawn = fc.sample(model(small), { numRuns: 100, seed: 1 }).map(({ source }) => source)
    for (const layer of ['conv2d', 'depthwiseConv2d', 'maxPool2d', 'averagePool2d'])
      expect(drawn.filter(source => source.includes(`${layer}(`)).length).toBeGreaterThan(5)
  })
})
