/** Means over many steps are exact far beyond f32: what an epoch or a million steps add up to loses no digits. */
import { describe, expect, test } from 'vitest'
import { dense } from '../../dsl/layers/dense.js'
import { input, sequential } from '../../dsl/model.js'
import { sgd } from '../../dsl/optimizers.js'
import { tensor } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { evaluate } from '../../src/train/evaluate.js'
import { compile, trainSteps } from '../../src/train/trainer.js'

const model = sequential(input(1), dense(1, { useBias: false }))
const weights = { layer0: { kernel: unwrap(tensor([1, 1], [1])) } }
const value = 0.8326
const x = unwrap(tensor([1, 1], [value]))
const y = unwrap(tensor([1, 1], [0]))
/** The loss of every step: a number of f32. */
const LOSS = Math.fround(Math.fround(value) ** 2)

describe.each(['wasm', 'js'] as const)('%s', target => {
  test.each([1e5, 1e6])('%s steps of one loss have that loss as their mean', async count => {
    const trainer = await run(
      compile(model, {
        loss: 'meanSquaredError',
        optimizer: sgd({ learningRate: 0 }),
        batchSize: 1,
        initialWeights: weights,
        metrics: ['accuracy'],
        target,
      }),
    )
    unwrap(trainSteps(trainer, { x, y }, count))
    const { loss = 0 } = trainer.scores()
    expect(Math.abs(loss - LOSS) / LOSS).toBeLessThan(1e-9)
  })

  test('evaluate, over many batches', async () => {
    const rows = 20_000
    const many = { x: new Float32Array(rows).fill(value), y: new Float32Array(rows) }
    const { loss = 0 } = await run(
      evaluate(model, weights, many, { loss: 'meanSquaredError', batchSize: 1, target }),
    )
    expect(Math.abs(loss - LOSS) / LOSS).toBeLessThan(1e-9)
  })
})

test('an infinite loss is an infinite mean, and not NaN', async () => {
  const huge = { layer0: { kernel: unwrap(tensor([1, 1], [3e38])) } }
  const data = { x: [[10], [0], [0]], y: [[0], [0], [0]] }
  const logs = await run(evaluate(model, huge, data, { loss: 'meanSquaredError', batchSize: 1 }))
  expect(logs).toEqual({ loss: Number.POSITIVE_INFINITY })
})

test('control: the same steps in f32 are off by more than 1e-4', () => {
  let sum = 0
  for (let i = 0; i < 1e5; i++) sum = Math.fround(sum + LOSS)
  expect(Math.abs(sum / 1e5 - LOSS) / LOSS).toBeGreaterThan(1e-4)
})
