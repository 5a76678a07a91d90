/** Names of losses, metrics and optimizers: each other name means what the types say, at run time too. */
import { describe, expect, test } from 'vitest'
import { findLoss } from '../../dsl/losses.js'
import { findMetric } from '../../dsl/metrics.js'
import { findOptimizer } from '../../dsl/optimizers.js'
import { lossNames, metricNames, optimizerNames } from '../../dsl/types/names.js'
import { dense, fit, input, run, sequential, tensor, unwrap } from '../../src/index.js'

const pairs = (table: Readonly<Record<string, readonly string[]>>): readonly (readonly [string, string])[] =>
  Object.entries(table).flatMap(([name, others]) => [name, ...others].map(other => [other, name] as const))

describe('every name of a table is found', () => {
  test.each(pairs(lossNames))('loss %s is %s', (name, meant) => {
    expect(findLoss(name).kind).toBe(meant)
  })
  test.each(pairs(metricNames))('metric %s keeps its name in the history', name => {
    expect(findMetric(name as 'mse').name).toBe(name)
  })
  test.each(pairs(optimizerNames))('optimizer %s is %s', (name, meant) => {
    expect(findOptimizer(name).kind).toBe(findOptimizer(meant).kind)
  })
})

test.each(['toString', '__proto__', 'constructor', 'Mse', ''])('control: %s is no name', name => {
  expect(() => findLoss(name)).toThrow('is not a loss')
  expect(() => findMetric(name as 'mse')).toThrow('is not a metric')
  expect(() => findOptimizer(name)).toThrow('is not an optimizer')
})

test('errors are reported as metrics, and are the mean over all samples', async () => {
  const model = sequential(input(1), dense(1, { kernelInitializer: 'zeros' }))
  const x = unwrap(tensor([4, 1], [1, 2, 3, 4]))
  const y = unwrap(tensor([4, 1], [1, 2, 3, 6]))
  const { history } = await run(
    fit(
      model,
      { x, y },
      {
        loss: 'mse',
        optimizer: 'SGD',
        batchSize: 4,
        metrics: ['mae', 'meanSquaredError'],
        verbose: 'silent',
      },
    ),
  )
  expect(history.history.mae?.[0]).toBeCloseTo(3, 6)
  expect(history.history.meanSquaredError?.[0]).toBeCloseTo(12.5, 6)
  expect(history.history.loss?.[0]).toBeCloseTo(12.5, 6)
})
