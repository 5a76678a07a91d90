import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { input, sequential } from '../../dsl/model.js'
import { adam, type Optimizer } from '../../dsl/optimizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyModel } from '../../dsl/types/model.js'
import type { Loss } from '../../dsl/types/training.js'
import { run } from '../../src/errors.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { train } from '../../src/train/fit.js'
import type { RunTarget } from '../../src/train/options.js'
import { leavesOf } from '../../src/train/weights.js'
import {
  camel,
  camelMetric,
  LOSSES,
  layerFor,
  type Numbers,
  near,
  OPTIMIZERS,
  options,
  type Spec,
  targets,
  tensorOfNumbers,
  treeOf,
  type Weights,
} from './keras-golden.js'

interface Case {
  readonly name: string
  readonly layers: readonly (Spec & { readonly name: string })[]
  readonly loss: Spec
  readonly optimizer: Spec
  readonly metrics: readonly string[]
  readonly weightedMetrics?: readonly string[]
  readonly classWeight?: Readonly<Record<number, number>>
  readonly fit: { readonly batch_size: number; readonly epochs: number; readonly validation_split?: number }
  readonly data: Readonly<Record<string, Numbers>>
  readonly weights: { readonly initial: Weights; readonly afterFirstEpoch: Weights; readonly final: Weights }
  readonly history: Readonly<Record<string, readonly number[]>>
  readonly evaluate: Readonly<Record<string, number>>
  readonly evaluateWeighted: Readonly<Record<string, number>> | null
  readonly predict: Numbers
}

const golden: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('../golden/keras/training.json', import.meta.url), 'utf8'),
)

const setup = (c: Case, target: RunTarget) => {
  const x = tensorOfNumbers(c.data.x as Numbers)
  const layers = c.layers.map(layerFor)
  const model: AnyModel = sequential(input(x.dims[1] as number), ...(layers as never[]))
  const loss = LOSSES[c.loss.class]?.(options(c.loss)) as Loss
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
    optimizer: OPTIMIZERS[c.optimizer.class]?.(options(c.optimizer)) as Optimizer,
    // Keras takes a batch larger than the data, and uses what there is; ours refuses one that is asked for
    batchSize: Math.min(c.fit.batch_size, c.data.x?.shape[0] ?? 1),
    epochs: c.fit.epochs,
    shuffle: false,
    verbose: 'silent' as const,
    target,
    initialWeights: treeOf(c.weights.initial),
    ...(c.fit.validation_split === undefined ? {} : { validationSplit: c.fit.validation_split }),
    ...(c.classWeight === undefined ? {} : { classWeight: c.classWeight }),
    ...(vx === undefined ? {} : { validationData: { x: vx, y: part('validationY', labels) as AnyTensor } }),
  }
  return { model, loss, watched, fitting, x, y, sampleWeight: part('sampleWeight') }
}

describe.each(targets)('Keras on the %s', target => {
  test.each(golden.cases.map(c => [c.name, c] as const))('%s', async (_, c) => {
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
    const c = golden.cases[0] as Case
    const { model, fitting, x, y } = setup(c, 'evaluator')
    const { history } = await train(
      model,
      { x, y },
      { ...fitting, optimizer: adam({ learningRate: 0.0101 }) },
    )
    expect(() => near(history.history.loss ?? [], c.history.loss ?? [], 'loss')).toThrow()
  })
})
