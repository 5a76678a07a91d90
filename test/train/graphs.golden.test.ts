import { describe, expect, test } from 'vitest'
import { dense } from '../../dsl/layers/dense.js'
import { graphs, input } from '../../dsl/model.js'
import { concat } from '../../dsl/ops.js'
import { l2 } from '../../dsl/regularizers.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { run } from '../../src/errors.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { train } from '../../src/train/fit.js'
import type { RunTarget } from '../../src/train/options.js'
import { leavesOf } from '../../src/train/weights.js'
import {
  camel,
  goldenCases,
  lossFor,
  type Numbers,
  near,
  type Replayed,
  replaying,
  type Spec,
  targets,
  tensorOfNumbers,
  treeOf,
} from './keras-golden.js'

type ByName<T> = Readonly<Record<string, T>>

interface Case extends Replayed {
  readonly name: string
  readonly loss: Spec | ByName<Spec>
  readonly lossWeights?: ByName<number>
  readonly metrics: ByName<readonly string[]>
  readonly weightedMetrics?: ByName<readonly string[]>
  readonly data: {
    readonly x: ByName<Numbers>
    readonly y: ByName<Numbers>
    readonly sampleWeight?: Numbers | ByName<Numbers>
    readonly held?: { readonly x: ByName<Numbers>; readonly y: ByName<Numbers> }
  }
  readonly history: ByName<readonly number[]>
  readonly evaluate: ByName<number>
  readonly predict: ByName<Numbers>
}

const cases = goldenCases<Case>('graphs')

/** The model of test/oracles/graphs.py. */
const model = graphs({ img: input(4), meta: input(2) }, ({ img, meta }) => {
  const hidden = dense(5, { activation: 'tanh', kernelRegularizer: l2(0.01) }).as('hidden')
  const joined = concat(-1, hidden(img), meta)
  return { cls: dense(3, 'softmax').as('class')(joined), box: dense(2).as('place')(joined) }
})

const mapped = <A, B>(record: ByName<A>, f: (value: A, name: string) => B): ByName<B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]))

const isOne = (loss: Spec | ByName<Spec>): loss is Spec => typeof loss.class === 'string'

/** cls_categorical_accuracy -> cls_categoricalAccuracy. */
const named = (name: string): string => {
  const [, prefix = '', rest = ''] = /^((?:val_)?(?:cls_|box_)?)(.*)$/.exec(name) ?? []
  return prefix + camel(rest)
}

const weightFor = (given: Numbers | ByName<Numbers>) =>
  Array.isArray(given.data)
    ? tensorOfNumbers(given as Numbers)
    : mapped(given as ByName<Numbers>, numbers => tensorOfNumbers(numbers))

const setup = (c: Case, target: RunTarget) => {
  const loss = isOne(c.loss) ? lossFor(c.loss) : mapped(c.loss, lossFor)
  const isSparse = !isOne(c.loss) && c.loss.cls?.class.startsWith('Sparse') === true
  const samples = ({ x, y }: Pick<Case['data'], 'x' | 'y'>) => ({
    x: mapped(x, numbers => tensorOfNumbers(numbers)),
    y: mapped(y, (numbers, name) => tensorOfNumbers(numbers, isSparse && name === 'cls' ? 'i32' : 'f32')),
  })
  const { sampleWeight, held } = c.data
  const weight = sampleWeight === undefined ? {} : { sampleWeight: weightFor(sampleWeight) }
  const watched = {
    loss,
    metrics: mapped(c.metrics, names => names.map(camel)) as never,
    weightedMetrics: mapped(c.weightedMetrics ?? {}, names => names.map(camel)) as never,
    ...(c.lossWeights === undefined ? {} : { lossWeights: c.lossWeights }),
    batchSize: c.fit.batch_size,
    target,
  }
  const fitting = {
    ...watched,
    ...replaying(c),
    ...(held === undefined ? {} : { validationData: samples(held) }),
  }
  return { data: { ...samples(c.data), ...weight }, watched, fitting }
}

describe.each(targets)('Keras on the %s', target => {
  test.each(cases.map(c => [c.name, c] as const))('%s', async (_, c) => {
    const { data, watched, fitting } = setup(c, target)
    const { weights, history } = await train(model, data, fitting)

    expect(Object.keys(history.history).sort()).toEqual(Object.keys(c.history).map(named).sort())
    for (const [name, want] of Object.entries(c.history)) near(history.history[named(name)] ?? [], want, name)

    const learned = new Map(leavesOf(weights))
    for (const [name, want] of leavesOf(treeOf(c.weights.final)))
      near(learned.get(name)?.data ?? [], want.data, name)

    const scores: Readonly<Record<string, number>> = await run(
      evaluate(model, weights as never, data as never, watched as never),
    )
    expect(Object.keys(scores).sort()).toEqual(Object.keys(c.evaluate).map(named).sort())
    for (const [name, want] of Object.entries(c.evaluate))
      near([scores[named(name)] ?? Number.NaN], [want], name)

    const sizes = { batchSize: c.fit.batch_size, target }
    const answer = await run(predict(model, weights as never, data.x as never, sizes))
    for (const [name, want] of Object.entries(c.predict))
      near((answer as ByName<AnyTensor>)[name]?.data ?? [], want.data, name)
  })
})

describe('control', () => {
  test.each([
    ['another loss weight', { lossWeights: { cls: 0.5, box: 2.01 } }],
    ['weights of the outputs exchanged', { lossWeights: { cls: 2, box: 0.5 } }],
  ])('%s is noticed', async (_, change) => {
    const c = cases[1] as Case
    const { data, fitting } = setup(c, 'evaluator')
    const { history } = await train(model, data, { ...fitting, ...change })
    expect(() => near(history.history.loss ?? [], c.history.loss ?? [], 'loss')).toThrow()
  })
})
