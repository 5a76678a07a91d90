/**
 * Data as people have it: nested arrays and typed arrays train and predict to the bit as tensors do, targets and weights
 * that lose nothing are taken as Keras takes them, and what is not numbers gets a sentence that says what to do.
 */
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect } from 'vitest'
import { dense } from '../../dsl/layers/dense.js'
import { input, sequential } from '../../dsl/model.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { DType, TypedArray } from '../../runtime/dtype.js'
import { allocate } from '../../runtime/dtype.js'
import { describeFault, type Fault } from '../../runtime/fault.js'
import { fromArrays, tensorOf } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { jit } from '../../src/functions.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/init.js'
import { predictor } from '../../src/train/predictor.js'
import { compile, trainStep } from '../../src/train/trainer.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

const ROWS = 12
const rows = Array.from({ length: ROWS }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
const labels = rows.map(([a = 0]) => (a > 0 ? 1 : 0))
const values = rows.map(([a = 0, b = 0]) => a - b)
const classes = sequential(input(2), dense(3, 'tanh'), dense(2, 'softmax'))
const number = sequential(input(2), dense(3, 'tanh'), dense(1))

/** A tensor without the types that stand in the way of trying what they refuse. */
const make = (dims: readonly number[], dtype: DType, elements: ArrayLike<number>): AnyTensor => {
  const data = allocate(dtype, elements.length)
  data.set(elements)
  return tensorOf(dims, dtype, data)
}
const f32 = (dims: readonly number[], elements: ArrayLike<number>): AnyTensor => make(dims, 'f32', elements)
const x = f32([ROWS, 2], rows.flat())

const quiet = { verbose: 'silent', epochs: 2, batchSize: 5, optimizer: 'adam' } as const
const trained = async (model: unknown, samples: object, options: object): Promise<string> => {
  const fitted = unwrap(await fit(model as never, samples as never, { ...quiet, ...options } as never)())
  const { weights, history } = fitted as { readonly weights: WeightTree; readonly history: object }
  return JSON.stringify([leavesOf(weights).map(([, { data }]) => [...data]), { ...history, seconds: [] }])
}

const refusal = (either: E.Either<Fault, unknown>): string => {
  if (E.isRight(either)) throw new Error('it was accepted')
  return describeFault(either.left)
}

describe('x', () => {
  const flat = rows.flat()
  test.each<[string, unknown]>([
    ['nested arrays', rows],
    ['rows that are typed arrays', rows.map(row => Float32Array.from(row))],
    ['a Float32Array', Float32Array.from(flat)],
    ['a Float64Array', Float64Array.from(flat)],
    ['a tensor of f64', make([ROWS, 2], 'f64', flat)],
  ])('%s', async (_, given) => {
    const options = { loss: 'sparseCategoricalCrossentropy' }
    const y = make([ROWS], 'i32', labels)
    expect(await trained(classes, { x: given, y }, options)).toBe(await trained(classes, { x, y }, options))
    const weights = unwrap(init(classes))
    const want = await run(predict(classes, weights, x as never))
    expect(await run(predict(classes, weights, given as never))).toEqual(want)
    const serve = await run(predictor(classes, weights))
    expect(unwrap(serve(given as never))).toEqual(want)
  })

  test('bytes of images are numbers from 0 to 255', async () => {
    const bytes = Uint8Array.from({ length: 2 * ROWS }, (_, i) => (i * 97) % 256)
    const weights = unwrap(init(classes))
    const want = await run(predict(classes, weights, f32([ROWS, 2], bytes) as never))
    for (const given of [bytes, Uint8ClampedArray.from(bytes)])
      expect(await run(predict(classes, weights, given as never))).toEqual(want)
  })

  const weights = unwrap(init(classes))
  test.each<[string, unknown, string]>([
    ['a ragged row', [[1, 2], [3]], 'predict: row 1 has 1 elements, but row 0 has 2 [ragged-data]'],
    [
      'a deeper row',
      [
        [1, 2],
        [3, [4]],
      ],
      'predict: row 1, at [1, 1] is an array, expected a number',
    ],
    ['a row that is a number', [[1, 2], 3], 'predict: row 1 is 3, expected an array of 2 elements'],
    ['strings', [['1', 2]], "predict: the element of row 0, at [0, 0] is the string '1', expected a number"],
    [
      'a bigint',
      [[1n, 2]],
      'is the bigint 1n, expected a number [not-a-number]\n  try: convert the elements with Number(…)',
    ],
    ['bigints', BigInt64Array.of(1n, 2n), 'predict: the element of row 0, at [0, 0] is the bigint 1n'],
    [
      'booleans',
      [[true, 2]],
      'is the boolean true, expected a number [not-a-number]\n  try: write 1 for true',
    ],
    ['null', [[null, 2]], 'is null, expected a number [not-a-number]\n  try: fill or drop the rows'],
    ['a hole', [[undefined, 2]], 'is undefined, expected a number'],
    [
      'NaN',
      [
        [1, 2],
        [3, Number.NaN],
      ],
      'predict: x has NaN in row 1, at [1, 1] [non-finite-data]',
    ],
    [
      'objects',
      [{ a: 1, b: 2 }],
      'predict: row 0 is an object, expected numbers [not-a-number]\n  try: list the numbers',
    ],
    ['text', '1,2', "predict: expected a tensor as input, received the string '1,2' [missing-data]"],
    ['a Buffer', Buffer.alloc(8), 'predict: received a Buffer, which is the bytes of a file'],
    ['half a row', new Float32Array(3), 'predict: received 3 elements, which are not whole rows of [2]'],
    ['no rows', [], 'predict: a tensor of [0] has no elements [empty-data]'],
    ['one row, flat', [1, 2], 'predict: expected [N, 2], received [2] (rank differs)'],
    [
      'an Either',
      E.right(x),
      'received an Either, as tensor(…) gives it [missing-data]\n  try: take the tensor out',
    ],
    ['a promise', Promise.resolve(x), 'received a promise [missing-data]\n  try: write await before it'],
    [
      'a generator',
      (function* () {
        yield [1, 2]
      })(),
      'predict: expected a tensor as input, received a Generator [missing-data]\n  try: make an array of it',
    ],
    [
      'an async generator',
      (async function* () {
        yield [1, 2]
      })(),
      'received an AsyncGenerator [missing-data]\n  try: train batch by batch',
    ],
    ['a set', new Set([[1, 2]]), 'received a Set [missing-data]\n  try: make an array of it'],
    ['bytes without numbers', new ArrayBuffer(8), 'received an ArrayBuffer [missing-data]\n  try: say which'],
    ['an address', new URL('http://localhost'), 'received a URL [missing-data]\n  try: give a tensor'],
    ['an array of tensors', [x, x], 'received an array of tensors [missing-data]\n  try: name them'],
  ])('refuses %s in words', async (_, given, sentence) => {
    expect(refusal(await predict(classes, weights, given as never)())).toContain(sentence)
    const serve = await run(predictor(classes, weights))
    expect(refusal(serve(given as never))).toContain(sentence)
  })
})

describe('targets', () => {
  const column = (elements: readonly number[]) => elements.map(value => [value])
  const sparse = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] }
  test.each<[string, unknown]>([
    ['an array', labels],
    ['a column', column(labels)],
    ['a tensor of a column', make([ROWS, 1], 'i32', labels)],
    ['f32', f32([ROWS], labels)],
    ['u32', make([ROWS], 'u32', labels)],
    ['bytes', Uint8Array.from(labels)],
  ])('class numbers as %s', async (_, y) => {
    const want = await trained(classes, { x, y: make([ROWS], 'i32', labels) }, sparse)
    expect(await trained(classes, { x, y }, sparse)).toBe(want)
    expect(await trained(classes, { x, y }, { ...sparse, validationData: { x: rows, y } })).toContain(
      'val_loss',
    )
  })

  test.each(['meanSquaredError', 'meanAbsoluteError', 'binaryCrossentropy'] as const)(
    'numbers of any dtype, with or without the last dimension of one: %s',
    async loss => {
      const options = { loss, metrics: ['accuracy'] }
      const want = await trained(number, { x, y: f32([ROWS, 1], labels) }, options)
      const others = [labels, column(labels), f32([ROWS], labels), make([ROWS, 1], 'i32', labels)]
      for (const y of [...others, make([ROWS], 'bool', labels), Int8Array.from(labels)])
        expect(await trained(number, { x, y }, options)).toBe(want)
    },
  )

  test.each<[string, unknown, unknown, object, string]>([
    [
      'one-hot rows with the sparse loss',
      classes,
      labels.map(label => [1 - label, label]),
      sparse,
      'expected [12], received [12, 2] (rank differs) [shape-mismatch]\n  try: these targets are one row a sample, as oneHot makes them: use categoricalCrossentropy',
    ],
    [
      'class numbers with the other',
      classes,
      labels,
      { loss: 'categoricalCrossentropy' },
      '  try: these targets are class numbers: use sparseCategoricalCrossentropy, or oneHot(labels, 2)',
    ],
    [
      'one number a sample for an output of two',
      classes,
      values,
      { loss: 'meanSquaredError' },
      '  try: the model gives 2 numbers a sample, the targets have one: end it with dense(1), or give 2',
    ],
    ['numbers as labels', classes, values, sparse, 'fit: target: the label of row 1 is 1.83146'],
    [
      'parts of classes',
      classes,
      labels.map(label => label / 2 + 0.25),
      sparse,
      'fit: target: the label of row 0 is 0.25, not a whole number',
    ],
    [
      'parts of classes as f32',
      classes,
      f32(
        [ROWS],
        labels.map(label => label / 2 + 0.25),
      ),
      sparse,
      'fit: target: the label of row 0 is 0.25, not a whole number [not-an-integer]\n  try: number the classes 0, 1, 2, …',
    ],
  ])('refuses %s with advice', async (_, model, y, options, sentence) => {
    const fault = refusal(await fit(model as never, { x, y } as never, { ...quiet, ...options } as never)())
    expect(fault).toContain(sentence)
  })
})

