import { describe, expect, test } from 'vitest'
import { sub } from '../../dsl/graph/elementwise.js'
import type { Node } from '../../dsl/graph/node.js'
import { type LossValue, reduceLoss } from '../../dsl/losses.js'
import { computeOne, expectClose, golden, pullBack, type Tensor } from './golden.js'
import { lossOf } from './keras-specs.js'

interface Reduced {
  readonly sum_over_batch_size: number
}
interface Case {
  readonly name: string
  readonly loss: string
  readonly options: Readonly<Record<string, unknown>>
  readonly smooth: boolean
  readonly yTrue: Tensor
  readonly yPred: Tensor
  readonly perSample: Tensor
  readonly reduced: Reduced
  readonly gradient: Tensor
  readonly weighted: { readonly sampleWeight: Tensor; readonly reduced: Reduced; readonly gradient: Tensor }
}

const { cases } = golden<{ readonly cases: readonly Case[] }>('losses')

const inputsOf = ({ loss, yTrue, yPred }: Case) =>
  [{ ...yTrue, dtype: loss.startsWith('Sparse') ? ('i32' as const) : ('f32' as const) }, yPred] as const

/** densor takes one weight a sample: [batch]. */
const weightOf = (c: Case): Tensor => {
  const { data } = c.weighted.sampleWeight
  return { shape: [data.length], data }
}

/** The mean loss as a function of the predictions alone. */
const byPrediction =
  (loss: LossValue, yTrue: Node, weights?: Node) =>
  (yPred: Node): Node =>
    reduceLoss(loss.values(yTrue, yPred), weights)

const one: Tensor = { shape: [], data: [1] }

// log(1e-7) and its neighbours are 4e-7 apart for each rounding of the probability near 1.
const tolerance = { absolute: 2e-6, relative: 2e-5 }

describe('losses are those of Keras', () => {
  test.each(cases)('$loss, $name', c => {
    const loss = lossOf({ ...c.options, class: c.loss })
    const values = computeOne((t, y) => loss.values(t as Node, y as Node), inputsOf(c))
    expectClose(values, c.perSample, tolerance)
    const reduced = computeOne((t, y) => reduceLoss(loss.values(t as Node, y as Node)), inputsOf(c))
    expectClose(reduced, c.reduced.sum_over_batch_size, tolerance)
    const weighted = computeOne(
      (t, y, w) => reduceLoss(loss.values(t as Node, y as Node), w),
      [...inputsOf(c), weightOf(c)],
    )
    expectClose(weighted, c.weighted.reduced.sum_over_batch_size, tolerance)
  })

  test.each(cases.filter(c => c.smooth))('gradient of $loss, $name', c => {
    const loss = lossOf({ ...c.options, class: c.loss })
    const plain = computeOne(
      (t, y, bar) =>
        pullBack(byPrediction(loss, t as Node) as (...xs: readonly Node[]) => Node)(y as Node, bar as Node),
      [...inputsOf(c), one],
    )
    expectClose(plain, c.gradient, tolerance)
    const weighted = computeOne(
      (t, y, w, bar) =>
        pullBack(byPrediction(loss, t as Node, w) as (...xs: readonly Node[]) => Node)(
          y as Node,
          bar as Node,
        ),
      [...inputsOf(c), weightOf(c), one],
    )
    expectClose(weighted, c.weighted.gradient, tolerance)
  })

  test('control: a loss without the clip differs', () => {
    const [c] = cases.filter(x => x.name === 'probabilities of exactly 0 and 1')
    if (c === undefined) throw new Error('no case')
    const values = computeOne((t, y) => sub(t as Node, y as Node), inputsOf(c))
    expect(() => expectClose(values, c.perSample)).toThrow()
  })
})
