import { describe, expect, test } from 'vitest'
import { clipped, decayed } from '../../dsl/clipping.js'
import { constrain } from '../../dsl/constraints.js'
import { slice } from '../../dsl/graph/arrange.js'
import type { Node } from '../../dsl/graph/node.js'
import { accuracyFor, binaryAccuracy, contribution, findMetric, type Metric } from '../../dsl/metrics.js'
import { penaltyOf } from '../../dsl/regularizers.js'
import {
  camel,
  camelKeys,
  compute,
  computeOne,
  expectClose,
  golden,
  pullBack,
  type Spec,
  type Tensor,
} from './golden.js'
import { constraintOf, optimizerOf, regularizerOf } from './keras-specs.js'

describe('regularizers are those of Keras', () => {
  interface Case {
    readonly regularizer: Spec
    readonly smooth: boolean
    readonly weight: Tensor
    readonly penalty: number
    readonly gradient: Tensor
  }
  const { cases } = golden<{ readonly cases: readonly Case[] }>('regularizers')

  test.each(cases.map(c => ({ ...c, title: JSON.stringify(c.regularizer) })))(
    '$title on [$weight.shape]',
    c => {
      const penalty = (x: Node) => penaltyOf(regularizerOf(c.regularizer), x)
      expectClose(
        computeOne(x => penalty(x as Node), [c.weight]),
        c.penalty,
      )
      if (!c.smooth) return
      const back = pullBack(x => penalty(x as Node))
      expectClose(computeOne(back, [c.weight, { shape: [], data: [1] }]), c.gradient)
    },
  )
})

describe('constraints are those of Keras', () => {
  interface Case {
    readonly constraint: Spec
    readonly weight: Tensor
    readonly constrained: Tensor
  }
  const { cases } = golden<{ readonly cases: readonly Case[] }>('constraints')

  test.each(cases.map(c => ({ ...c, title: JSON.stringify(c.constraint) })))(
    '$title on [$weight.shape]',
    c => {
      expectClose(
        computeOne(x => constrain(constraintOf(c.constraint), x as Node), [c.weight]),
        c.constrained,
      )
    },
  )
})

describe('metrics are those of Keras', () => {
  interface Case {
    readonly name: string
    readonly metric: string
    readonly options: Readonly<Record<string, unknown>>
    readonly yTrue: Tensor
    readonly yPred: Tensor
    readonly sampleWeight: Tensor | null
    readonly batches: readonly number[]
    readonly resultAfterBatch: readonly number[]
  }
  interface Resolution {
    readonly yTrue: readonly number[]
    readonly yPred: readonly number[]
    readonly accuracy: string
  }
  const { cases, resolution } = golden<{
    readonly cases: readonly Case[]
    readonly resolution: readonly Resolution[]
  }>('metrics')

  const metricOf = ({ metric, options }: Case): Metric => {
    if (metric === 'BinaryAccuracy') return binaryAccuracy(camelKeys(options))
    return metric === 'CategoricalAccuracy'
      ? findMetric('categoricalAccuracy')
      : findMetric('sparseCategoricalAccuracy')
  }

  const rows = ({ shape, data }: Tensor, from: number, count: number): Tensor => {
    const size = data.length / (shape[0] ?? 1)
    return { shape: [count, ...shape.slice(1)], data: data.slice(from * size, (from + count) * size) }
  }

  // densor's "accuracy" is Keras's "accuracy": it resolves to one of three, never to plain equality.
  test.each(cases.filter(c => c.metric !== 'Accuracy'))('$metric, $name, weights $sampleWeight', c => {
    const metric = metricOf(c)
    const dtype = c.metric.startsWith('Sparse') ? ('i32' as const) : ('f32' as const)
    let [sum, count, from] = [0, 0, 0]
    for (const [i, size] of c.batches.entries()) {
      const weights = c.sampleWeight === null ? [] : [rows(c.sampleWeight, from, size)]
      const inputs = [
        { ...rows(c.yTrue, from, size), dtype },
        rows(c.yPred, from, size),
        ...weights.map(w => ({ shape: [size], data: w.data })),
      ]
      const [s, n] = compute((t, y, w) => {
        const [total, number] = contribution(metric.values(t as Node, y as Node), w)
        return { total, number }
      }, inputs)
      sum += s?.data[0] ?? Number.NaN
      count += n?.data[0] ?? Number.NaN
      from += size
      expectClose({ shape: [], data: [sum / count] }, c.resultAfterBatch[i] ?? Number.NaN)
    }
  })

  test.each(resolution)('accuracy of $yTrue and $yPred is $accuracy', ({ yTrue, yPred, accuracy }) => {
    expect(accuracyFor(yTrue, yPred).name).toBe(`${accuracy[0]?.toLowerCase()}${accuracy.slice(1)}`)
  })
})

describe('optimizers are those of Keras', () => {
  interface Case {
    readonly optimizer: Spec
    readonly afterStep: readonly (readonly Tensor[])[]
  }
  const { variables, gradients, cases } = golden<{
    readonly variables: readonly Tensor[]
    readonly gradients: readonly (readonly Tensor[])[]
    readonly cases: readonly Case[]
  }>('optimizers')

  const flat = (tensors: readonly Tensor[]): Tensor => {
    const data = tensors.flatMap(t => t.data)
    return { shape: [data.length], data }
  }
  const sizes = variables.map(v => v.data.length)

  /** The weights after each step, flat. */
  const run = (spec: Spec): readonly Tensor[] => {
    const optimizer = optimizerOf(spec)
    const zeros: Tensor = { shape: [9], data: new Array<number>(9).fill(0) }
    let vectors: readonly Tensor[] = [flat(variables), ...optimizer.slots.map(() => zeros)]
    return gradients.map((gradient, i) => {
      const scalars = [i + 1, optimizer.learningRate].map((x): Tensor => ({ shape: [], data: [x] }))
      vectors = compute(
        (step, rate, grads, params, ...slots) => {
          const pieces = sizes.map((size, k) =>
            slice(grads as Node, 0, k === 0 ? 0 : 6, k === 0 ? size : 6 + size),
          )
          const next = optimizer.step({
            params: decayed(optimizer, params as Node, rate as Node),
            grads: clipped(optimizer, pieces),
            slots,
            step: step as Node,
            rate: rate as Node,
          })
          return Object.fromEntries([next.params, ...next.slots].map((node, k) => [`v${k}`, node]))
        },
        [...scalars, flat(gradient), ...vectors],
      )
      return vectors[0] ?? zeros
    })
  }

  test.each(cases.map(c => ({ ...c, title: JSON.stringify(c.optimizer) })))('$title', c => {
    const steps = run(c.optimizer)
    for (const [i, after] of c.afterStep.entries())
      expectClose(steps[i] ?? flat([]), flat(after), { relative: 3e-6 })
  })

  test('control: epsilon after the bias correction is not Keras', () => {
    const [first, other] = [run({ class: 'Adam' }), run({ class: 'Adam', epsilon: 1e-8 })]
    expect(() => expectClose(first[0] ?? flat([]), other[0] ?? flat([]))).toThrow()
  })

  test('only one kind of clipping', () => {
    expect(() => optimizerOf({ class: 'SGD', clipnorm: 1, clipvalue: 1 })).toThrow(/only one of/)
  })

  test('names with an underscore become camelCase', () => expect(camel('beta_1')).toBe('beta1'))
})
