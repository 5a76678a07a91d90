/**
 * Losses and metrics at their edges mean what Keras means: weights of each position, weights that are all zero, one name
 * for two metrics; and what has no meaning (values for each pair of samples, class weights of sequences, a smoothing of
 * more than everything) is refused in words.
 */
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { abs, mul, square, sub } from '../../dsl/graph/elementwise.js'
import { mean, sum } from '../../dsl/graph/reduce.js'
import { dense } from '../../dsl/layers/dense.js'
import { binaryCrossentropy, categoricalCrossentropy, customLoss } from '../../dsl/losses.js'
import { customMetric } from '../../dsl/metrics.js'
import { graphs, input, sequential } from '../../dsl/model.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { describeFault, Fault } from '../../runtime/fault.js'
import { tensorOf } from '../../src/data/tensor.js'
import { run } from '../../src/errors.js'
import { evaluate } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { logsOf } from '../../src/train/totals.js'

const f32 = (dims: readonly number[], elements: readonly number[]): AnyTensor =>
  tensorOf(dims, 'f32', Float32Array.from(elements))
const squares = customMetric('squares', (t, p) => mean(square(sub(t as never, p as never)), -1) as never)

const weights = { layer0: { kernel: f32([1, 1], [1]), bias: f32([1], [0]) } }
const steps = sequential(input([2, 1]), dense(1))
const one = sequential(input(1), dense(1))
const scores = (model: unknown, data: object, options: object) =>
  run(
    evaluate(
      model as never,
      weights as never,
      data as never,
      { loss: 'meanSquaredError', ...options } as never,
    ),
  )

describe('weights of each position', () => {
  // Keras 3.15.1: values [1, 4] times weights [1, 0], over the number of values; the metric over the sum of the weights.
  test('count for the loss and for weighted metrics', async () => {
    const data = { x: [[[1], [2]]], y: [[0, 0]], sampleWeight: [[1, 0]] }
    const logs = await scores(steps, data, { metrics: [squares], weightedMetrics: [squares] })
    expect(logs).toEqual({ loss: 0.5, squares: 2.5, weighted_squares: 1 })
  })

  test.prop([fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 6 })], { numRuns: 10 })(
    'are those of a customLoss that multiplies them in',
    async own => {
      const x = [0, 1, 2].map(row => [[row], [row * row]])
      const y = [0, 1, 2].map(row => [row / 2, 1])
      const sampleWeight = f32([3, 2], own)
      const { loss } = await scores(steps, { x, y, sampleWeight }, {})
      const values = own.map((w, i) => w * ((x.flat(2)[i] ?? 0) - (y.flat()[i] ?? 0)) ** 2)
      expect(loss).toBeCloseTo(values.reduce((a, b) => a + b) / 6, 5)
    },
  )

  test('train, beside held-out samples that have one for each sample', async () => {
    const data = { x: [[[1], [2]]], y: [[0, 0]], sampleWeight: [[1, 0]] }
    const validationData = { x: [[[1], [2]]], y: [[0, 0]], sampleWeight: [2] }
    const options = { loss: 'meanSquaredError', verbose: 'silent', optimizer: 'sgd', initialWeights: weights }
    const fitted = await run(fit(steps, data as never, { ...options, validationData } as never))
    // The gradient by the kernel is 2 · 1 · 1 / 2.
    expect((fitted.weights as typeof weights).layer0.kernel.data[0]).toBeCloseTo(1 - 0.01, 6)
    expect(fitted.history.history.loss).toEqual([0.5])
  })
})

describe('weights that are all zero', () => {
  test('give 0 for the loss and for weighted metrics, as in Keras', async () => {
    const data = { x: [[3], [1]], y: [1, 0], sampleWeight: [0, 0] }
    const logs = await scores(one, data, { weightedMetrics: [squares, 'binaryAccuracy'] })
    expect(logs).toEqual({ loss: 0, squares: 0, binaryAccuracy: 0 })
  })

  test('of one output of two', async () => {
    const layer = dense(1).as('layer0')
    const model = graphs({ a: input(1), b: input(1) }, ({ a, b }) => ({ p: layer(a), q: mul(b, 2) }))
    const data = {
      x: { a: [[3], [1]], b: [[1], [2]] },
      y: { p: [1, 0], q: [2, 2] },
      sampleWeight: { p: [0, 0], q: [1, 3] },
    }
    const logs = await scores(model, data, { weightedMetrics: [squares] })
    expect(logs).toEqual({ loss: 6, p_loss: 0, q_loss: 6, p_squares: 0, q_squares: 3 })
  })

  test('classes of weight 0', async () => {
    const options = { loss: 'binaryCrossentropy', classWeight: { 0: 0 }, weightedMetrics: ['accuracy'] }
    const data = { x: [[3], [1]], y: [0, 0] }
    const { history } = await run(fit(one, data as never, { ...options, verbose: 'silent' } as never))
    expect(history.history).toEqual({ loss: [0], accuracy: [0] })
  })

  test('control: the mean over nothing is 0, over something it is that', () => {
    expect(logsOf([6, 2, 0, 0, 3, 4], ['a', 'b'])).toEqual({ loss: 3, a: 0, b: 0.75 })
  })
})

