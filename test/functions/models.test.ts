/**
 * A model is a function: applied to nodes for its weights it gives what `predict` gives, and in training what a layer
 * does in training; it is a layer of other models; and weights that are not its own are refused in words.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { grad, valueAndGrad } from '../../dsl/functional.js'
import { dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm } from '../../dsl/layers/normalization.js'
import { seq } from '../../dsl/layers/seq.js'
import { graph, graphs, input, sequential } from '../../dsl/model.js'
import { add, concat, mean, mul, square, sub, sum } from '../../dsl/ops.js'
import { sgd } from '../../dsl/optimizers.js'
import type { Sym, Tensor } from '../../dsl/types/layer.js'
import type { WeightsOf } from '../../dsl/types/model.js'
import type { NodesOf } from '../../dsl/types/trees.js'
import { tensor } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { jit } from '../../src/functions.js'
import { predict } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/init.js'

const rows = (n: number, width: number) =>
  Float32Array.from({ length: n * width }, (_, i) => Math.sin(3 * i + 1))
const x = unwrap(tensor([6, 3], rows(6, 3)))
const y = unwrap(tensor([6, 2], rows(6, 2)))

const model = sequential(input(3), dense(4, 'tanh'), batchNorm(), dense(2).as('head'))
type Weights = NodesOf<WeightsOf<typeof model>>
const weights = unwrap(init(model, { seed: 3 }))

const leftOf = async (
  task: () => Promise<E.Either<{ readonly code: string; readonly message: string }, unknown>>,
) => {
  const result = await task()
  return E.isLeft(result) ? `${result.left.code}: ${result.left.message}` : 'right'
}

describe('apply', () => {
  test('gives what predict gives', async () => {
    const applied = await run(jit((w: Weights, v: Sym<['N', 3]>) => model.apply(w, v))(weights, x))
    expectTypeOf(applied).toEqualTypeOf<Tensor<['N', 2]>>()
    const { data } = await run(predict(model, weights, x))
    expect([...applied.data]).toEqual([...data])
  })

  test('in training it moves the state on and adds penalties; the gradient is that of fit', async () => {
    const regular = sequential(input(3), batchNorm(), dense(2, { kernelRegularizer: 'l2' }))
    const start = unwrap(init(regular))
    type W = NodesOf<WeightsOf<typeof regular>>
    const loss = (w: W, a: Sym<['N', 3]>, b: Sym<['N', 2]>) => {
      const { output, weights: moved, penalty } = regular.apply(w, a, { training: true })
      return [add(mean(square(sub(output, b))), penalty), moved] as const
    }
    const { value, grad: slopes } = await run(jit(valueAndGrad(loss))(start, x, y))
    const rate = 0.5
    const fitted = await run(
      fit(
        regular,
        { x, y },
        {
          loss: 'meanSquaredError',
          optimizer: sgd({ learningRate: rate }),
          batchSize: 6,
          shuffle: false,
          initialWeights: start,
          verbose: 'silent',
        },
      ),
    )
    const close = (a: Tensor<[number]> | Tensor<[3]>, b: typeof a) =>
      a.data.forEach((v, i) => void expect(v).toBeCloseTo(b.data[i] ?? Number.NaN, 5))
    const [lossValue, moved] = value
    expect(lossValue.data[0]).toBeCloseTo(fitted.history.history.loss?.[0] ?? Number.NaN, 5)
    close(moved.layer0.movingMean, fitted.weights.layer0.movingMean)
    close(moved.layer0.movingVariance, fitted.weights.layer0.movingVariance)
    const stepped = start.layer1.kernel.data.map(
      (v, i) => v - rate * (slopes.layer1.kernel.data[i] ?? Number.NaN),
    )
    fitted.weights.layer1.kernel.data.forEach(
      (v, i) => void expect(v).toBeCloseTo(stepped[i] ?? Number.NaN, 5),
    )
    expect([...slopes.layer0.movingMean.data]).toEqual([0, 0, 0])
  })

  test('dropout draws from the key, and asks for one', async () => {
    const dropping = sequential(input(8), dropout(0.5))
    const ones = unwrap(tensor([2, 8], new Float32Array(16).fill(1)))
    const drawn = jit(
      (v: Sym<['N', 8]>, key: Sym<[2]>) => dropping.apply({}, v, { training: true, key }).output,
    )
    const key = (n: number) => unwrap(tensor([2], [0, n], 'u32'))
    const [a, b, again] = [
      await run(drawn(ones, key(1))),
      await run(drawn(ones, key(2))),
      await run(drawn(ones, key(1))),
    ]
    expect(new Set([...a.data, ...b.data])).toEqual(new Set([0, 2]))
    expect(a.data).toEqual(again.data)
    expect(a.data).not.toEqual(b.data)
    expect(
      await leftOf(jit((v: Sym<['N', 8]>) => dropping.apply({}, v, { training: true }).output)(ones)),
    ).toBe('missing-key: apply: a layer of the model draws random numbers in training, and there is no key')
  })

  test('a model of several inputs and outputs takes and gives them by name', async () => {
    const pair = graphs({ a: input(3), b: input(2) }, ({ a, b }) => {
      const joined = concat(-1, dense(4).as('h')(a), b)
      return { sum: sum(joined, [-1]), head: dense(2).as('head')(joined) }
    })
    const w = unwrap(init(pair))
    const applied = jit((v: NodesOf<typeof w>, a: Sym<['N', 3]>, b: Sym<['N', 2]>) => pair.apply(v, { a, b }))
    const found = await run(applied(w, x, y))
    expectTypeOf(found.head).toEqualTypeOf<Tensor<['N', 2]>>()
    const want = await run(predict(pair, w, { a: x, b: y }))
    expect([...found.head.data, ...found.sum.data]).toEqual([...want.head.data, ...want.sum.data])
  })

  test('two sets of weights in one function: each has its own gradient', async () => {
    const distance = (w: { readonly a: Weights; readonly b: Weights }, v: Sym<['N', 3]>) =>
      mean(square(sub(model.apply(w.a, v), model.apply(w.b, v))))
    const other = unwrap(init(model, { seed: 4 }))
    const same = await run(jit(grad(distance))({ a: weights, b: weights }, x))
    expect([...same.a.head.kernel.data].every(v => v === 0)).toBe(true)
    const { a, b } = await run(jit(grad(distance))({ a: weights, b: other }, x))
    expect(a.head.bias.data[0]).toBeCloseTo(-(b.head.bias.data[0] ?? Number.NaN), 6)
    expect(a.head.kernel.data).not.toEqual(b.head.kernel.data)
  })

  test('refuses in words what are not its weights, and other shapes', async () => {
    const untyped = (w: unknown, v: unknown) =>
      jit((p: Sym<[3]>) => mul(p, (model.apply as (...args: unknown[]) => Sym<[]>)(w, v)))
    const v = unwrap(tensor([3], [1, 2, 3]))
    const leaf = sum as unknown
    expect(await leftOf(untyped({}, leaf)(v))).toMatch(
      /^not-a-node: apply: an operand is a layer or a function/,
    )
    const { head, ...rest } = weights
    const apply = model.apply as (w: unknown, v: unknown) => Sym<[]>
    const of = (w: unknown) => leftOf(jit(apply as (w: Sym<[]>, v: Sym<[6, 3]>) => Sym<[]>)(w as never, x))
    expect(await of(rest)).toBe(
      'wrong-weights: apply: these are not the weights of this model: head.kernel is missing, the model needs [4, 2]',
    )
    expect(await of({ ...rest, head: { ...head, kernel: head.bias } })).toBe(
      'wrong-weights: apply: these are not the weights of this model: head.kernel is [2], the model needs [4, 2]',
    )
    expect(await of({ ...weights, more: head })).toBe(
      'wrong-weights: apply: these are not the weights of this model: more.kernel has no place in the model',
    )
    expect(await leftOf(jit(apply as (w: Sym<[]>, v: Sym<[6, 2]>) => Sym<[]>)(weights as never, y))).toBe(
      'shape-mismatch: apply: expected [N, 3], received [6, 2] (3 vs 2)',
    )
  })
})

describe('a model as a layer', () => {
  const encoder = sequential(input(3), dense(4, 'tanh'), dense(2))
  const decoder = graph(input(2), z => add(dense(3).as('out')(z), sum(z, [-1], { keepdims: true })))

  test('in sequential, with the weights that the types say', async () => {
    const auto = sequential(input(3), encoder.as('encoder'), decoder)
    expectTypeOf(auto.out).toEqualTypeOf<['N', 3]>()
    expectTypeOf<keyof WeightsOf<typeof auto>>().toEqualTypeOf<'encoder' | 'layer1'>()
    const w = unwrap(init(auto))
    expectTypeOf(w.encoder.layer0.kernel).toEqualTypeOf<Tensor<[3, 4]>>()
    expect(w.encoder.layer1.bias.dims).toEqual([2])
    expect(w.layer1.out.kernel.dims).toEqual([2, 3])
    const whole = await run(predict(auto, w, x))
    const code = await run(predict(encoder, w.encoder, x))
    expect([...(await run(predict(decoder, w.layer1, code))).data]).toEqual([...whole.data])
  })

  test('in seq, and in graph under a name; used twice it shares its weights', async () => {
    const shared = decoder.as('shared')
    const twin = graphs({ a: input(2), b: input(2) }, ({ a, b }) => ({ distance: sub(shared(a), shared(b)) }))
    expectTypeOf<WeightsOf<typeof twin>['shared']['out']['kernel']>().toEqualTypeOf<Tensor<[2, 3]>>()
    const w = unwrap(init(twin))
    expect(Object.keys(w)).toEqual(['shared'])
    const { distance } = await run(predict(twin, w, { a: y, b: y }))
    expect([...distance.data].every(v => v === 0)).toBe(true)
    const block = seq(encoder, decoder.as('back'))
    const nested = sequential(input(3), block.as('block'))
    expect(Object.keys(unwrap(init(nested)).block)).toEqual(['layer0', 'back'])
  })

  test('trained as a part, its state and its gradient are its own', async () => {
    const stately = sequential(input(3), batchNorm(), dense(2)).as('inner')
    const outer = graph(input(3), v => mul(stately(v), 2))
    const { weights: w } = await run(
      fit(outer, { x, y }, { loss: 'meanSquaredError', epochs: 2, verbose: 'silent' }),
    )
    expect([...w.inner.layer0.movingMean.data].every(v => v !== 0)).toBe(true)
  })

  test('what does not fit is refused in the words of the types', () => {
    // @ts-expect-error "model: expected [N, 2], received [N, 4] (2 vs 4)"
    const wrong = sequential(input(3), dense(4), decoder)
    expect(() => wrong.out).toThrow('model: expected [N, 2], received [N, 4] (2 vs 4)')
    // @ts-expect-error "model: a model needs a name inside a graph, e.g. model.as('encoder')"
    const nameless = graph(input(2), z => decoder(z))
    expect(nameless.in).toEqual(['N', 2])
  })
})
