/**
 * Helpers over data compile: functions generic over the number of rows, or with any number of rows, call fit, evaluate
 * and predict, and are called with data of literal rows. The claims at the end are wrong on purpose.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Fault } from '../../runtime/fault.js'
import {
  any,
  type Check,
  concat,
  type Dim,
  dense,
  type Equal,
  evaluate,
  fit,
  graphs,
  input,
  predict,
  type Rows,
  sequential,
  T,
  type Tensor,
  tensor,
  type WeightsOf,
} from './words.js'

type Done<X> = X extends TaskEither<Fault, infer R> ? R : never

const model = sequential(input(4), dense(8), dense(3))
type Weights = WeightsOf<typeof model>
const loss = 'sparseCategoricalCrossentropy'
const two = graphs({ a: input(2), b: input(2) }, ({ a, b }) => ({
  p: dense(1).as('p')(concat(-1, a, b)),
  q: dense(4).as('q')(a),
}))

const train = <N extends number>(x: Tensor<[N, 4]>, y: Tensor<[N], 'i32'>) => fit(model, { x, y }, { loss })
const trainAny = <N extends Dim>(x: Tensor<[N, 4]>, y: Tensor<[N], 'i32'>) => fit(model, { x, y }, { loss })
const trainRows = (x: Rows<[4]>, y: Rows<[], 'i32'>) => fit(model, { x, y }, { loss })
export const trainNumber = (x: Tensor<[number, 4]>, y: Tensor<[number], 'i32'>) =>
  fit(model, { x, y }, { loss })
export const trainSymbol = <N extends string>(x: Tensor<[N, 4]>, y: Tensor<[N], 'i32'>) =>
  fit(model, { x, y }, { loss })
export const trainLabels = <N extends number>(x: Tensor<[N, 4]>, y: readonly number[]) =>
  fit(model, { x, y }, { loss })
export const trainColumn = <N extends number>(x: Tensor<[N, 4]>, y: Tensor<[N]>) =>
  fit(sequential(input(4), dense(1)), { x, y }, { loss: 'mse' })
export const trainAll = <N extends number>(x: Tensor<[N, 4]>, y: Tensor<[N, 3]>, sampleWeight: Tensor<[N]>) =>
  fit(model, { x, y, sampleWeight }, { loss: 'mse', validationData: { x, y, sampleWeight } })
export const trainTwo = <N extends number>(
  a: Tensor<[N, 2]>,
  b: Tensor<[N, 2]>,
  p: Tensor<[N, 1]>,
  q: Tensor<[N, 4]>,
) => fit(two, { x: { a, b }, y: { p, q } }, { loss: 'mse' })
export const score = <N extends number>(weights: Weights, x: Tensor<[N, 4]>, y: Tensor<[N], 'i32'>) =>
  evaluate(model, weights, { x, y }, { loss })
const answer = <N extends number>(weights: Weights, x: Tensor<[N, 4]>) => predict(model, weights, x)
export const numbers = <X extends ArrayLike<number>>(elements: X) => tensor([2, 2], elements)

train(T([60, 4]), any<Tensor<[60], 'i32'>>())
trainAny(T([60, 4]), any<Tensor<[60], 'i32'>>())
trainRows(T([60, 4]), any<Tensor<[60], 'i32'>>())
const answered = answer(any<Weights>(), T([60, 4]))

export type Claims = [Check<Equal<Done<typeof answered>, Tensor<[60, 3]>>>]

// ---- controls: programs that are wrong

// @ts-expect-error y has other rows than x
train<60>(T([60, 4]), any<Tensor<[59], 'i32'>>())
// @ts-expect-error x has 5 features
export const wrongInput = <N extends number>(x: Tensor<[N, 5]>) => predict(model, any<Weights>(), x)
export const wrongTarget = <N extends number>(x: Tensor<[N, 4]>, y: Tensor<[N, 4]>) =>
  // @ts-expect-error the model gives 3 numbers
  fit(model, { x, y }, { loss: 'mse' })
