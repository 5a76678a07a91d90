/** Names such as `__proto__` are names like any other at every door, and nothing is written into what all objects share. */
import { fc, test } from '@fast-check/vitest'
import { afterEach, describe, expect } from 'vitest'
import { embed } from '../../src/embed/index.js'
import {
  concat,
  decodeWeights,
  dense,
  encodeWeights,
  evaluate,
  fit,
  graphs,
  init,
  input,
  predict,
  predictor,
  type Sym,
  sequential,
  tensor,
  unwrap,
} from '../../src/index.js'

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
] as const
const hostile = fc.constantFrom(...NAMES)

const shared = () => [Object.getOwnPropertyNames(Object.prototype), Object.getOwnPropertyNames(Object)]
const before = shared()
afterEach(() => expect(shared()).toEqual(before))

const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
const quiet = { loss: 'meanSquaredError', verbose: 'silent', epochs: 2 } as const

describe('layers', () => {
  test.prop([hostile, hostile], { numRuns: 6 })(
    'train, predict, save and load under any name',
    async (one, two) => {
      const name = { one, two: `${two}2` }
      const model = sequential(input(2), dense(3, 'tanh').as(name.one), dense(1).as(name.two))
      const plain = sequential(input(2), dense(3, 'tanh').as('a'), dense(1).as('b'))
      const weights = unwrap(init(model, { seed: 1 }))
      expect(Object.keys(weights)).toEqual([name.one, name.two])
      const trained = await fit(model, { x, y }, { ...quiet, metrics: ['accuracy'] })
      const same = await fit(plain, { x, y }, quiet)
      expect((await predict(model, trained.weights, x)).data).toEqual(
        (await predict(plain, same.weights, x)).data,
      )
      const read = unwrap(decodeWeights(model, unwrap(encodeWeights(trained.weights))))
      expect(Object.entries(read)).toEqual(Object.entries(trained.weights))
      expect(unwrap((await predictor(model, read))(x)).dims).toEqual([4, 1])
      await fit(model, { x, y }, { ...quiet, initialWeights: read })
    },
  )
})

describe('inputs and outputs', () => {
  test.prop([hostile, hostile], { numRuns: 6 })('feed and answer under any name', async (from, to) => {
    const model = graphs(
      Object.fromEntries([
        [from, input(2)],
        ['b', input(2)],
      ]),
      given =>
        Object.fromEntries([
          [to, dense(1).as('head')(concat(-1, given[from] as Sym<['N', 2]>, given.b as Sym<['N', 2]>))],
          ['aux', dense(1).as('aux')(given.b as Sym<['N', 2]>)],
        ]),
    ) as never
    const data = {
      x: Object.fromEntries([
        [from, x],
        ['b', x],
      ]),
      y: Object.fromEntries([
        [to, y],
        ['aux', y],
      ]),
    } as never
    const trained = await fit(model, data, quiet as never)
    const { weights, history } = trained as { weights: never; history: { history: object } }
    expect(Object.keys(history.history)).toContain(`${to}_loss`)
    const scores: object = await evaluate(model, weights, data, { loss: 'meanSquaredError' } as never)
    expect(Object.keys(scores)).toContain(`${to}_loss`)
    const { x: given } = data as { x: never }
    expect(Object.keys((await predict(model, weights, given)) as object)).toEqual([to, 'aux'])
    // an input that is not there is missing, whatever all objects have under its name
    const missing = await predict(model, weights, { b: x } as never)()
    expect(missing._tag === 'Left' && missing.left.kind).toBe('user')
    // a loss for another output leaves this one without
    const lossless = await fit(model, data, { ...quiet, loss: { aux: 'meanSquaredError' } } as never)()
    expect(lossless._tag === 'Left' && lossless.left.code).toBe('missing-loss')
  })

  test.prop([hostile], { numRuns: 6 })('embedded models answer under any name', name => {
    const model = sequential(input(2), dense(1).as(name))
    const weights = unwrap(init(model, { seed: 1 }))
    const module = embed(model, { weights }) as { predict: (x: readonly number[]) => Float32Array }
    expect(module.predict([1, 2]).length).toBe(1)
  })
})
