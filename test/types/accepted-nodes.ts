/**
 * Helpers on nodes compile without a type parameter that nobody tells of: over nodes that depend on weights, over any
 * shape, over tensors made into nodes. The claims at the end are wrong on purpose.
 */
import {
  type AnyWeights,
  add,
  any,
  asNode,
  type Check,
  type DenseParams,
  dense,
  type Equal,
  graph,
  greater,
  input,
  layerNorm,
  mean,
  mul,
  relu,
  type Shape,
  type Sym,
  sub,
  sum,
  T,
  type WeightsOf,
  where,
} from './words.js'

// ---- nodes that depend on weights

const scaled = (y: Sym<['N', 8, 32]>) => mul(y, 0.5)
const block = (y: Sym<['N', 8]>) => dense(8).as('b')(relu(y))
const exact = <P>(y: Sym<['N', 8], P>) => dense(8).as('b')(relu(y))
export const normalized = graph(input([8, 16]), x => scaled(layerNorm().as('ln')(dense(32).as('a')(x))))
const forgotten = graph(input(4), x => block(dense(8).as('a')(x)))
const known = graph(input(4), x => exact(dense(8).as('a')(x)))

// ---- over any shape

const leaky = <S extends Shape, P>(x: Sym<S, P>) => add(relu(x), mul(x, 0.1))
const leakyOfAny = <S extends Shape>(x: Sym<S>) => add(relu(x), mul(x, 0.1))
const chosen = <S extends Shape>(x: Sym<S>) => where(greater(x, 0), x, mul(0.1, x))
const chained = <S extends Shape, P>(x: Sym<S, P>, y: Sym<S, P>) => sub(1, mul(add(add(x, y), mul(x, y)), 3))
const centred = <S extends Shape, P>(x: Sym<S, P>) => sub(x, mean(x))
const centredRows = <S extends Shape, P>(x: Sym<S, P>) => sub(x, mean(x, -1, { keepdims: true }))
const total = <S extends Shape, P>(x: Sym<S, P>) => sum(mul(x, x))
const half = <S, P>(x: Sym<S, P>) => mul(relu(x), 0.5)
const broadcasting = <S extends Shape>(x: Sym<S>, y: Sym<['N', 3]>) => add(y, x)

const rows = any<Sym<['N', 3], 'weights'>>()
type ShapeFrom<X> = X extends Sym<infer S> ? S : never
const answers = {
  leaky: leaky(rows),
  leakyOfAny: leakyOfAny(rows),
  chosen: chosen(rows),
  chained: chained(rows, rows),
  centred: centred(rows),
  centredRows: centredRows(rows),
  total: total(rows),
  half: half(rows),
  broadcasting: broadcasting(any<Sym<[3]>>(), rows),
}
type At<K extends keyof typeof answers> = ShapeFrom<(typeof answers)[K]>

// ---- tensors made into nodes

const mask = asNode(T([1, 4]))
const masked = graph(input(4), x => dense(2).as('d')(mul(x, mask)))
const scalar = asNode(3)

export type Claims = [
  Check<Equal<(typeof forgotten)['out'], ['N', 8]>>,
  Check<Equal<WeightsOf<typeof forgotten>, AnyWeights>>,
  Check<Equal<WeightsOf<typeof known>, { readonly a: DenseParams<4, 8>; readonly b: DenseParams<8, 8> }>>,
  Check<Equal<At<'leaky'>, ['N', 3]>>,
  Check<Equal<At<'leakyOfAny'>, ['N', 3]>>,
  Check<Equal<At<'chosen'>, ['N', 3]>>,
  Check<Equal<At<'chained'>, ['N', 3]>>,
  Check<Equal<At<'centred'>, ['N', 3]>>,
  Check<Equal<At<'centredRows'>, ['N', 3]>>,
  Check<Equal<At<'total'>, []>>,
  Check<Equal<At<'half'>, ['N', 3]>>,
  Check<Equal<At<'broadcasting'>, ['N', 3]>>,
  Check<Equal<typeof mask, Sym<[1, 4], never>>>,
  Check<Equal<(typeof masked)['out'], ['N', 2]>>,
  Check<Equal<keyof WeightsOf<typeof masked>, 'd'>>,
  Check<Equal<typeof scalar, Sym<[], never>>>,
]

// ---- controls: claims that are wrong

export type Wrong = [
  // @ts-expect-error the shape is [N, 3]
  Check<Equal<At<'leaky'>, ['N', 4]>>,
  // @ts-expect-error the weights are known
  Check<Equal<WeightsOf<typeof known>, AnyWeights>>,
]
// @ts-expect-error [N, 3] and [4] do not broadcast, also where one operand is a number
where(greater(rows, 0), rows, any<Sym<[4]>>())
// @ts-expect-error the helper takes [N, 8]
block(rows)