describe('metrics of one name', () => {
  const data = { x: [[1], [2]], y: [0, 0], sampleWeight: [3, 1] }
  test('have the names that Keras gives them', async () => {
    const options = {
      metrics: [squares, squares, 'accuracy'],
      weightedMetrics: ['accuracy', squares, squares],
    }
    expect(await scores(one, data, options)).toEqual({
      loss: 3.5,
      squares: 2.5,
      squares_1: 2.5,
      accuracy: 0,
      weighted_accuracy: 0,
      weighted_squares: 1.75,
      weighted_squares_1: 1.75,
    })
  })

  test('a metric named loss does not take the place of the loss', async () => {
    const own = customMetric('loss', (t, p) => abs(sub(t as never, p as never)) as never)
    expect(await scores(one, data, { metrics: [own] })).toEqual({ loss: 3.5, loss_1: 1.5 })
  })
})

const sentenceOf = async (body: () => Promise<unknown>): Promise<string> => {
  try {
    await body()
  } catch (thrown) {
    return thrown instanceof Fault ? describeFault(thrown) : String(thrown)
  }
  throw new Error('it was accepted')
}

describe('refused in words', () => {
  const x = [[1], [2], [3], [4]]
  const flat = { x, y: [1, 2, 3, 4] }
  const losses: readonly (readonly [string, object, string])[] = [
    [
      'a loss that was broadcast',
      { loss: customLoss((t, p) => square(sub(t as never, sum(p as never, -1))) as never) },
      'customLoss: the values of targets [N, 1] and predictions [N, 1] are [N, N], expected one per sample, [N] [shape-mismatch]\n  try: one of two operands has lost an axis',
    ],
    [
      'a loss that is one number',
      { loss: customLoss((t, p) => mean(square(sub(t as never, p as never))) as never) },
      'are [], expected one per sample, [N] [shape-mismatch]\n  try: leave the first axis',
    ],
    [
      'a metric that is one number: its mean would not count the samples of a batch',
      { metrics: [customMetric('own', (t, p) => mean(abs(sub(t as never, p as never))) as never)] },
      'the metric own: the values of targets [N, 1] and predictions [N, 1] are [], expected one per sample',
    ],
    [
      'a metric that was broadcast',
      { metrics: [customMetric('own', (t, p) => sub(t as never, sum(p as never, -1)) as never)] },
      'the metric own: the values of targets [N, 1] and predictions [N, 1] are [N, N], expected one per sample',
    ],
  ]
  test.each(losses)('%s', async (_, options, sentence) => {
    expect(await sentenceOf(() => scores(one, flat, options))).toContain(sentence)
  })

  test('class weights of sequences', async () => {
    const model = sequential(input([3, 1]), dense(2, 'softmax'))
    const data = { x: [[[1], [2], [3]]], y: [[1, 1, 0]] }
    const options = { loss: 'sparseCategoricalCrossentropy', classWeight: { 0: 1, 1: 10 } }
    expect(await sentenceOf(() => run(fit(model, data as never, options as never)))).toContain(
      'fit: classWeight needs one class a row, but the targets are [1, 3] [bad-option]\n  try: pass sampleWeight instead, one for each position: [1, 3]',
    )
  })

  test.each([-0.1, 1.5, Number.NaN])('a label smoothing of %s', async labelSmoothing => {
    for (const loss of [binaryCrossentropy, categoricalCrossentropy])
      expect(await sentenceOf(async () => loss({ labelSmoothing }))).toContain(
        `labelSmoothing is ${labelSmoothing}, expected a number from 0 to 1`,
      )
  })

  test('weights of positions that the loss does not have', async () => {
    const whole = customLoss((t, p) => mean(square(sub(t as never, p as never)), [1, 2]) as never)
    const data = { x: [[[1], [2]]], y: [[0, 0]], sampleWeight: [[1, 0]] }
    expect(await sentenceOf(() => scores(steps, data, { loss: whole }))).toContain(
      'sampleWeight: the weights are [N, 2], but customLoss gives [N]',
    )
  })
})
