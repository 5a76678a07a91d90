/** A training that goes on where another ended is the same, to the bit, as one that never ended. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  batchNorm,
  decodeTraining,
  dense,
  dropout,
  encodeTraining,
  encodeWeights,
  fit,
  input,
  learningRateSchedule,
  loadTraining,
  type OptimizerName,
  saveTraining,
  sequential,
  tensor,
  unwrap,
} from '../../src/index.js'

const model = sequential(input(3), dense(4, 'tanh'), batchNorm(), dropout(0.2), dense(1))
const x = unwrap(
  tensor(
    [20, 3],
    Float32Array.from({ length: 60 }, (_, i) => Math.sin(3 * i)),
  ),
)
const y = unwrap(
  tensor(
    [20, 1],
    Float32Array.from({ length: 20 }, (_, i) => Math.cos(i)),
  ),
)
const options = (optimizer: OptimizerName, epochs: number) =>
  ({ loss: 'meanSquaredError', optimizer, epochs, batchSize: 8, seed: 7, verbose: 'silent' }) as const

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor training '))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('5 epochs and 5 more', () => {
  test.each(['adam', 'sgd', 'rmsprop', 'adamW'] as const)('are 10: %s', async optimizer => {
    const whole = await fit(model, { x, y }, options(optimizer, 10))
    const first = await fit(model, { x, y }, options(optimizer, 5))
    const path = join(folder, `${optimizer}.safetensors`)
    await saveTraining(path, first.training)
    const { seed: _, ...rest } = options(optimizer, 5)
    const second = await fit(model, { x, y }, { ...rest, resume: await loadTraining(path) })
    expect(second.weights).toEqual(whole.weights)
    expect(second.training).toEqual(whole.training)
    expect(second.history.epoch).toEqual([5, 6, 7, 8, 9])
    expect([...(first.history.history.loss ?? []), ...(second.history.history.loss ?? [])]).toEqual(
      whole.history.history.loss,
    )
  })

  test('control: with the weights alone they are not', async () => {
    const whole = await fit(model, { x, y }, options('adam', 10))
    const { weights } = await fit(model, { x, y }, options('adam', 5))
    const second = await fit(model, { x, y }, { ...options('adam', 5), initialWeights: weights })
    expect(second.weights).not.toEqual(whole.weights)
  })

  test('a rate that a callback has set stays', async () => {
    const slower = learningRateSchedule((epoch, rate) => (epoch === 1 ? rate / 2 : rate))
    const whole = await fit(model, { x, y }, { ...options('sgd', 4), callbacks: [slower] })
    const first = await fit(model, { x, y }, { ...options('sgd', 2), callbacks: [slower] })
    const second = await fit(
      model,
      { x, y },
      { ...options('sgd', 2), callbacks: [slower], resume: first.training },
    )
    expect(second.weights).toEqual(whole.weights)
  })
})

describe('what is not such a training', () => {
  const codeOf = async (extra: object, other: typeof model = model) => {
    const result = await fit(other, { x, y }, { ...options('adam', 1), ...extra })()
    return result._tag === 'Left' ? result.left.code : 'accepted'
  }

  test('another model, another optimizer, both kinds of start, and other values are refused', async () => {
    const { training, weights } = await fit(model, { x, y }, options('adam', 1))
    const wider = sequential(input(3), dense(5, 'tanh'), batchNorm(), dropout(0.2), dense(1))
    expect(await codeOf({ resume: training }, wider as never)).toBe('wrong-training')
    expect(await codeOf({ resume: training, optimizer: 'sgd' })).toBe('wrong-training')
    expect(await codeOf({ resume: training, initialWeights: weights })).toBe('bad-option')
    for (const resume of [5, null, {}, weights, 'x']) expect(await codeOf({ resume })).toBe('bad-option')
    expect(await codeOf({ resume: JSON.parse(JSON.stringify(training)) })).toBe('wrong-training')
    expect(await codeOf({ resume: training })).toBe('accepted')
  })

  test('a file of weights is not one', async () => {
    const { weights, training } = await fit(model, { x, y }, options('adam', 1))
    const read = decodeTraining(unwrap(encodeWeights(weights)))
    expect(read._tag === 'Left' && read.left.suggestion).toBe(
      'read weights with loadWeights or decodeWeights',
    )
    expect(encodeTraining(undefined as never)._tag).toBe('Left')
    expect(unwrap(decodeTraining(unwrap(encodeTraining(training))))).toEqual(training)
  })
})
