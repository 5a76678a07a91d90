/**
 * The laws hold for layers of one's own: a derivative that is wrong by the weights or by the data is found, a customVjp
 * only lacks forward mode, and a layer whose type lies about its shape is refused.
 */
import { describe, expect, test } from 'vitest'
import { type AnyNode, typed } from '../../dsl/graph/node.js'
import {
  add,
  customVjp,
  dense,
  input,
  layer,
  mul,
  type Sym,
  sequential,
  square,
  type Tensor,
} from '../../dsl/index.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { Unnamed, Weightless } from '../../dsl/types/layer.js'
import { run } from '../../src/errors.js'
import { checkGradients, checkLayer, checkModel } from '../../src/testing/index.js'

interface Kept extends Weightless {
  readonly kind: 'kept'
  readonly '~out': this['~in']
}

/** x², whose derivative by x is said to be `factor` x. */
const squared = (factor: number) => {
  const f = customVjp((x: Sym<Shape>) => square(x), {
    forward: x => ({ output: square(x), residuals: [x] }),
    backward: ([x], bar) => [typed(mul(mul(typed<Sym<[]>>(bar), typed<Sym<[]>>(x)), factor))],
  })
  return layer<Kept>({ kind: 'kept', apply: (_, x) => typed<AnyNode>(f(typed(x))) })
}

describe('a derivative of one’s own', () => {
  test('that is right passes, without forward mode', async () => {
    const results = await run(checkModel(sequential(input(3), dense(2, 'tanh'), squared(2))))
    expect(results.filter(({ law }) => law === 'gradients').map(({ what }) => what)).toEqual(['reverse mode'])
  })

  test('that is wrong by the weights is found, and by the data alone too', async () => {
    await expect(run(checkGradients(sequential(input(3), dense(2, 'tanh'), squared(3.5))))).rejects.toThrow(
      'reverse mode',
    )
    // at the input, nothing that is trained lies behind it
    await expect(run(checkGradients(sequential(input(3), squared(3.5), dense(2))))).rejects.toThrow(
      'reverse mode',
    )
    await run(checkGradients(sequential(input(3), squared(2), dense(2))))
  })
})

interface Doubled extends Unnamed {
  readonly kind: 'doubled'
  readonly '~out': this['~in']
  readonly '~params': { readonly by: Tensor<[4]> }
  readonly '~weights': { readonly by: Tensor<[4]> }
}

describe('checkLayer', () => {
  const doubled = layer<Doubled>({
    kind: 'doubled',
    weights: () => ({ by: { shape: [4], initializer: 'ones' } }),
    apply: ({ by }, x) => add(typed<Sym<[4]>>(x), typed<Sym<[4]>>(by)),
  })

  test('holds all laws for layers', async () => {
    expect(new Set((await run(checkLayer(doubled, { in: [4], out: [4] }))).map(({ law }) => law))).toEqual(
      new Set(['passes', 'targets', 'gradients']),
    )
    await run(checkLayer(dense(3, 'tanh'), { in: [5, 4], out: [5, 3] }))
  })

  test('refuses a layer whose type says another shape than it gives', async () => {
    interface Lying extends Weightless {
      readonly kind: 'lying'
      readonly '~out': ['N', 3]
    }
    const lying = layer<Lying>({ kind: 'lying', apply: (_, x) => typed<AnyNode>(square(typed<Sym<[4]>>(x))) })
    await expect(run(checkLayer(lying, { in: [4], out: [3] }))).rejects.toThrow(
      'checkLayer: the output of lying: expected [N, 3], received [N, 4] (3 vs 4)',
    )
    // @ts-expect-error: its type says [3]
    await run(checkLayer(lying, { in: [4], out: [4] }))
  })

  test('refuses in words what does not take the input', async () => {
    // @ts-expect-error "dense: expected last dimension 5, received 4"
    const wrong = checkLayer(dense(3, { in: 5 }), { in: [4], out: [3] })
    await expect(run(wrong)).rejects.toThrow('dense: expected last dimension 5, received 4')
  })
})