describe('a tensor whose data is gone', () => {
  const weights = unwrap(init(number))
  const wrong = (change: (data: TypedArray) => unknown): WeightTree => {
    const broken = { ...weights.layer1.kernel, data: change(weights.layer1.kernel.data) }
    return { layer0: { ...weights.layer0 }, layer1: { bias: weights.layer1.bias, kernel: broken as never } }
  }
  const given: readonly (readonly [string, WeightTree, string])[] = [
    ['JSON', JSON.parse(JSON.stringify(weights)), 'its data is an object, expected a Float32Array'],
    ['an array', wrong(data => [...data]), 'its data is an array, expected a Float32Array'],
    ['fewer elements', wrong(data => data.slice(1)), 'its data has 2 elements, but [3, 1] has 3'],
    ['more elements', wrong(() => new Float32Array(9)), 'its data has 9 elements, but [3, 1] has 3'],
    [
      'another class',
      wrong(data => Float64Array.from(data)),
      'its data is a Float64Array, expected a Float32Array',
    ],
    ['nothing', wrong(() => undefined), 'its data is undefined'],
  ]
  const y = f32([ROWS, 1], values)
  const doors: Readonly<Record<string, (w: never) => Promise<E.Either<Fault, unknown>>>> = {
    predict: w => predict(number, w, x as never)(),
    evaluate: w => evaluate(number, w, { x, y } as never, { loss: 'meanSquaredError' })(),
    predictor: w => predictor(number, w)(),
    fit: w => fit(number, { x, y } as never, { ...quiet, loss: 'meanSquaredError', initialWeights: w })(),
    compile: w => compile(number, { loss: 'meanSquaredError', initialWeights: w })(),
  }
  const cases = given.flatMap(([name, tree, sentence]) =>
    Object.entries(doors).map(([door, open]) => [`${name}, ${door}`, tree, open, sentence] as const),
  )
  test.each(cases)(
    '%s: wrong-weights, whatever an earlier call has left behind',
    async (_, tree, open, sentence) => {
      unwrap(await open(weights as never))
      const fault = refusal(await open(tree as never))
      expect(fault).toContain('[wrong-weights]')
      expect(fault).toContain(sentence)
    },
  )

  const short = { ...x, data: x.data.slice(1) }
  const doorsOfData: readonly (readonly [string, () => Promise<E.Either<Fault, unknown>>])[] = [
    ['predict', () => predict(number, weights, short as never)()],
    ['evaluate', () => evaluate(number, weights, { x: short, y } as never, { loss: 'meanSquaredError' })()],
    ['fit, x', () => fit(number, { x: short, y } as never, { ...quiet, loss: 'meanSquaredError' })()],
    [
      'fit, y',
      () => fit(number, { x, y: { ...y, data: [] } } as never, { ...quiet, loss: 'meanSquaredError' })(),
    ],
    [
      'fit, sampleWeight',
      () =>
        fit(number, { x, y, sampleWeight: { ...f32([ROWS], values), dtype: 'f64' } } as never, {
          ...quiet,
          loss: 'meanSquaredError',
        })(),
    ],
    ['predictor', async () => unwrap(await predictor(number, weights)())(short as never)],
    ['jit', () => jit((a: never) => a)(short as never)()],
    [
      'trainStep',
      async () =>
        trainStep(unwrap(await compile(number, { loss: 'meanSquaredError', batchSize: ROWS })()), {
          x: short,
          y,
        } as never),
    ],
  ]
  test.each(doorsOfData)('data: %s', async (_, open) => {
    expect(refusal(await open())).toContain('[broken-tensor]')
  })
})

