/**
 * Programs that compile, with the types that they get. This file is compiled with the project; every claim
 * is a `Check<Equal<...>>`, and the claims at the end are wrong on purpose, which TypeScript must see.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Fault } from '../../runtime/fault.js'
import {
  activation,
  add,
  any,
  asShape,
  asShapes,
  type BatchNormWeights,
  batchNorm,
  type Check,
  type Closed,
  concat,
  type Dense,
  type DenseParams,
  type Dim,
  dense,
  dropout,
  type Equal,
  einsum,
  evaluate,
  type Fitted,
  fit,
  flatten,
  graph,
  graphs,
  type History,
  type Input,
  init,
  input,
  type LayerFn,
  type Loss,
  layerNorm,
  type Model,
  matmul,
  mean,
  mul,
  type NoMembers,
  type ParamsOf,
  permute,
  predict,
  reshape,
  residual,
  type Seq,
  type Shape,
  type ShapeError,
  type Show,
  type Stateless,
  type Sym,
  seq,
  sequential,
  sub,
  sum,
  sym,
  T,
  type Tensor,
  type Weightless,
  type WeightsOf,
} from './words.js'

// ---- sequential: shapes in, shapes out, weights

const mlp = sequential(input(784), dense(512, 'relu'), batchNorm(), dropout(0.5), dense(10, 'softmax'))
export type Mlp = [
  Check<Equal<(typeof mlp)['in'], ['N', 784]>>,
  Check<Equal<(typeof mlp)['out'], ['N', 10]>>,
  Check<
    Equal<
      WeightsOf<typeof mlp>,
      {
        readonly layer0: DenseParams<784, 512>
        readonly layer1: BatchNormWeights<512>
        readonly layer3: DenseParams<512, 10>
      }
    >
  >,
  Check<Equal<keyof ParamsOf<typeof mlp>['layer1'], 'gamma' | 'beta'>>,
]

const named = sequential(input([28, 28]), flatten(), dense(10).as('head'))
export type NamedHead = Check<Equal<WeightsOf<typeof named>['head']['kernel'], Tensor<[784, 10]>>>

const plain = sequential(
  input(32),
  dense(64, { useBias: false }),
  layerNorm({ scale: false }),
  dense(1, { in: 64 }),
)
export type Plain = [
  Check<Equal<keyof WeightsOf<typeof plain>['layer0'], 'kernel'>>,
  Check<Equal<keyof WeightsOf<typeof plain>['layer1'], 'beta'>>,
]

const normalized = sequential(input(32), dense(64, { useBias: false, batchNormalization: true }))
export type Normalized = [
  Check<Equal<keyof ParamsOf<typeof normalized>['layer0'], 'kernel' | 'gamma' | 'beta'>>,
  Check<
    Equal<
      keyof WeightsOf<typeof normalized>['layer0'],
      'kernel' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance'
    >
  >,
]

const block = seq(dense(64, 'relu'), batchNorm(), dense(32))
const deep = sequential(
  input(32),
  residual(block),
  activation('relu'),
  residual(block).as('second'),
  dense(10),
)
export type Deep = [
  Check<Equal<(typeof deep)['out'], ['N', 10]>>,
  Check<Equal<WeightsOf<typeof deep>['second']['layer2']['kernel'], Tensor<[64, 32]>>>,
]

const folded = sequential(input([28, 28]), reshape([7, -1]), dense(5), reshape([35]), dense(2))
export type Folded = Check<Equal<(typeof folded)['out'], ['N', 2]>>

// ---- dimensions known only at run time

const dynamic = sequential(input(any<number>()), dense(64), dense(10))
const listed = input(any<readonly number[]>())
const unranked = sequential(input(any<number[]>()), flatten(), dense(3), residual(dense(3)), reshape([3]))
const choice = sequential(input(8), dense(any<32 | 64>()))
const many = sequential(input(8), ...any<Dense<8>[]>())
const symbolic = sequential(input(['T', 'D']), dense(8), dense(2))
export type Dynamic = [
  Check<Equal<(typeof dynamic)['out'], ['N', 10]>>,
  Check<Equal<WeightsOf<typeof dynamic>['layer0']['kernel'], Tensor<[number, 64]>>>,
  Check<Equal<(typeof listed)['shape'], ['N', ...number[]]>>,
  Check<Equal<(typeof unranked)['in'], ['N', ...number[]]>>,
  Check<Equal<(typeof choice)['out'], ['N', number]>>,
  Check<Equal<(typeof many)['out'], Shape>>,
  Check<Equal<(typeof symbolic)['out'], ['N', 'T', 2]>>,
  Check<Equal<WeightsOf<typeof symbolic>['layer0']['kernel'], Tensor<['D', 8]>>>,
]

// ---- graph: skips, joins, sharing, several inputs and outputs

const skip = graph(input(32), x => {
  const h = dense(32).as('fc1')(x)
  const joined = concat(-1, add(h, x), dense(16).as('fc2')(x), dense(2).as('fc3')(x))
  return dense(10).as('head')(joined)
})
const shared = graph(input(32), x => {
  const f = dense(32).as('f')
  return add(f(x), f(x))
})
const two = graphs({ image: input(64), meta: input(8) }, ({ image, meta }) => {
  const h = concat(-1, dense(32).as('i')(image), meta)
  return { label: dense(10).as('label')(h), box: dense(4).as('box')(h) }
})
export type Graphs = [
  Check<Equal<(typeof skip)['out'], ['N', 10]>>,
  Check<Equal<WeightsOf<typeof skip>['head']['kernel'], Tensor<[50, 10]>>>,
  Check<Equal<keyof WeightsOf<typeof shared>, 'f'>>,
  Check<Equal<WeightsOf<typeof halved>, { readonly a: DenseParams<3, 3> }>>,
  Check<Equal<(typeof two)['outs'], { readonly label: ['N', 10]; readonly box: ['N', 4] }>>,
  Check<Equal<WeightsOf<typeof two>['box']['kernel'], Tensor<[40, 4]>>>,
]

const halved = graph(input(3), x => mul(dense(3).as('a')(x), 0.5))
export const expected: Sym<unknown, unknown> = mul(any<Sym<Shape, unknown>>(), 0.5)
export const body: (x: Sym<Shape, unknown>) => Sym<unknown, unknown> = x => sub(1, mul(x, 0.5))

const operations = {
  scaled: mul(add(sym('N', 1, 3), sym(4, 1)), 2),
  shifted: sub(1, sym('N', 3)),
  product: matmul(sym('N', 2, 3), sym(3, 5)),
  contracted: einsum('bij,bjk->bik', sym('N', 2, 3), sym('N', 3, 5)),
  viewed: reshape(sym('N', 28, 28), ['N', -1]),
  turned: permute(sym('N', 2, 3), [0, 2, 1]),
  anyRank: mul(any<Sym<Shape>>(), sym('N', 3)),
  anyProduct: matmul(any<Sym<Shape>>(), sym(2, 3)),
  anyTotal: sum(any<Sym<Shape>>()),
  anyView: reshape(any<Sym<Shape>>(), ['N', 3]),
  averaged: mean(sym('N', 2, 3), [1, -1]),
  summed: sum(sym('N', 2, 3), 1, { keepdims: true }),
  total: sum(sym('N', 2, 3)),
}
type ShapeAt<K extends keyof typeof operations> = (typeof operations)[K]['~shape']
export type Operations = [
  Check<Equal<ShapeAt<'scaled'>, ['N', 4, 3]>>,
  Check<Equal<ShapeAt<'shifted'>, ['N', 3]>>,
  Check<Equal<ShapeAt<'product'>, ['N', 2, 5]>>,
  Check<Equal<ShapeAt<'contracted'>, ['N', 2, 5]>>,
  Check<Equal<ShapeAt<'viewed'>, ['N', 784]>>,
  Check<Equal<ShapeAt<'turned'>, ['N', 3, 2]>>,
  Check<Equal<ShapeAt<'anyRank'>, Shape>>,
  Check<Equal<ShapeAt<'anyProduct'>, Shape>>,
  Check<Equal<ShapeAt<'anyTotal'>, Shape>>,
  Check<Equal<ShapeAt<'anyView'>, ['N', 3]>>,
  Check<Equal<ShapeAt<'averaged'>, ['N']>>,
  Check<Equal<ShapeAt<'summed'>, ['N', 1, 3]>>,
  Check<Equal<ShapeAt<'total'>, []>>,
]

// ---- functions generic over a width

export const layerOf = <H extends number>(h: H): Dense<H> => dense(h)
export const mlpOf = <H extends number>(h: H) => sequential(input(32), dense(h), batchNorm(), dense(10))
export const from = <I extends number>(i: I) => sequential(input(i), dense(10))
export const imageOf = <I extends number>(i: I) => sequential(input([i, 3]), flatten(), dense(10))
export const blockOf = <H extends number>(h: H) => seq(dense(h, 'relu'), dense(10))
export const graphOf = <H extends number>(h: H) =>
  graph(input(32), x => dense(10).as('o')(dense(h).as('h')(x)))
export const twoWidths = <I extends number, H extends number>(i: I, h: H) =>
  sequential(input(i), dense(h), dense(10))

const mlp64 = mlpOf(64)
const graph7 = graphOf(7)
const both = twoWidths(32, 5)
const annotated: Input<['N', 3]> = input(3)
const fromAnnotated = sequential(annotated, dense(2))
const viaBlock = sequential(input(3), blockOf(5), dense(1))
const image8 = imageOf(8)
export type Generic = [
  Check<Equal<(typeof mlp64)['out'], ['N', 10]>>,
  Check<Equal<WeightsOf<typeof mlp64>['layer0']['kernel'], Tensor<[32, 64]>>>,
  Check<Equal<WeightsOf<typeof graph7>['o']['kernel'], Tensor<[7, 10]>>>,
  Check<Equal<WeightsOf<typeof both>['layer0']['kernel'], Tensor<[32, 5]>>>,
  Check<Equal<(typeof fromAnnotated)['out'], ['N', 2]>>,
  Check<Equal<WeightsOf<typeof viaBlock>['layer0']['layer1']['kernel'], Tensor<[5, 10]>>>,
  Check<Equal<WeightsOf<typeof image8>['layer1']['kernel'], Tensor<[24, 10]>>>,
]

// ---- training

const loss = 'categoricalCrossentropy'
const trained = fit(mlp, { x: T([60000, 784]), y: T([60000, 10]) }, { loss, epochs: 3 })
const answered = predict(mlp, any<WeightsOf<typeof mlp>>(), T([60000, 784]))
const unknownBatch = predict(mlp, any<WeightsOf<typeof mlp>>(), any<Tensor<[number, 784]>>())
const byData = fit(seq(dense(8), dense(3)), { x: T(['N', 4]), y: T(['N', 3]) }, { loss })
const headless = seq(dense(8))
const headlessAnswer = predict(
  headless,
  any<WeightsOf<Closed<typeof headless, Tensor<[50, 4]>>>>(),
  T([7, 4]),
)
const narrowed = asShape(any<Tensor<[number, number], 'i32'>>(), ['N', 4])
const narrowedBoth = asShapes(
  { x: any<Tensor<number[]>>(), y: any<Tensor<[number], 'i32'>>() },
  { x: ['N', 4], y: ['N'] },
)
const started = init(seq(dense(8)), T([50, 4]))
// A dimension that the model knows only at run time takes any: the run time compares.
const ofRunTime = seq(dense(8), dense(any<number>()))
const rows = any<Tensor<['rows', number]>>()
const trainedOnRows = fit(ofRunTime, { x: rows, y: rows }, { loss: 'meanSquaredError' })
fit(dynamic, { x: T(['N', 4]), y: T(['N', 10]) }, { loss })
fit(symbolic, { x: T([5, 3, 4]), y: T([5, 3, 2]) }, { loss })
const answeredRows = predict(dynamic, any<WeightsOf<typeof dynamic>>(), rows)
type Right<X> = X extends { readonly right: infer R } ? R : never
type Done<X> = X extends TaskEither<Fault, infer R> ? R : never
export type Training = [
  Check<Equal<Done<typeof trained>, Fitted<typeof mlp, History<'loss'>>>>,
  Check<Equal<Done<typeof answered>, Tensor<[60000, 10]>>>,
  Check<Equal<Done<typeof unknownBatch>, Tensor<[number, 10]>>>,
  Check<Equal<Done<typeof byData>['model'], Model<['N', 4], ['N', 3], Seq<[Dense<8>, Dense<3>]>>>>,
  Check<Equal<Done<typeof byData>['weights']['layer0'], DenseParams<4, 8>>>,
  Check<Equal<Done<typeof headlessAnswer>, Tensor<[7, 8]>>>,
  Check<Equal<Done<typeof trainedOnRows>['weights']['layer0'], DenseParams<number, 8>>>,
  Check<Equal<Done<typeof answeredRows>, Tensor<['rows', 10]>>>,
  Check<Equal<Right<typeof narrowed>, Tensor<['N', 4], 'i32'>>>,
  Check<
    Equal<Right<typeof narrowedBoth>, { readonly x: Tensor<['N', 4]>; readonly y: Tensor<['N'], 'i32'> }>
  >,
  Check<Equal<Right<typeof started>, { readonly layer0: DenseParams<4, 8> }>>,
]

// Several inputs and outputs, by name.
const photos = { image: T([50, 64]), meta: T([50, 8]) }
const answers = { label: T([50], 'i32'), box: T([50, 4]) }
const losses = { label: 'sparseCategoricalCrossentropy', box: 'meanSquaredError' } as const
const trainedBoth = fit(two, { x: photos, y: answers }, { loss: losses, lossWeights: { box: 2 } })
const answeredBoth = predict(two, any<WeightsOf<typeof two>>(), photos)
const startedBoth = init(two, { seed: 1 })
fit(two, { x: photos, y: answers }, { loss: losses, metrics: { label: ['accuracy'] } })
fit(two, { x: photos, y: answers, sampleWeight: T([50]) }, { loss: losses, metrics: ['accuracy'] })
evaluate(two, any<WeightsOf<typeof two>>(), { x: photos, y: answers }, { loss: losses })
fit(two, { x: photos, y: answers, sampleWeight: { box: T([50]) } }, { loss: losses })
evaluate(
  two,
  any<WeightsOf<typeof two>>(),
  { x: photos, y: answers, sampleWeight: { label: T([50]), box: T([50]) } },
  { loss: losses },
)
const withSpare = { ...photos, spare: T([3]) }
predict(two, any<WeightsOf<typeof two>>(), withSpare)
export type Several = [
  Check<Equal<Done<typeof trainedBoth>, Fitted<typeof two, History<'loss' | 'label_loss' | 'box_loss'>>>>,
  Check<
    Equal<Done<typeof answeredBoth>, { readonly label: Tensor<[50, 10]>; readonly box: Tensor<[50, 4]> }>
  >,
  Check<Equal<Right<typeof startedBoth>['box']['kernel'], Tensor<[40, 4]>>>,
]

// A loss of one's own is one interface.
interface Ranking extends Loss {
  readonly kind: 'ranking'
  readonly '~target': ['pairs', 2]
  readonly '~dtype': 'i32'
}
fit(mlp, { x: T(['N', 784]), y: T(['pairs', 2], 'i32') }, { loss: any<Ranking>() })

// ---- a layer of one's own: one interface and one constructor

type TileOut<S, K extends number> = S extends readonly [...infer Front extends Shape, Dim]
  ? [...Front, K]
  : ShapeError<`tile: input ${Show<S>} must have rank 1 or more`>

interface Tile<K extends number> extends Weightless {
  readonly kind: 'tile'
  readonly '~out': TileOut<this['~in'], K>
}
declare const tile: <const K extends number>(k: K) => Tile<K>

interface GainParams {
  readonly gain: Tensor<[]>
}
interface Gain extends Stateless {
  readonly kind: 'gain'
  readonly '~out': this['~in']
  readonly '~params': GainParams
}
declare const gain: () => Gain

const own = sequential(input(3), tile(12), gain(), residual(gain()).as('again'), dense(2))
export type Own = [
  Check<Equal<(typeof own)['out'], ['N', 2]>>,
  Check<
    Equal<
      WeightsOf<typeof own>,
      { readonly layer1: GainParams; readonly again: GainParams; readonly layer3: DenseParams<12, 2> }
    >
  >,
]
export const ownInGraph = graph(input(3), x => gain().as('g')(tile(5)(x)))
export const isLayer: LayerFn = tile(3)

// ---- nothing turns into any

type IsAny<X> = 0 extends 1 & X ? true : false
// biome-ignore lint/suspicious/noExplicitAny: that it does not spread is what is tested
type Anything = any
const ofAny = sequential(input(any<Anything>()), dense(any<Anything>()), dense(4))
const anyData = predict(mlp, any<WeightsOf<typeof mlp>>(), any<Anything>())
export type NoAny = [
  Check<Equal<(typeof ofAny)['in'], ['N', number]>>,
  Check<Equal<IsAny<(typeof ofAny)['out'][1]>, false>>,
  Check<Equal<IsAny<Done<typeof anyData>>, false>>,
]

// ---- controls: claims that are wrong

export type Wrong = [
  // @ts-expect-error the output is [N, 10]
  Check<Equal<(typeof mlp)['out'], ['N', 11]>>,
  // @ts-expect-error the kernel is [784, 512]
  Check<Equal<WeightsOf<typeof mlp>['layer0']['kernel'], Tensor<[512, 784]>>>,
  // @ts-expect-error any is not number
  Check<Equal<Anything, number>>,
  // @ts-expect-error dropout has no weights
  Check<Equal<WeightsOf<typeof mlp>['layer2'], NoMembers>>,
]
// @ts-expect-error tile: input [] must have rank 1 or more
tile(3)(any<Sym<[]>>())
// @ts-expect-error a layer that is not there
export const missing: WeightsOf<typeof own>['layer9'] = any()
