import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
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
import { adam, adamW, type Optimizer, rmsprop, sgd } from '../../dsl/optimizers.js'
import { l1, l1l2, l2 } from '../../dsl/regularizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { Loss } from '../../dsl/types/training.js'
import { tensorOf } from '../../src/data/tensor.js'
import type { RunTarget } from '../../src/train/options.js'
import type { WeightTree } from '../../src/train/weights.js'

export type Spec = Readonly<Record<string, unknown>> & { readonly class: string }
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
export type Weights = Readonly<Record<string, Numbers>>
/** snake_case to camelCase, as densor spells Keras's names. */
export const camel = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())

/** The arguments of a spec as options, without its class and name. */
export const options = ({ class: _class, name: _name, ...rest }: Spec): Readonly<Record<string, unknown>> =>
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

export const layerFor = (spec: Spec & { readonly name: string }) => {
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

export const lossFor = (spec: Spec): Loss => LOSSES[spec.class]?.(options(spec)) as Loss

/** What a replay of either kind says of a training. */
export interface Replayed {
  readonly optimizer: Spec
  readonly fit: { readonly batch_size: number; readonly epochs: number; readonly validation_split?: number }
  readonly weights: { readonly initial: Weights; readonly final: Weights }
}

/** fit's options that do not depend on the kind of model: Keras's order of rows, and its first weights. */
export const replaying = ({ optimizer, fit, weights }: Replayed) => ({
  optimizer: OPTIMIZERS[optimizer.class]?.(options(optimizer)) as Optimizer,
  epochs: fit.epochs,
  shuffle: false,
  verbose: 'silent' as const,
  initialWeights: treeOf(weights.initial),
  ...(fit.validation_split === undefined ? {} : { validationSplit: fit.validation_split }),
})

/** The contents of a golden file. */
export const goldenCases = <Case>(file: string): readonly Case[] =>
  JSON.parse(readFileSync(new URL(`../golden/keras/${file}.json`, import.meta.url), 'utf8')).cases

export const tensorOfNumbers = ({ shape, data }: Numbers, dtype: 'f32' | 'i32' = 'f32'): AnyTensor =>
  tensorOf(shape, dtype, dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data))

/** Keras's weights under densor's names. */
export const treeOf = (weights: Weights): WeightTree => {
  const tree: Record<string, Record<string, AnyTensor>> = {}
  for (const [path, numbers] of Object.entries(weights)) {
    const [layer = '', name = ''] = path.split('/')
    tree[layer] = { ...tree[layer], [camel(name)]: tensorOfNumbers(numbers) }
  }
  return tree
}

export const near = (
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  what: string,
  tolerance = 2e-5,
): void => {
  expect(got.length, what).toBe(want.length)
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs((got[i] ?? Number.NaN) - (want[i] ?? 0)) / Math.max(1, Math.abs(want[i] ?? 0))
    expect(error, `${what} [${i}]: ${got[i]} against ${want[i]}`).toBeLessThan(tolerance)
  }
}

export const targets = (process.env.DENSOR_TEST_TARGETS ?? 'evaluator,wasm').split(
  ',',
) as readonly RunTarget[]

/** val_categorical_accuracy -> val_categoricalAccuracy. */
export const camelMetric = (name: string): string =>
  name.startsWith('val_') ? `val_${camel(name.slice(4))}` : camel(name)
