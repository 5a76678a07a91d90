import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type Callback,
  type Control,
  earlyStopping,
  learningRateSchedule,
  reduceOnPlateau,
  type Snapshot,
} from '../../src/train/callbacks.js'

interface Case {
  readonly options: Readonly<Record<string, string | number | boolean>>
  readonly values: readonly number[]
  readonly lastEpoch: number
  readonly restored: number | null
  readonly rates: readonly number[]
}

const golden: { readonly earlyStopping: readonly Case[]; readonly reduceOnPlateau: readonly Case[] } =
  JSON.parse(readFileSync(new URL('../golden/keras/callbacks.json', import.meta.url), 'utf8'))

const NAMES: Readonly<Record<string, string>> = { min_lr: 'minRate' }
const camel = (name: string): string =>
  NAMES[name] ?? name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())
const optionsOf = ({ options }: Case): object => ({
  mode: 'min',
  ...Object.fromEntries(Object.entries(options).map(([k, v]) => [camel(k), v])),
})

/** Weights that are the number of the epoch, and a learning rate: what callbacks may touch. */
const follow = (callback: Callback, values: readonly number[]) => {
  let now = 0
  let restored: number | null = null
  let stopped = false
  const rates: number[] = []
  const control: Control = {
    learningRate: Math.fround(0.1),
    stop: () => {
      stopped = true
    },
    snapshot: (): Snapshot => ({ params: Float32Array.of(now), state: new Float32Array(0) }),
    weights: () => ({}),
    restore: ({ params }) => {
      restored = params[0] ?? null
    },
  }
  callback.onTrainBegin?.(control)
  for (const [epoch, value] of values.entries()) {
    now = epoch
    callback.onEpochBegin?.(epoch, control)
    callback.onEpochEnd?.(epoch, { val_loss: value }, control)
    rates.push(control.learningRate)
    if (stopped) break
  }
  callback.onTrainEnd?.(control)
  return { lastEpoch: now, restored, rates }
}

describe('earlyStopping as Keras', () => {
  test.each(golden.earlyStopping.map(c => [JSON.stringify(c.options), c] as const))('%s', (_, c) => {
    const { lastEpoch, restored } = follow(earlyStopping(optionsOf(c)), c.values)
    expect({ lastEpoch, restored }).toEqual({ lastEpoch: c.lastEpoch, restored: c.restored })
  })

  test('control: another patience is noticed', () => {
    const differs = golden.earlyStopping.filter(c => {
      const patience = Number(c.options.patience ?? 0) + 1
      return follow(earlyStopping({ ...optionsOf(c), patience }), c.values).lastEpoch !== c.lastEpoch
    })
    expect(differs.length).toBeGreaterThan(5)
  })

  test('a callback can be used for two trainings', () => {
    const callback = earlyStopping({ patience: 1, restoreBestWeights: true })
    const values = [1, 2, 3, 4]
    expect(follow(callback, values)).toEqual(follow(callback, values))
  })

  test('a number that nobody reports is a fault with a remedy', () => {
    expect(() => follow(earlyStopping({ monitor: 'val_accuracy' }), [1])).toThrow(
      "earlyStopping watches 'val_accuracy', which this training does not report",
    )
    expect(() => earlyStopping({ monitor: 'surprise' })).toThrow('it is not known whether')
  })

  test('the direction of one output’s numbers is known', () => {
    for (const monitor of ['val_box_loss', 'box_loss', 'cls_accuracy', 'val_cls_categoricalAccuracy'])
      expect(() => earlyStopping({ monitor })).not.toThrow()
    expect(() => earlyStopping({ monitor: 'val_cls_lossy' })).toThrow('it is not known whether')
  })
})

describe('reduceOnPlateau as Keras', () => {
  test.each(golden.reduceOnPlateau.map(c => [JSON.stringify(c.options), c] as const))('%s', (_, c) => {
    const { rates } = follow(reduceOnPlateau(optionsOf(c)), c.values)
    for (const [i, rate] of c.rates.entries()) expect(rates[i]).toBeCloseTo(rate, 7)
  })

  test('control: the rates do change', () => {
    expect(golden.reduceOnPlateau.some(c => new Set(c.rates).size > 2)).toBe(true)
  })
})

describe('learningRateSchedule', () => {
  test('sets the rate at the start of each epoch', () => {
    const { rates } = follow(
      learningRateSchedule((epoch, rate) => (epoch === 0 ? 0.5 : rate / 2)),
      [0, 0, 0],
    )
    expect(rates).toEqual([0.5, 0.25, 0.125])
  })

  test('refuses what is no rate', () => {
    expect(() =>
      follow(
        learningRateSchedule(() => Number.NaN),
        [0],
      ),
    ).toThrow('learningRateSchedule: the rate for epoch 0 is NaN, expected a number of at least 0')
  })
})
