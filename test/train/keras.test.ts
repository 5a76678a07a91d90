import { describe, expect, test } from 'vitest'
import { input, sequential } from '../../dsl/model.js'
import { adam } from '../../dsl/optimizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyModel } from '../../dsl/types/model.js'
import { run } from '../../src/errors.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { train } from '../../src/train/fit.js'
import type { RunTarget } from '../../src/train/options.js'
import { leavesOf } from '../../src/train/weights.js'
import {
  camel,
  camelMetric,
  goldenCases,
  layerFor,
  lossFor,
  type Numbers,
  near,
  type Replayed,
  replaying,
  type Spec,
  targets,
  tensorOfNumbers,
  treeOf,
  type Weights,
} from './keras-golden.js'

interface Case extends Replayed {
  readonly name: string
  readonly layers: readonly (Spec & { readonly name: string })[]
  readonly loss: Spec
  readonly metrics: readonly string[]
  readonly weightedMetrics?: readonly string[]
  readonly classWeight?: Readonly<Record<number, number>>
  readonly data: Readonly<Record<string, Numbers>>
  readonly weights: { readonly initial: Weights; readonly afterFirstEpoch: Weights; readonly final: Weights }
  readonly history: Readonly<Record<string, readonly number[]>>
  readonly evaluate: Readonly<Record<string, number>>
  readonly evaluateWeighted: Readonly<Record<string, number>> | null
  readonly predict: Numbers
}

const cases = goldenCases<Case>('training')

const setup = (c: Case, target: RunTarget) => {
  const x = tensorOfNumbers(c.data.x as Numbers)
  const layers = c.layers.map(layerFor)
  const model: AnyModel = sequential(input(x.dims[1] as number), ...(layers as never[]))
  const loss = lossFor(c.loss)
  const labels = c.loss.class.startsWith('Sparse') ? 'i32' : 'f32'
  const part = (name: string, dtype: 'f32' | 'i32' = 'f32') =>
    c.data[name] === undefined ? undefined : tensorOfNumbers(c.data[name], dtype)
  const y = part('y', labels) as AnyTensor
  const vx = part('validationX')
  const watched = {
    metrics: c.metrics.map(camel) as never[],
    weightedMetrics: (c.weightedMetrics ?? []).map(camel) as never[],
  }
  const fitting = {
    loss,
    ...watched,
    ...replaying(c),
    // Keras takes a batch larger than the data, and uses what there is; ours refuses one that is asked for
    batchSize: Math.min(c.fit.batch_size, c.data.x?.shape[0] ?? 1),
    target,
    ...(c.classWeight === undefined ? {} : { classWeight: c.classWeight }),
    ...(vx === undefined
      ? {}
      : {
          validationData: {
            x: vx,
            y: part('validationY', labels) as AnyTensor,
            sampleWeight: part('validationWeight'),
          },
        }),
  }
  return { model, loss, watched, fitting, x, y, sampleWeight: part('sampleWeight') }
}

describe.each(targets)('Keras on the %s', target => {
  test.each(cases.map(c => [c.name, c] as const))('%s', async (_, c) => {
    const { model, loss, watched, fitting, x, y, sampleWeight } = setup(c, target)
    const trained = await train(model, { x, y, sampleWeight }, fitting)

    const names = Object.keys(trained.history.history).sort()
    expect(names).toEqual(Object.keys(c.history).map(camelMetric).sort())
    for (const [name, want] of Object.entries(c.history))
      near(trained.history.history[camelMetric(name)] ?? [], want, name)

    const learned = new Map(leavesOf(trained.weights))
    for (const [name, want] of leavesOf(treeOf(c.weights.final)))
      near(learned.get(name)?.data ?? [], want.data, name)

    const weights = trained.weights as never
    const sizes = { batchSize: c.fit.batch_size, target }
    const score = (w: AnyTensor | undefined) =>
      run(
        evaluate(model, weights, { x, y, ...(w === undefined ? {} : { sampleWeight: w }) } as never, {
          ...watched,
          ...sizes,
          loss,
        }),
      )
    const plain = await score(undefined)
    for (const [name, want] of Object.entries(c.evaluate))
      near([plain[camelMetric(name)] ?? Number.NaN], [want], name)
    const weighted = await score(sampleWeight)
    for (const [name, want] of Object.entries(c.evaluateWeighted ?? {}))
      near([weighted[camelMetric(name)] ?? Number.NaN], [want], `weighted ${name}`)

    near((await run(predict(model, weights, x as never, sizes))).data, c.predict.data, 'predict')
  })
})

describe('control', () => {
  test('another learning rate is noticed', async () => {
    const c = cases[0] as Case
    const { model, fitting, x, y } = setup(c, 'evaluator')
    const { history } = await train(
      model,
      { x, y },
      { ...fitting, optimizer: adam({ learningRate: 0.0101 }) },
    )
    expect(() => near(history.history.loss ?? [], c.history.loss ?? [], 'loss')).toThrow()
  })
})
