/**
 * Optimizers outside of `fit`: a loop of one's own on a tree of weights takes the steps that `fit` takes, with clipping,
 * decay and a rate that changes; trees that do not belong together are refused.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { valueAndGrad } from '../../dsl/functional.js'
import { dense } from '../../dsl/layers/dense.js'
import { input, sequential } from '../../dsl/model.js'
import { mean, mul, square, sub } from '../../dsl/ops.js'
import { adam, adamW, type Optimizer, rmsprop, sgd } from '../../dsl/optimizers.js'
import type { Sym, Tensor } from '../../dsl/types/layer.js'
import type { WeightsOf } from '../../dsl/types/model.js'
import type { NodesOf, OptimizerState } from '../../dsl/types/trees.js'
import { tensor } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { jit } from '../../src/functions.js'
import { learningRateSchedule } from '../../src/train/callbacks.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/init.js'

const model = sequential(input(3), dense(4, 'tanh'), dense(2))
type W = NodesOf<WeightsOf<typeof model>>
const numbers = (n: number, scale: number) =>
  Float32Array.from({ length: n }, (_, i) => scale * Math.sin(3 * i + 1))
const x = unwrap(tensor([6, 3], numbers(18, 2)))
const y = unwrap(tensor([6, 2], numbers(12, 3)))
const start = unwrap(init(model, { seed: 3 }))
const loss = (w: W, a: Sym<['N', 3]>, b: Sym<['N', 2]>) => mean(square(sub(model.apply(w, a), b)))

const stepOf = (optimizer: Optimizer) =>
  jit((w: W, state: OptimizerState<W>, a: Sym<['N', 3]>, b: Sym<['N', 2]>) => {
    const { value, grad } = valueAndGrad(loss)(w, a, b)
    return { loss: value, ...optimizer.update(grad, state, w) }
  })

/** The weights after some steps in a loop of one's own; the rate of each is the first one times `factor`. */
const looped = async (optimizer: Optimizer, factor: (step: number) => number = () => 1) => {
  const step = await run(stepOf(optimizer).compile(start, optimizer.init(start), x, y))
  let weights = start as Parameters<typeof step>[0]
  let state: Parameters<typeof step>[1] = optimizer.init(start)
  for (let i = 0; i < 5; i++) {
    const learningRate = unwrap(tensor([], [optimizer.learningRate * factor(i)]))
    ;({ weights, state } = unwrap(step(weights, { ...state, learningRate }, x, y)))
  }
  return weights
}

const kernelsOf = (
  w: { readonly [K in 'layer0' | 'layer1']: { readonly kernel: { readonly data: ArrayLike<number> } } },
) => [w.layer0.kernel, w.layer1.kernel].flatMap(({ data }) => Array.from(data))

const fitted = async (optimizer: Optimizer, factor: (step: number) => number = () => 1) => {
  const { weights } = await run(
    fit(
      model,
      { x, y },
      {
        loss: 'meanSquaredError',
        optimizer,
        epochs: 5,
        batchSize: 6,
        shuffle: false,
        initialWeights: start,
        callbacks: [learningRateSchedule(epoch => optimizer.learningRate * factor(epoch))],
        verbose: 'silent',
      },
    ),
  )
  return weights
}

const worst = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN))))

describe('a loop of one’s own takes the steps of fit', () => {
  test.each<readonly [string, Optimizer]>([
    ['sgd', sgd({ learningRate: 0.1 })],
    ['sgd with momentum', sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
    ['rmsprop, centered', rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 })],
    ['adam', adam({ learningRate: 0.02 })],
    ['adam, amsgrad', adam({ learningRate: 0.02, amsgrad: true })],
    ['adamW', adamW({ learningRate: 0.05, weightDecay: 0.1 })],
    ['clipnorm', sgd({ learningRate: 0.5, clipnorm: 0.1 })],
    ['clipvalue', sgd({ learningRate: 0.5, clipvalue: 0.05 })],
    ['globalClipnorm', sgd({ learningRate: 0.5, globalClipnorm: 0.2 })],
  ])('%s', async (_, optimizer) => {
    expect(worst(kernelsOf(await looped(optimizer)), kernelsOf(await fitted(optimizer)))).toBeLessThan(1e-6)
  })

  test('with a schedule', async () => {
    const factor = (i: number) => 1 / (1 + i)
    const [own, fits] = [
      await looped(adam({ learningRate: 0.1 }), factor),
      await fitted(adam({ learningRate: 0.1 }), factor),
    ]
    expect(worst(kernelsOf(own), kernelsOf(fits))).toBeLessThan(1e-6)
  })

  test('control: another rate gives other weights', async () => {
    const [own, fits] = [await looped(sgd({ learningRate: 0.1 })), await fitted(sgd({ learningRate: 0.11 }))]
    expect(worst(kernelsOf(own), kernelsOf(fits))).toBeGreaterThan(1e-4)
  })
})

describe('the state', () => {
  test('is of tensors for tensors, of nodes for nodes, typed', async () => {
    const state = adam({ learningRate: 0.25 }).init(start)
    expectTypeOf(state.learningRate).toEqualTypeOf<Tensor<[]>>()
    expect(Object.keys(state.slots)).toEqual(['momentum', 'velocity'])
    expect(state.slots.momentum?.layer0.kernel).toMatchObject({ dims: [3, 4], dtype: 'f32' })
    expect([...state.learningRate.data, ...state.iterations.data]).toEqual([0.25, 0])
    const once = jit((w: Sym<[2]>) => {
      const optimizer = sgd({ learningRate: 1, momentum: 0.5 })
      return optimizer.update(mul(w, 0.5), optimizer.init(w), w)
    })
    const { weights, state: after } = await run(once(unwrap(tensor([2], [2, 4]))))
    expectTypeOf(weights).toEqualTypeOf<Tensor<[2]>>()
    expect([...weights.data, ...after.iterations.data]).toEqual([1, 2, 1])
  })

  test('of other weights is refused in words', async () => {
    const optimizer = sgd()
    type Pair = { readonly a: Sym<[2]>; readonly b: Sym<[2]> }
    // @ts-expect-error: the gradients have no b
    const lacking = jit((w: Pair) => optimizer.update({ a: w.a }, optimizer.init(w), w))
    const v = unwrap(tensor([2], [2, 4]))
    const left = await lacking({ a: v, b: v })()
    expect(E.isLeft(left) && left.left.message).toBe('update: the gradients: b is missing')
    // @ts-expect-error: the gradient of b is of another shape
    const bent = jit((w: Pair) => optimizer.update({ a: w.a, b: mean(w.b) }, optimizer.init(w), w))
    const other = await bent({ a: v, b: v })()
    expect(E.isLeft(other) && other.left.message).toBe(
      'update: the gradients: received f32[] for a value f32[2]',
    )
    expect(() => optimizer.init({})).toThrow('init: there are no weights')
    expect(() => optimizer.init({ a: 'text' })).toThrow(
      'init: the weights at a: received text, expected a tensor or a node',
    )
  })
})
