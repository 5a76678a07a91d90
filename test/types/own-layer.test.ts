/**
 * A layer of one's own is one interface and one constructor: typed, checked and shaped like densor's own
 * layers.
 */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { dense } from '../../dsl/layers/dense.js'
import { layer } from '../../dsl/layers/layer.js'
import { residual } from '../../dsl/layers/residual.js'
import { graph, input, sequential } from '../../dsl/model.js'
import { concat, mul } from '../../dsl/ops.js'
import type { Dim, LastDim, NormalDim, Shape, ShapeError } from '../../dsl/types/dims.js'
import type { Stateless, Tensor, Weightless } from '../../dsl/types/layer.js'
import type { DenseParams } from '../../dsl/types/layers.js'
import type { WeightsOf } from '../../dsl/types/model.js'
import type { RankOneOrMore } from '../../dsl/types/wording.js'

// ---- a layer with a weight: one factor for each channel

interface GainParams<Channels extends Dim> {
  readonly factor: Tensor<[Channels]>
}

interface Gain extends Stateless {
  readonly kind: 'gain'
  readonly '~out': this['~in']
  readonly '~params': GainParams<LastDim<this['~in']>>
}

const gain = (): Gain =>
  layer<Gain>({
    kind: 'gain',
    weights: shape => ({ factor: { shape: [Number(shape.at(-1))], initializer: 'ones' } }),
    apply: (weights, x) => mul(weights.factor, x),
  })

// ---- a layer that changes the shape: its input, and its input times a number, side by side

type TwiceOut<S> = S extends readonly [...infer Front extends Shape, infer Last extends number]
  ? [...Front, TwiceOf<Last>]
  : ShapeError<RankOneOrMore<'twice', S>>

type TwiceOf<D extends number> = NormalDim<D> extends 3 ? 6 : number

interface Twice extends Weightless {
  readonly kind: 'twice'
  readonly '~out': TwiceOut<this['~in']>
}

const twice = (by: number): Twice =>
  layer<Twice>({ kind: 'twice', apply: (_, x) => concat(-1, x, mul(x, by)) })

describe('a layer of one’s own', () => {
  test('has a shape and weights in a model', () => {
    const model = sequential(input(3), twice(10), gain(), residual(gain()).as('again'), dense(2))
    expectTypeOf(model.out).toEqualTypeOf<['N', 2]>()
    expectTypeOf<WeightsOf<typeof model>>().toEqualTypeOf<{
      readonly layer1: GainParams<6>
      readonly again: GainParams<6>
      readonly layer3: DenseParams<6, 2>
    }>()
    expect(model.out).toEqual(['N', 2])
  })

  test('is called on nodes, under a name when it has weights', () => {
    const model = graph(input(3), x => gain().as('g')(twice(2)(x)))
    expectTypeOf(model.out).toEqualTypeOf<['N', 6]>()
    expect(model.out).toEqual(['N', 6])
    // @ts-expect-error gain: a layer with parameters needs a name inside a graph, e.g. gain(...).as('fc1')
    expect(() => graph(input(3), x => gain()(x))).not.toThrow()
  })

  test('is refused like any other', () => {
    // @ts-expect-error dense: expected last dimension 3, received 6
    const model = () => sequential(input(3), twice(2), dense(4, { in: 3 })).out
    expect(model).toThrow('dense: expected last dimension 3, received 6')
  })
})
