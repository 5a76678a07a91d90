import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { maxNorm, unitNorm } from '../../dsl/constraints.js'
import { activation } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../../dsl/losses.js'
import { input, sequential } from '../../dsl/model.js'
import { adam, adamW, type Optimizer, rmsprop, sgd } from '../../dsl/optimizers.js'
import { l1, l1l2, l2 } from '../../dsl/regularizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { AnyModel } from '../../dsl/types/model.js'
import type { Loss } from '../../dsl/types/training.js'
import { tensorOf } from '../../src/data/tensor.js'
import { run } from '../../src/errors.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { train } from '../../src/train/fit.js'
import type { RunTarget } from '../../src/train/options.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

type Spec = Readonly<Record<string, unknown>> & { readonly class: string }
interface Numbers {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
type Weights = Readonly<Record<string, Numbers>>
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

/** snake_case to camelCase, as densor spells Keras's names. */
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())

/** The arguments of a spec as options, without its class and name. */
const options = ({ class: _class, name: _name, ...rest }: Spec): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(rest).flatMap(([k, v]) => (v === null ? [] : [[camel(k), valueFor(v)]])))

const isSpec = (value: unknown): value is Spec =>
  typeof value === 'object' && value !== null && 'class' in value

const valueFor = (value: unknown): unknown => {
  if (!isSpec(value)) return value
  const given = options(value)
  const makers: Readonly<Record<string, () => unknown>> = {
    L1: () => l1(given.l1 as number),
    L2: () => l2(given.l2 as number),
    L1L2: () => l1l2(given),
    MaxNorm: () => maxNorm(given),
    UnitNorm: () => unitNorm(given),
  }
  return makers[value.class]?.()
}

const layerFor = (spec: Spec & { readonly name: string }) => {
  const { units, activation: named, ...given } = options(spec)
  const layers: Readonly<Record<string, () => { as: (name: string) => unknown }>> = {
    Dense: () => dense(units as 1, (named === undefined ? given : { ...given, activation: named }) as never),
    BatchNormalization: () => batchNorm(given),
    LayerNormalization: () => layerNorm(given),
    Activation: () => activation(named as never),
  }
  return layers[spec.class]?.().as(spec.name)
}

const LOSSES: Readonly<Record<string, (given: object) => Loss>> = {
  CategoricalCrossentropy: categoricalCrossentropy,
  SparseCategoricalCrossentropy: sparseCategoricalCrossentropy,
  BinaryCrossentropy: binaryCrossentropy,
  MeanSquaredError: () => meanSquaredError(),
  MeanAbsoluteError: () => meanAbsoluteError(),
}

const OPTIMIZERS: Readonly<Record<string, (given: object) => Optimizer>> = {
  SGD: sgd,
  RMSprop: rmsprop,
  Adam: adam,
  AdamW: adamW,
}

const tensorOfNumbers = ({ shape, data }: Numbers, dtype: 'f32' | 'i32' = 'f32'): AnyTensor =>
  tensorOf(shape, dtype, dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data))

/** Keras's weights under densor's names. */
const treeOf = (weights: Weights): WeightTree => {
  const tree: Record<string, Record<string, AnyTensor>> = {}
  for (const [path, numbers] of Object.entries(weights)) {
    const [layer = '', name = ''] = path.split('/')
    tree[layer] = { ...tree[layer], [camel(name)]: tensorOfNumbers(numbers) }
  }
  return tree
}

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
    batchSize: c.fit.batch_size,
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

const near = (got: ArrayLike<number>, want: ArrayLike<number>, what: string, tolerance = 2e-5): void => {
  expect(got.length, what).toBe(want.length)
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs((got[i] ?? Number.NaN) - (want[i] ?? 0)) / Math.max(1, Math.abs(want[i] ?? 0))
    expect(error, `${what} [${i}]: ${got[i]} against ${want[i]}`).toBeLessThan(tolerance)
  }
}

const targets = (process.env.DENSOR_TEST_TARGETS ?? 'evaluator,wasm').split(',') as readonly RunTarget[]

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

/** val_categorical_accuracy -> val_categoricalAccuracy. */
const camelMetric = (name: string): string =>
  name.startsWith('val_') ? `val_${camel(name.slice(4))}` : camel(name)

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
