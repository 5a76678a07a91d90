/**
 * A file holds a model and its weights: what is read predicts the same bits, whatever densor's own layers it is made of.
 * What cannot be held is told by its place, and broken files are faults that say what is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js'
import {
  type AnyModel,
  activation,
  activationOf,
  averagePool2d,
  batchNorm,
  checkpoint,
  conv2d,
  customActivation,
  customInitializer,
  decodeModel,
  dense,
  depthwiseConv2d,
  dropout,
  encodeModel,
  type Fault,
  fit,
  flatten,
  globalAveragePool2d,
  graph,
  init,
  input,
  l2,
  layer,
  layerNorm,
  loadModel,
  loadWeights,
  maxNorm,
  maxPool2d,
  orthogonal,
  predict,
  reshape,
  residual,
  saveModel,
  seq,
  sequential,
  tensor,
  unwrap,
  type Weightless,
} from '../../src/index.js'
import { model as models } from '../../src/testing/index.js'

const folder = mkdtempSync(join(tmpdir(), 'models-'))
afterAll(() => rmSync(folder, { recursive: true }))

const faultOf = (either: { readonly _tag: string; readonly left?: Fault }): Fault => {
  if (either.left === undefined) throw new Error('expected a fault')
  return either.left
}

/** The file again with other metadata. */
const retold = (bytes: Uint8Array, change: (plan: string) => string): Uint8Array => {
  const { tensors, metadata } = decodeSafetensors(bytes, 'the bytes')
  return encodeSafetensors({ tensors, metadata: { ...metadata, model: change(metadata.model ?? '') } })
}

const everyLayer = sequential(
  input([8, 8, 2]),
  conv2d(4, 3, { padding: 'same', groups: 2, kernelRegularizer: l2(0.1), activation: 'relu' }).as('filters'),
  batchNorm({ momentum: 0.5 }),
  depthwiseConv2d([2, 3], { strides: [1, 2], depthMultiplier: 2, useBias: false }),
  maxPool2d(),
  averagePool2d(2, { strides: 1, padding: 'same' }),
  residual(seq(layerNorm({ center: false }), dropout(0.3, { seed: 4 }), dense(8, { useBias: false }))),
  activation(activationOf('relu', { maxValue: 0.5, negativeSlope: -0 })),
  checkpoint(dense(6, { kernelInitializer: orthogonal(), kernelConstraint: maxNorm({ maxValue: 1 }) })),
  globalAveragePool2d({ keepdims: true }),
  reshape([-1, 2]),
  flatten(),
  sequential(input(6), dense(5, 'tanh'), dense(3).as('__proto__')).as('head'),
)

