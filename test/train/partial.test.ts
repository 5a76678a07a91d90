/**
 * A trainer takes fewer rows than it was compiled for, exactly: steps over the rows of an epoch, the last batch with what
 * is left, are those of `fit` to the bit, on every target, and the scores weigh each batch by its rows.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { batchNorm, dense, dropout, input, sequential } from '../../dsl/index.js'
import { adam } from '../../dsl/optimizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { tensor } from '../../src/data/tensor.js'
import { take } from '../../src/data/tools.js'
import { run, unwrap } from '../../src/errors.js'
import { fit } from '../../src/train/fit.js'
import { compile, trainStep } from '../../src/train/trainer.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

const numbers = (n: number, scale: number) =>
  Float32Array.from({ length: n }, (_, i) => scale * Math.sin(3 * i + 1))
const x = unwrap(tensor([19, 3], numbers(57, 1)))
const y = unwrap(tensor([19, 2], numbers(38, 2)))
const make = () => sequential(input(3), dense(5, 'tanh'), batchNorm(), dropout(0.25), dense(2))
const shared = { loss: 'meanSquaredError', metrics: ['accuracy'], batchSize: 8, seed: 7 } as const

const bits = (weights: object) =>
  leavesOf(weights as WeightTree).map(([name, { data }]: readonly [string, AnyTensor]) => [name, [...data]])

const rowsOf = (from: number, to: number) => ({ x: unwrap(take(x, from, to)), y: unwrap(take(y, from, to)) })

describe('fewer rows than the batch', () => {
  test.each([{ target: 'wasm' }, { target: 'js' }, { target: 'wasm', threads: 2 }] as const)(
    'two epochs of 8, 8 and 3 rows are those of fit: %o',
    async options => {
      const optimizer = adam({ learningRate: 0.05 })
      const fitted = await run(
        fit(
          make(),
          { x, y },
          { ...shared, ...options, optimizer, epochs: 2, shuffle: false, verbose: 'silent' },
        ),
      )
      const trainer = await run(compile(make(), { ...shared, ...options, optimizer }))
      for (let epoch = 0; epoch < 2; epoch++) {
        trainer.reset()
        for (const [from, to] of [
          [0, 8],
          [8, 16],
          [16, 19],
        ] as const)
          unwrap(trainStep(trainer, rowsOf(from, to)))
        expect(trainer.scores()).toEqual({
          loss: fitted.history.history.loss?.[epoch],
          accuracy: fitted.history.history.accuracy?.[epoch],
        })
      }
      expect(bits(trainer.weights())).toEqual(bits(fitted.weights))
    },
  )

  test('control: rows that are left out make other weights', async () => {
    const steps = async (last: number) => {
      const trainer = await run(compile(make(), shared))
      for (const [from, to] of [
        [0, 8],
        [8, last],
      ] as const)
        unwrap(trainStep(trainer, rowsOf(from, to)))
      return bits(trainer.weights())
    }
    expect(await steps(12)).not.toEqual(await steps(13))
  })

  test('more rows are refused in words', async () => {
    const trainer = await run(compile(make(), shared))
    const left = trainStep(trainer, rowsOf(0, 9))
    expect(E.isLeft(left) && [left.left.code, left.left.message, left.left.suggestion]).toEqual([
      'wrong-batch',
      'trainStep: the batch has 9 rows, the trainer was compiled for at most 8',
      'pass smaller batches, or compile with batchSize: 9',
    ])
  })
})
