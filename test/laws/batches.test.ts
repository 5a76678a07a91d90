import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Target } from '../../compiler/compile.js'
import {
  averagePool2d,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool2d,
  input,
  layerNorm,
  maxPool2d,
  sequential,
} from '../../dsl/index.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { Feedable } from '../../dsl/types/training.js'
import { takeRows } from '../../src/data/rows.js'
import { run, unwrap } from '../../src/errors.js'
import { mismatch, model, tensor } from '../../src/testing/index.js'
import { predict } from '../../src/train/evaluate.js'
import { init } from '../../src/train/init.js'
import type { WeightTree } from '../../src/train/weights.js'

/*
 * The law: a row of a prediction has the same bits in a batch of any size. Sums are ordered by what a row is made of
 * (compiler/loop/contraction/order.ts), and an element is rounded alike wherever it lies.
 */

/**
 * Where the rows of `x` predicted one by one, or some at a time, or the `last` one alone, differ from the same rows
 * predicted together.
 */
const differs = async (
  of: Feedable,
  x: AnyTensor,
  target: Target = 'wasm',
  last = (x.dims[0] ?? 1) - 1,
): Promise<string | undefined> => {
  const weights = unwrap(init(of, { seed: 3 })) as WeightTree
  const rows = x.dims[0] ?? 0
  const predicted = (given: AnyTensor, batchSize?: number): Promise<AnyTensor> =>
    run(predict(of, weights, given, { target, ...(batchSize === undefined ? {} : { batchSize }) }))
  const together = await predicted(x)
  for (const size of [1, 2, 3, 5].filter(n => n < rows)) {
    const found = mismatch(await predicted(x, size), together)
    if (found !== undefined) return `${size} at a time: ${found}`
  }
  return mismatch(await predicted(takeRows(x, [last])), takeRows(together, [rows - 1]))
}

describe('a row has the same bits in a batch of any size', () => {
  test.prop([model({ maxBatch: 9, maxWidth: 30 })], { numRuns: 60 })(
    'in any model, on wasm',
    async ({ model: of, x }) => {
      expect(await differs(of, x)).toBeUndefined()
    },
  )

  test.prop([model({ maxBatch: 9 })], { numRuns: 20 })('in any model, on js', async ({ model: of, x }) => {
    expect(await differs(of, x, 'js')).toBeUndefined()
  })

  const widths: readonly (readonly [number, number])[] = [
    [3, 1],
    [4, 1],
    [7, 1],
    [16, 1],
    [97, 1],
    [784, 1],
    [15, 2],
    [16, 3],
    [200, 3],
    [784, 10],
    [130, 37],
    [1500, 9],
  ]
  for (const [wide, units] of widths) {
    const of = sequential(input(wide), dense(units, 'tanh'))
    test.prop([tensor([29, wide])], { numRuns: 2 })(`dense from ${wide} to ${units}`, async x => {
      expect(await differs(of, x)).toBeUndefined()
    })
  }

  const convolutional: readonly (readonly [string, readonly number[], Feedable])[] = [
    ['one feature', [6, 7, 3], sequential(input([6, 7, 3]), conv2d(1, 3), flatten(), dense(3, 'softmax'))],
    ['one pixel', [6, 7, 3], sequential(input([6, 7, 3]), conv2d(1, 1), globalAveragePool2d())],
    ['one row', [1, 9, 4], sequential(input([1, 9, 4]), conv2d(2, [1, 3]), flatten(), dense(2))],
    [
      'strides',
      [6, 7, 3],
      sequential(
        input([6, 7, 3]),
        conv2d(5, 3, { strides: 2, padding: 'same' }),
        maxPool2d(2),
        flatten(),
        dense(1),
      ),
    ],
    [
      'groups',
      [5, 5, 4],
      sequential(input([5, 5, 4]), conv2d(6, 3, { groups: 2, activation: 'elu' }), layerNorm()),
    ],
    [
      'depthwise',
      [6, 7, 3],
      sequential(input([6, 7, 3]), depthwiseConv2d(3, { padding: 'same' }), averagePool2d(2), flatten()),
    ],
  ]
  for (const [name, shape, of] of convolutional) {
    test.prop([tensor([7, ...shape])], { numRuns: 3 })(`convolutions: ${name}`, async x => {
      expect(await differs(of, x)).toBeUndefined()
    })
  }

  test('control: one row that is another is told', async () => {
    const of: Feedable = sequential(input(5), dense(4))
    const [x] = fc.sample(tensor([3, 5]), { numRuns: 1, seed: 2 })
    if (x === undefined) throw new Error('there is no sample')
    expect(await differs(of, x, 'wasm', 0)).toBeDefined()
  })
})