describe('models and bytes', () => {
  property.prop([models({ maxWidth: 4 }), fc.nat()], { numRuns: 10 })(
    'a random model predicts the same bits when it is read again',
    async ({ model, x }, seed) => {
      const given: AnyModel = model as AnyModel
      const weights = unwrap(init(given, { seed }))
      const read = unwrap(decodeModel(unwrap(encodeModel(given, weights))))
      expect(read.weights).toEqual(weights)
      const [want, got] = [await predict(given, weights, x), await predict(read.model, read.weights, x)]
      expect(got).toEqual(want)
    },
  )

  test('every layer, with its options, names and blocks', async () => {
    const weights = unwrap(init(everyLayer, { seed: 1 }))
    const bytes = unwrap(encodeModel(everyLayer, weights))
    const read = unwrap(decodeModel(bytes))
    const x = unwrap(
      tensor(
        [2, 8, 8, 2],
        Array.from({ length: 256 }, (_, i) => Math.sin(i)),
      ),
    )
    expect((await predict(read.model, read.weights, x)).data).toEqual(
      (await predict(everyLayer, weights, x)).data,
    )
    // trained alike, too: penalties, dropout, constraints and moving averages are what they were
    const y = unwrap(tensor([2, 3], [0, 1, 0, 1, 0, 0]))
    const options = { loss: 'meanSquaredError', epochs: 1, seed: 3, verbose: 'silent' } as const
    const [want, got] = [
      await fit(everyLayer, { x, y }, { ...options, initialWeights: weights }),
      await fit(read.model, { x, y }, { ...options, initialWeights: read.weights }),
    ]
    expect(got.weights).toEqual(want.weights)
    // what is read is written as it was, to the byte
    expect(unwrap(encodeModel(read.model, read.weights))).toEqual(bytes)
  })

  test('symbols keep their names, and sizes that weights depend on are held', () => {
    const model = sequential(input(['T', 'D']), dense(3))
    const weights = unwrap(init(model, { sizes: { D: 4 } }))
    const read = unwrap(decodeModel(unwrap(encodeModel(model, weights, { sizes: { D: 4 } }))))
    expect(read.model.in).toEqual(['N', 'T', 'D'])
    expect(read.weights).toEqual(weights)
  })

  test('like a model of the code, types are known; another one is told where it differs', () => {
    const model = sequential(input(2), dense(3), dense(1).as('out'))
    const bytes = unwrap(encodeModel(model, unwrap(init(model))))
    const kernel: { readonly dims: readonly number[] } = unwrap(decodeModel(bytes, model)).weights.out.kernel
    expect(kernel.dims).toEqual([3, 1])
    const other = faultOf(decodeModel(bytes, sequential(input(2), dense(4), dense(1).as('out'))))
    expect(other).toMatchObject({ code: 'wrong-model', kind: 'user' })
    expect(other.message).toContain('layers/0/units is 3, not 4')
    const shorter = faultOf(decodeModel(bytes, sequential(input(2), dense(3))))
    expect(shorter.message).toContain('layers/1 is dense(…), not missing')
  })

  test('files: with the state of the training, which goes on', async () => {
    const path = join(folder, 'model.safetensors')
    const model = sequential(input(1), dense(2, 'tanh'), dense(1))
    const data = { x: unwrap(tensor([2, 1], [0, 1])), y: unwrap(tensor([2, 1], [1, 3])) }
    const options = { loss: 'meanSquaredError', optimizer: 'adam', epochs: 2, verbose: 'silent' } as const
    const { weights, training } = await fit(model, data, options)
    await saveModel(path, model, weights, { training })
    const read = await loadModel(path)
    expect(read.weights).toEqual(weights)
    expect(read.training).toEqual(training)
    const more = { ...options, epochs: 4 }
    const [want, got] = [
      await fit(model, data, { ...more, resume: training }),
      await fit(read.model, data, { ...more, ...(read.training && { resume: read.training }) }),
    ]
    expect(got.weights).toEqual(want.weights)
    // without a training, the file is one of weights, too
    await saveModel(path, model, weights)
    expect(await loadWeights(model, path)).toEqual(weights)
    expect((await loadModel(path, model)).training).toBeUndefined()
  })
})

describe('what a file cannot hold', () => {
  const own = layer<Weightless & { readonly '~out': readonly ['N', 2] }>({ kind: 'own', apply: (_, x) => x })
  const cases: readonly (readonly [name: string, model: AnyModel, place: string])[] = [
    ['a layer of the user', sequential(input(2), dense(2), own), 'layer layer1 (own) is a layer of your own'],
    [
      'an activation of the user',
      sequential(input(2), seq(dense(2, { activation: customActivation('f', x => x) }).as('a'))),
      'layer layer0/a (dense): options.activation.apply is a function',
    ],
    [
      'an initializer of the user',
      sequential(input(2), dense(2, { kernelInitializer: customInitializer('f', () => [0, 0, 0, 0]) })),
      'layer layer0 (dense): options.kernelInitializer.values is a function',
    ],
    ['a graph', graph(input(2), x => dense(2).as('a')(x)), 'the model is a graph'],
    [
      'a graph in a model',
      sequential(input(2), graph(input(2), x => dense(2).as('a')(x)).as('inner')),
      'layer inner is a graph',
    ],
  ]

  test.each(cases)('%s', (_, model, place) => {
    const fault = faultOf(encodeModel(model, unwrap(init(model))))
    expect(fault).toMatchObject({ code: 'cannot-store', kind: 'limitation' })
    expect(fault.message).toContain(place)
    expect(fault.suggestion).toContain('keep the model in code')
  })

  test('weights of another model, and what is not a model', () => {
    const [small, large] = [sequential(input(2), dense(1)), sequential(input(2), dense(2))]
    expect(faultOf(encodeModel(small, unwrap(init(large)) as never)).code).toBe('wrong-weights')
    expect(faultOf(encodeModel(small, {} as never)).code).toBe('wrong-weights')
    expect(faultOf(encodeModel(5 as never, {} as never)).code).toBe('not-a-model')
    expect(faultOf(encodeModel(seq(dense(1)) as never, {} as never)).code).toBe('no-input')
  })
})

