import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { dense, input, sequential } from '../../dsl/index.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { tensor } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { mismatch, model } from '../../src/testing/index.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { init } from '../../src/train/init.js'
import { predictor } from '../../src/train/predictor.js'
import type { WeightTree } from '../../src/train/weights.js'

describe('a predictor', () => {
  test.prop([model({ maxBatch: 9, maxWidth: 30 }), fc.integer({ min: 1, max: 4 }), fc.boolean()], {
    numRuns: 40,
  })(
    'has the bits of predict, in place as well, and by weights that it is given later',
    async ({ model: of, x }, batchSize, later) => {
      const weights = unwrap(init(of, { seed: 3 })) as WeightTree
      const wanted: AnyTensor = await run(predict(of, weights, x))
      const first = later ? (unwrap(init(of, { seed: 4 })) as WeightTree) : weights
      const ready = await run(predictor(of, first, { batchSize }))
      if (later) unwrap(ready.setWeights(weights))
      const inPlace = await run(ready.inPlace(x))
      expect(mismatch(unwrap(ready(x)), wanted)).toBeUndefined()
      inPlace.run()
      expect(mismatch(inPlace.outputs, wanted)).toBeUndefined()
    },
  )

  const net = sequential(input(40), dense(50, 'relu'), dense(3))
  const rows = unwrap(
    tensor(
      [20, 40],
      Float32Array.from({ length: 800 }, (_, i) => Math.sin(i)),
    ),
  )

  test('keeps its answers where the new weights are not its own', async () => {
    const [weights, other] = [unwrap(init(net)), unwrap(init(net, { seed: 1 }))]
    const ready = await run(predictor(net, weights, { batchSize: 8 }))
    const before = unwrap(ready(rows))
    const { layer0, layer1 } = other
    const half = { layer0: { ...layer0, bias: layer1.bias }, layer1 }
    // @ts-expect-error: the bias of layer0 is [50]
    const refused = ready.setWeights(half)
    expect(refused).toMatchObject({
      left: { code: 'wrong-weights', message: 'setWeights: the weights are not the weights of this model' },
    })
    expect(unwrap(ready(rows))).toEqual(before)
    unwrap(ready.setWeights(other))
    expect(unwrap(ready(rows))).not.toEqual(before)
    unwrap(ready.setWeights(weights))
    expect(unwrap(ready(rows))).toEqual(before)
  })

  test.prop([fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), fc.nat(799)], {
    numRuns: 20,
  })('refuses what is not finite, and says where', async (bad, place) => {
    const ready = await run(predictor(net, unwrap(init(net)), { batchSize: 8 }))
    const spoiled = unwrap(tensor([20, 40], rows.data.map((x, i) => (i === place ? bad : x)) as Float32Array))
    const answer = ready(spoiled)
    expect(answer._tag === 'Left' ? `${answer.left.code}: ${answer.left.message}` : 'an answer').toMatch(
      new RegExp(`^non-finite-data: .* in row ${Math.floor(place / 40)}, at`),
    )
    // control: the same data unspoiled is answered
    expect(ready(rows)._tag).toBe('Right')
  })

  test('the weights of a call before are forgotten by predict and evaluate', async () => {
    const [one, two] = [1, 2].map(seed => unwrap(init(net, { seed })))
    if (one === undefined || two === undefined) throw new Error('there are no weights')
    const y = unwrap(tensor([20, 3], new Float32Array(60)))
    const measured = async (weights: typeof one): Promise<readonly unknown[]> => [
      (await run(predict(net, weights, rows))).data,
      await run(evaluate(net, weights, { x: rows, y }, { loss: 'meanSquaredError' })),
    ]
    const first = await measured(one)
    const second = await measured(two)
    expect(second).not.toEqual(first)
    expect(await measured(one)).toEqual(first)
    expect(unwrap((await run(predictor(net, two)))(rows)).data).toEqual(second[0])
  })
})
