/**
 * People's own data compiles: rows counted at run time, arrays, tensors made inline, models whose depth or type is
 * known at run time only. Every claim is a `Check<Equal<...>>`; the claims at the end are wrong on purpose.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Fault } from '../../runtime/fault.js'
import {
  type AnyData,
  type AnyModel,
  type AnyMultiModel,
  type AnyTensor,
  type AnyWeights,
  any,
  type Check,
  concat,
  dense,
  dropout,
  type Equal,
  evaluate,
  fit,
  graphs,
  type History,
  init,
  input,
  type Model,
  predict,
  type Rows,
  type RowsLike,
  type Shape,
  seq,
  sequential,
  T,
  type Tensor,
  tensor,
  type WeightsOf,
} from './words.js'

type Right<X> = X extends { readonly right: infer R } ? R : never
type Done<X> = X extends TaskEither<Fault, infer R> ? R : never
declare const unwrap: <A>(either: { readonly right: A } | { readonly left: unknown }) => A

const loss = 'meanSquaredError'
const model = sequential(input(2), dense(8), dense(1))
const weights = any<WeightsOf<typeof model>>()

// ---- rows counted at run time

const rows = any<readonly (readonly number[])[]>()
const x = unwrap(tensor([rows.length, 2], rows.flat()))
const y = unwrap(tensor([rows.length, 1], []))
const sampleWeight = unwrap(tensor([rows.length], []))
fit(model, { x, y, sampleWeight }, { loss, validationData: { x, y, sampleWeight } })
fit(model, { x: T([60, 2]), y }, { loss })
fit(model, { x, y: T([60, 1]) }, { loss, validationData: { x, y: T(['N', 1]) } })
fit(seq(dense(1)), { x, y }, { loss })
evaluate(model, weights, { x, y }, { loss })
const answered = predict(model, weights, x)
const ofAny = predict(model, weights, any<Rows<[2]>>())

export const train = (x: Rows<[2]>, y: Rows<[1]>) => fit(model, { x, y }, { loss })
export const classify = (x: Rows<[2]>, y: Rows<[], 'i32'>) =>
  fit(sequential(input(2), dense(3)), { x, y }, { loss: 'sparseCategoricalCrossentropy' })
train(x, y)
train(T([60, 2]), T([60, 1]))
train(T(['N', 2]), T(['N', 1]))
train(any<Tensor<['train', 2]>>(), any<Tensor<['train', 1]>>())

const two = graphs({ a: input(2), b: input(3) }, ({ a, b }) => {
  const h = concat(-1, a, b)
  return { p: dense(1).as('p')(h), q: dense(3).as('q')(h) }
})
const losses = { p: loss, q: 'sparseCategoricalCrossentropy' } as const
export const trainTwo = (x: { a: Rows<[2]>; b: RowsLike<[3]> }, y: { p: Rows<[1]>; q: Rows<[], 'i32'> }) =>
  fit(two, { x, y }, { loss: losses })
trainTwo({ a: x, b: T([60, 3]) }, { p: T([60, 1]), q: T([60], 'i32') })
const twoData = { x: { a: x, b: T([60, 3]) }, y: { p: T([60, 1]), q: T([60], 'i32') } }
fit(two, twoData, { loss: losses })

// ---- a tensor made inline keeps its dtype

const inline = { x: unwrap(tensor([2, 2], [1, 2, 3, 4])), y: unwrap(tensor([2], [1, 2], 'i32')) }
declare const split: <Xs extends Readonly<Record<string, AnyTensor>>>(samples: Xs) => Xs
const kept = split({ x: unwrap(tensor([2, 2], [])), y: unwrap(tensor([2], [], 'i32')) })
fit(model, { x: unwrap(tensor([2, 2], [1, 2, 3, 4])), y: unwrap(tensor([2, 1], [0, 1])) }, { loss })

// ---- arrays

fit(
  model,
  {
    x: [
      [1, 2],
      [3, 4],
    ],
    y: [[1], [2]],
  },
  { loss },
)
fit(model, { x: rows, y: [1, 2] }, { loss, validationData: { x: rows, y: any<number[]>() } })
fit(model, { x: new Float32Array(8), y: new Float64Array(4), sampleWeight: [1, 2, 3, 4] }, { loss })
fit(
  sequential(input(2), dense(3)),
  { x: rows, y: new Int32Array(4) },
  { loss: 'sparseCategoricalCrossentropy' },
)
fit(two, { x: { a: rows, b: T([60, 3]) }, y: { p: [[1]], q: [0, 1] } }, { loss: losses })
fit(seq(dense(1)), { x: rows, y: [1] }, { loss })
evaluate(model, weights, { x: [[1, 2]], y: [[3]] }, { loss })
const ofRow = predict(model, weights, [[1, 2]])
const ofImages = predict(model, weights, any<RowsLike<[2]>>())
const startedByRows = init(seq(dense(8)), rows)

// Targets as Keras takes them: with or without a last axis of one, of any element type.
fit(model, { x: T([9, 2]), y: T([9]) }, { loss })
fit(model, { x: T([9, 2]), y: T([9, 1], 'i32') }, { loss: 'binaryCrossentropy' })
fit(sequential(input(2), dense(3)), { x: T([9, 2]), y: T([9, 1]) }, { loss: 'sparseCategoricalCrossentropy' })

// ---- depth and rank known at run time only

const hidden = any<readonly number[]>()
const stacked = sequential(input(2), ...hidden.map(units => dense(units)), dense(3))
const optional = sequential(input(2), dense(8), ...(any<boolean>() ? [dropout(0.3)] : []), dense(3))
const listed = sequential(input(2), ...Array.from({ length: 3 }, () => dense(3)))
const unranked = sequential(input(any<number[]>()), dense(3))
const trained = fit(stacked, { x: T([9, 2]), y: T([9], 'i32') }, { loss: 'sparseCategoricalCrossentropy' })
fit(optional, { x: T([9, 2]), y: T([9], 'i32') }, { loss: 'sparseCategoricalCrossentropy' })
fit(listed, { x, y: T([9, 3]) }, { loss, initialWeights: any<AnyWeights>() })
fit(unranked, { x: T([9, 4]), y: T([9, 3]) }, { loss })
evaluate(stacked, any<Done<typeof trained>['weights']>(), { x, y: T([9], 'i32') }, { loss })
const ofStacked = predict(stacked, any<WeightsOf<typeof stacked>>(), x)

// ---- functions over any model

interface Fold {
  readonly train: { readonly x: Tensor<['train', 2]>; readonly y: Tensor<['train', 1]> }
  readonly test: { readonly x: Tensor<['test', 2]>; readonly y: Tensor<['test', 1]> }
}
export const crossValidate = async <M extends AnyModel>(model: M, folds: readonly Fold[]) => {
  const scores = []
  for (const { train, test } of folds) {
    const fitted = right(await fit(model, train, { loss, epochs: 2 })())
    scores.push(right(await evaluate(model, fitted.weights, test, { loss })()))
    const { data } = right(await predict(model, fitted.weights, test.x)())
    scores.push(data.length)
  }
  return scores
}
declare const right: <A>(either: { readonly right: A } | { readonly left: unknown }) => A
export const search = <M extends AnyModel>(
  models: readonly M[],
  x: AnyData,
  y: AnyData,
  options: { readonly loss: 'meanSquaredError'; readonly epochs?: number },
) => models.map(model => fit(model, { x, y }, options))
export const begin = <M extends AnyModel | AnyMultiModel>(model: M) => init(model, { seed: 3 })
export const several = <M extends AnyMultiModel>(model: M, x: Readonly<Record<string, AnyTensor>>) =>
  fit(model, { x, y: x }, { loss })
export const untyped = (model: AnyModel, x: AnyTensor, y: AnyTensor) => fit(model, { x, y }, { loss })
export const answering = async <M extends AnyModel>(model: M, weights: WeightsOf<M>, x: AnyTensor) =>
  predict(model, weights, x)
export const ofShapes = (model: Model<['N', 2], ['N', 1], unknown>, x: Rows<[2]>, y: Rows<[1]>) =>
  fit(model, { x, y }, { loss })
search([model, sequential(input(2), dense(4), dense(1))], T([9, 2]), [1, 2], { loss })
crossValidate(model, [])
crossValidate(sequential(input(2), dense(1)), [])
const untypedAnswer = predict(any<AnyModel>(), any<AnyWeights>(), T([9, 2]))

// ---- history and scores have the names of what was asked for

const watched = fit(model, { x, y }, { loss: 'mse', metrics: ['mae', any<Named<'r2'>>()] })
const plain = evaluate(model, weights, { x, y }, { loss, metrics: ['accuracy'] })
const ofTwo = evaluate(two, any<WeightsOf<typeof two>>(), twoData, { loss: losses, metrics: { q: ['acc'] } })
const weighted = fit(model, { x, y }, { loss, weightedMetrics: ['mae'] })
const unnamed = fit(model, { x, y }, { loss, metrics: any<readonly Named<string>[]>() })
interface Named<Name extends string> {
  readonly name: Name
  readonly values: unknown
}
type Names<F> = F extends { readonly history: { readonly history: infer Columns } } ? keyof Columns : never
const history = any<Done<typeof watched>['history']>()
export const kept1: readonly number[] = history.history.mae
export const asAny: History = history

export type Claims = [
  Check<Equal<Names<Done<typeof watched>>, 'loss' | 'mae' | 'r2' | 'val_loss' | 'val_mae' | 'val_r2'>>,
  Check<Equal<Done<typeof plain>, { readonly loss: number; readonly accuracy: number }>>,
  Check<Equal<keyof Done<typeof ofTwo>, 'loss' | 'p_loss' | 'q_loss' | 'q_acc'>>,
  Check<Equal<Names<Done<typeof weighted>>, string>>,
  Check<Equal<Names<Done<typeof unnamed>>, string>>,
  Check<Equal<(typeof x)['~shape'], [number, 2]>>,
  Check<Equal<Done<typeof answered>, Tensor<[number, 1]>>>,
  Check<Equal<Done<typeof ofAny>['~shape'][1], 1>>,
  Check<Equal<(typeof inline)['y']['dtype'], 'i32'>>,
  Check<Equal<(typeof kept)['x'], Tensor<[2, 2]>>>,
  Check<Equal<(typeof kept)['y'], Tensor<[2], 'i32'>>>,
  Check<Equal<Done<typeof ofRow>, Tensor<[number, 1]>>>,
  Check<Equal<Done<typeof ofImages>['~shape'][1], 1>>,
  Check<Equal<Right<typeof startedByRows>['layer0']['kernel'], Tensor<[number, 8]>>>,
  Check<Equal<WeightsOf<typeof stacked>, AnyWeights>>,
  Check<Equal<Done<typeof ofStacked>['~shape'], Shape>>,
  Check<Equal<Done<typeof untypedAnswer>, Tensor<Shape>>>,
]

// ---- controls: claims that are wrong

export type Wrong = [
  // @ts-expect-error the rows are counted at run time
  Check<Equal<(typeof x)['~shape'], [60, 2]>>,
  // @ts-expect-error the dtype is i32
  Check<Equal<(typeof inline)['y'], Tensor<[2]>>>,
]
// @ts-expect-error nobody asked for accuracy
export const accuracy = history.history.accuracy
// @ts-expect-error x has 3 features
train(T([60, 3]), T([60, 1]))
// @ts-expect-error a row is no batch
predict(model, weights, [1, 2])
// @ts-expect-error a string is no number
fit(model, { x: [['1', '2']], y: [[1]] }, { loss })