describe('broken files', () => {
  const model = sequential(input(2), dense(3, { activation: 'relu' }), residual(dense(3)))
  const bytes = unwrap(encodeModel(model, unwrap(init(model))))

  const broken: readonly (readonly [change: (plan: string) => string, says: string])[] = [
    [plan => plan.replace('"dense"', '"densest"'), '"densest" is not a kind of layer'],
    [plan => plan.replace('"dense"', '"constructor"'), '"constructor" is not a kind of layer'],
    [plan => plan.replace('"units"', '"unitz"'), "does not take 'unitz'"],
    [plan => plan.replace('"options":{', '"options":{"__proto__":{},'), '__proto__'],
    [plan => plan.replace('"input":[2]', '"input":[0.5]'), 'expected a shape'],
    [plan => plan.replace('"input":[2]', '"input":"2"'), 'expected a shape'],
    [plan => plan.replace('"activation":"relu"', '"activation":"relo"'), 'activation'],
    [plan => plan.replace('"activation":"relu"', '"activatoin":"relu"'), "no option 'activatoin'"],
    [plan => plan.replace('"units":3', '"units":"relu"'), 'a model that cannot be: dense'],
    [plan => plan.replace('"kind":"model"', '"kind":"seq"'), "does not take 'input'"],
    [plan => plan.replace('"kind":"residual"', '"name":7,"kind":"residual"'), 'its name is 7'],
    [plan => plan.replace('"layers":[', '"layers":[3,'), 'expected a layer, received 3'],
    [() => '[', 'is not JSON'],
    [() => '5', 'no model'],
    [() => `${'{"kind":"seq","layers":['.repeat(200)}${']}'.repeat(200)}`, 'nested too deep'],
  ]

  test.each(broken)('%s', (change, says) => {
    const fault = faultOf(decodeModel(retold(bytes, change)))
    expect([fault.kind, fault.code]).toEqual(['user', 'malformed-file'])
    expect(fault.message).toContain(says)
  })

  test('weights alone are no model; more units than there are weights are told', () => {
    const { tensors } = decodeSafetensors(bytes, 'the bytes')
    const alone = encodeSafetensors({ tensors, metadata: { format: 'densor' } })
    expect(faultOf(decodeModel(alone)).message).toContain('no model')
    const wide = retold(bytes, plan => plan.replaceAll('"units":3', '"units":3000000000'))
    expect(faultOf(decodeModel(wide)).kind).not.toBe('bug')
  })

  const values = [
    null,
    0,
    -1,
    1e300,
    'x',
    [],
    {},
    [[]],
    { kind: 'custom' },
    { kind: 5 },
    { number: 'NaN' },
    true,
  ]

  /** A description with one value of it changed. */
  const changed = (json: unknown, at: number, to: unknown): unknown => {
    let left = at
    const walk = (x: unknown): unknown => {
      if (left-- === 0) return to
      if (Array.isArray(x)) return x.map(walk)
      if (typeof x !== 'object' || x === null) return x
      return Object.fromEntries(Object.entries(x).map(([key, inner]) => [key, walk(inner)]))
    }
    return walk(json)
  }

  const everyBytes = unwrap(encodeModel(everyLayer, unwrap(init(everyLayer))))

  property.prop([fc.integer({ min: 0, max: 150 }), fc.constantFrom(...values)], { numRuns: 150 })(
    'any value in the place of another is a model, or a fault that is not a bug',
    (at, to) => {
      const read = decodeModel(retold(everyBytes, plan => JSON.stringify(changed(JSON.parse(plan), at, to))))
      if (read._tag === 'Left') expect(read.left.kind, read.left.message).not.toBe('bug')
    },
  )

  property.prop([fc.nat(), fc.nat(255)], { numRuns: 150 })(
    'any byte in the place of another is a model, or a fault that is not a bug',
    (at, byte) => {
      const mutated = everyBytes.slice()
      mutated[at % mutated.length] = byte
      const read = decodeModel(mutated.subarray(0, at % 7 === 0 ? at % mutated.length : undefined))
      if (read._tag === 'Left') expect(read.left.kind, read.left.message).not.toBe('bug')
    },
  )
})