describe('in one stroke', () => {
  test.each(['wasm', 'evaluator'] as const)('what is checked is what is copied: %s', async target => {
    const mine = make([ROWS], 'i32', labels)
    const task = fit(
      classes,
      { x, y: mine } as never,
      { ...quiet, target, loss: 'sparseCategoricalCrossentropy' } as never,
    )()
    mine.data.fill(1e9)
    expect(refusal(await task)).toContain('the label of row 0 is 1000000000, but there are 2 classes')
  })
})

describe('weights of samples', () => {
  const loss = { loss: 'meanSquaredError', weightedMetrics: ['accuracy'] }
  const weights = labels.map(label => 1 + label)
  test.each<[string, unknown]>([
    ['an array', weights],
    ['a column', weights.map(weight => [weight])],
    ['i32', make([ROWS], 'i32', weights)],
    ['a Float64Array', Float64Array.from(weights)],
  ])('%s', async (_, sampleWeight) => {
    const y = f32([ROWS, 1], values)
    const want = await trained(number, { x, y, sampleWeight: f32([ROWS], weights) }, loss)
    expect(await trained(number, { x, y, sampleWeight }, loss)).toBe(want)
  })
})

test.prop([
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  fc.constantFrom(...(['f32', 'f64', 'i32'] as const)),
])('nested arrays are tensors: the elements go row by row', (dims, dtype) => {
  const size = dims.reduce((a, b) => a * b, 1)
  const elements = Array.from({ length: size }, (_, i) => i)
  const nest = (at: number, [length = 1, ...inner]: readonly number[]): unknown => {
    const width = inner.reduce((a, b) => a * b, 1)
    return Array.from({ length }, (_, i) => (inner.length === 0 ? at + i : nest(at + i * width, inner)))
  }
  expect(fromNested(nest(0, dims), dtype)).toEqual([dims, elements])
})

const fromNested = (nested: unknown, dtype: DType): unknown => {
  const { dims, data } = unwrap(fromArrays(nested as never, dtype))
  return [dims, [...(data as TypedArray)]]
}
