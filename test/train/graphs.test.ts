import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { graphs, input, sequential } from '../../dsl/model.js'
import { concat, matmul, reshape } from '../../dsl/ops.js'
import { adam, type Optimizer, sgd } from '../../dsl/optimizers.js'
import type { AnyTensor, Tensor } from '../../dsl/types/layer.js'
import type { Fault } from '../../runtime/fault.js'
import { webAssembly } from '../../runtime/webassembly.js'
import { tensorOf } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/init.js'
import { predictor } from '../../src/train/predictor.js'
import { compile, trainStep, trainSteps } from '../../src/train/trainer.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

const ROWS = 30
const make = () =>
  graphs({ img: input(4), meta: input(2) }, ({ img, meta }) => {
    const h = concat(-1, dense(8, 'relu').as('h')(img), meta)
    return { cls: dense(3, 'softmax').as('c')(h), box: dense(2).as('b')(h) }
  })
const model = make()

const wave = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(from + i * 1.3))
const img: Tensor<['N', 4]> = tensorOf([ROWS, 4], 'f32', wave(4 * ROWS, 1))
const meta: Tensor<['N', 2]> = tensorOf([ROWS, 2], 'f32', wave(2 * ROWS, 2))
const box: Tensor<['N', 2]> = tensorOf([ROWS, 2], 'f32', wave(2 * ROWS, 3))
const labels: Tensor<['N'], 'i32'> = tensorOf(
  [ROWS],
  'i32',
  Int32Array.from({ length: ROWS }, (_, i) => ((img.data[4 * i] ?? 0) > 0 ? 1 : 0) + (i % 2)),
)
const cls: Tensor<['N', 3]> = tensorOf(
  [ROWS, 3],
  'f32',
  Float32Array.from({ length: 3 * ROWS }, (_, i) => Number(labels.data[Math.floor(i / 3)] === i % 3)),
)

const x = { img, meta }
const y = { cls, box }
const losses = { cls: 'categoricalCrossentropy', box: 'meanSquaredError' } as const
const quiet = { verbose: 'silent', optimizer: 'adam' } as const

const bits = (weights: object): string =>
  JSON.stringify(leavesOf(weights as WeightTree).map(([name, { data }]) => [name, [...data]]))

/** The fault of a task that must fail; what the types refuse is passed `as never`. */
const refusal = async (task: () => Promise<E.Either<Fault, unknown>>): Promise<Fault> => {
  const result = await task()
  if (E.isRight(result)) throw new Error('it was accepted')
  return result.left
}

describe('a model of two inputs and two outputs', () => {
  test('sample weights of its outputs are those of all where they are the same, and else are not', async () => {
    const w: Tensor<['N']> = tensorOf([ROWS], 'f32', wave(ROWS, 4).map(Math.abs))
    const options = { ...quiet, loss: losses, weightedMetrics: ['accuracy'] } as const
    const fitted = async (sampleWeight: Tensor<['N']> | { cls?: Tensor<['N']>; box?: Tensor<['N']> }) => {
      const { weights, history } = await run(
        fit(model, { x, y, sampleWeight: sampleWeight as never }, options),
      )
      const scores = await run(
        evaluate(model, weights, { x, y, sampleWeight: sampleWeight as never }, options),
      )
      return [bits(weights), JSON.stringify([history.history, scores])]
    }
    const all = await fitted(w)
    expect(await fitted({ cls: w, box: w })).toEqual(all)
    expect(await fitted({ box: w })).not.toEqual(all)
    const one: Tensor<['N']> = tensorOf([ROWS], 'f32', new Float32Array(ROWS).fill(1))
    expect(await fitted({ box: w })).toEqual(await fitted({ box: w, cls: one }))
  })

  test('a trainer says which outputs have weights', async () => {
    const w: Tensor<['N']> = tensorOf([ROWS], 'f32', wave(ROWS, 4).map(Math.abs))
    const trainer = await run(compile(model, { loss: losses, batchSize: ROWS, weighted: ['box'] }))
    expect(E.isRight(trainStep(trainer, { x, y, sampleWeight: { box: w } }))).toBe(true)
    expect(trainStep(trainer, { x, y, sampleWeight: { cls: w } })).toMatchObject({
      left: { message: 'trainStep: the trainer was compiled for sample weights of other outputs' },
    })
    const unknown = compile(model, { loss: losses, weighted: ['bocks'] })
    expect((await refusal(unknown)).message).toBe("weighted: the model has no output 'bocks'")
  })

  test('learns, reports and predicts by name', async () => {
    const { history, weights } = await run(
      fit(model, { x, y }, { ...quiet, loss: losses, metrics: { cls: ['accuracy'] }, epochs: 40 }),
    )
    expect(Object.keys(history.history)).toEqual(['loss', 'cls_loss', 'box_loss', 'cls_accuracy'])
    expect(history.history.loss?.at(-1)).toBeLessThan(0.9 * (history.history.loss?.[0] ?? 0))
    const out = await run(predict(model, weights, x, { batchSize: 7 }))
    expect([out.cls.dims, out.box.dims]).toEqual([
      [ROWS, 3],
      [ROWS, 2],
    ])
    const scores = await run(evaluate(model, weights, { x, y }, { loss: losses, batchSize: 7 }))
    const squares = [...out.box.data].map((v, i) => (v - (box.data[i] ?? 0)) ** 2)
    expect(scores.box_loss).toBeCloseTo(squares.reduce((a, b) => a + b, 0) / squares.length, 5)
    expect(scores.loss).toBeCloseTo((scores.cls_loss ?? 0) + (scores.box_loss ?? 0), 5)
  })

  test('another loss for one output, its factor, held-out rows', async () => {
    const { history } = await run(
      fit(
        model,
        { x, y: { cls: labels, box } },
        {
          ...quiet,
          loss: { ...losses, cls: 'sparseCategoricalCrossentropy' },
          lossWeights: { box: 3 },
          metrics: ['accuracy'],
          validationSplit: 0.2,
        },
      ),
    )
    const { loss = [], cls_loss = [], box_loss = [] } = history.history
    expect(Object.keys(history.history).filter(name => name.startsWith('val_'))).toEqual([
      'val_loss',
      'val_cls_loss',
      'val_box_loss',
      'val_cls_accuracy',
      'val_box_accuracy',
    ])
    expect(loss[0]).toBeCloseTo((cls_loss[0] ?? 0) + 3 * (box_loss[0] ?? 0), 5)
  })

  test('init, compile, trainStep and trainSteps do what fit does', async () => {
    const start = unwrap(init(model, { seed: 5 }))
    expect(start.h.kernel.dims).toEqual([4, 8])
    const options = { ...quiet, loss: losses, batchSize: ROWS, seed: 5 }
    const fitted = await run(fit(model, { x, y }, { ...options, epochs: 6, shuffle: false }))
    const one = await run(compile(model, options))
    for (let i = 0; i < 6; i++) unwrap(trainStep(one, { x, y }))
    expect(bits(one.weights())).toBe(bits(fitted.weights))
    const many = await run(compile(model, { ...options, initialWeights: start }))
    unwrap(trainSteps(many, { x, y }, 6))
    expect(bits(many.weights())).toBe(bits(fitted.weights))
    expect(Object.keys(one.scores())).toEqual(['loss', 'cls_loss', 'box_loss'])
  })

  test('a predictor answers as predict does', async () => {
    const weights = unwrap(init(model))
    const answer = unwrap((await run(predictor(model, weights, { batchSize: 8 })))(x))
    const whole = await run(predict(model, weights, x))
    for (const name of ['cls', 'box'] as const)
      for (const [i, want] of whole[name].data.entries()) expect(answer[name].data[i]).toBeCloseTo(want, 6)
  })

  test('a predictor answers in place, for as many rows as its data has', async () => {
    const weights = unwrap(init(model))
    const answers = await run(predictor(model, weights))
    const placed = await run(answers.inPlace(x))
    expectTypeOf(placed.inputs).toEqualTypeOf<typeof x>()
    expectTypeOf(placed.outputs.box).toEqualTypeOf<Tensor<['N', 2]>>()
    placed.run()
    const whole = await run(predict(model, weights, x))
    const close = (wanted: typeof whole) => {
      for (const name of ['cls', 'box'] as const) {
        expect(placed.outputs[name].dims).toEqual(wanted[name].dims)
        for (const [i, want] of wanted[name].data.entries())
          expect(placed.outputs[name].data[i]).toBeCloseTo(want, 6)
      }
    }
    close(whole)
    // the inputs are the memory's, not the caller's
    expect(placed.inputs.img.data).not.toBe(img.data)
    placed.inputs.img.data.fill(0.5)
    close(whole)
    placed.run()
    const half: typeof img = tensorOf(img.dims, 'f32', new Float32Array(img.data.length).fill(0.5))
    close(await run(predict(model, weights, { img: half, meta })))
  })

  test('a predictor refuses in words what it cannot place', async () => {
    const answers = await run(predictor(model, unwrap(init(model))))
    const narrow: Tensor<['N', 3]> = tensorOf([ROWS, 3], 'f32', wave(3 * ROWS, 1))
    // @ts-expect-error img is [N, 4]
    expect((await refusal(answers.inPlace({ img: narrow, meta }))).message).toBe(
      'predict: model input img: expected [N, 4], received [30, 3] (4 vs 3)',
    )
    const whole: Tensor<['N', 4], 'i32'> = tensorOf([ROWS, 4], 'i32', new Int32Array(4 * ROWS))
    expect((await refusal(answers.inPlace({ img: whole, meta }))).message).toBe(
      'predict: data in place is f32, received i32',
    )
  })

  test('symbols mean one size in all inputs', async () => {
    const pair = graphs({ a: input(['T', 2]), b: input([2, 'T']) }, ({ a, b }) => ({
      out: dense(1).as('d')(reshape(matmul(b, a), ['N', 4])),
    }))
    const a: Tensor<['N', 3, 2]> = tensorOf([ROWS, 3, 2], 'f32', wave(6 * ROWS, 1))
    const b: Tensor<['N', 2, 3]> = tensorOf([ROWS, 2, 3], 'f32', wave(6 * ROWS, 2))
    const weights = unwrap(init(pair))
    const { out } = await run(predict(pair, weights, { a, b }))
    expect(out.dims).toEqual([ROWS, 1])
    const longer: Tensor<['N', 2, 4]> = tensorOf([ROWS, 2, 4], 'f32', wave(8 * ROWS, 2))
    // @ts-expect-error T is 3 in a and 4 in b
    const fault = await refusal(predict(pair, weights, { a, b: longer }))
    expect([fault.message, fault.notes]).toEqual([
      'predict: T is not the same in all inputs',
      ['T is 3 in a', 'T is 4 in b'],
    ])
  })

  test('one output by name is reported as the one output it is', async () => {
    const single = graphs({ a: input(4) }, ({ a }) => ({ out: dense(3, 'softmax').as('d')(a) }))
    const { history, weights } = await run(
      fit(
        single,
        { x: { a: img }, y: { out: cls } },
        { ...quiet, loss: 'categoricalCrossentropy', metrics: ['accuracy'], classWeight: { 0: 2 } },
      ),
    )
    expect(Object.keys(history.history)).toEqual(['loss', 'accuracy'])
    expect((await run(predict(single, weights, { a: img }))).out.dims).toEqual([ROWS, 3])
  })
})

describe('mistakes', () => {
  const f32 = (...dims: number[]): AnyTensor =>
    tensorOf(dims, 'f32', new Float32Array(dims.reduce((a, b) => a * b, 1)))
  const hole = tensorOf([ROWS, 2], 'f32', wave(2 * ROWS, 3).fill(Number.NaN, 7, 8))
  const bad = tensorOf([ROWS], 'i32', new Int32Array(ROWS).fill(3, 4, 5))
  type Changes = Readonly<Record<string, unknown>>
  const sparse = { loss: { ...losses, cls: 'sparseCategoricalCrossentropy' } }

  const wrong: readonly (readonly [message: string, data: Changes, options?: Changes])[] = [
    ['fit: model input img: expected [N, 4], received [30, 5] (4 vs 5)', { x: { img: f32(ROWS, 5), meta } }],
    ['fit: model input: N is not the same in all inputs', { x: { img: f32(29, 4), meta } }],
    ["fit: model input: there is no tensor for 'meta'", { x: { img } }],
    ['fit: model input: this model takes several input tensors, each by its name', { x: img }],
    [
      'fit: target of categoricalCrossentropy for cls: expected [30, 3], received [30, 2] (3 vs 2)',
      { y: { cls: box, box } },
    ],
    [
      'fit: target of categoricalCrossentropy for cls: expected [30, 3], received [30] (rank differs)',
      { y: { cls: labels, box } },
    ],
    ["fit: there is no tensor for 'box'", { y: { cls } }],
    ['fit: this model takes several target tensors, each by its name', { y: cls }],
    ['fit: model input meta has NaN in row 3, at [3, 1]', { x: { img, meta: hole } }],
    ['fit: target for box has NaN in row 3, at [3, 1]', { y: { cls, box: hole } }],
    [
      'fit: target for cls: the label of row 4 is 3, but there are 3 classes',
      { y: { cls: bad, box } },
      sparse,
    ],
    ['fit: sampleWeight: expected [30], received [29] (30 vs 29)', { sampleWeight: f32(29) }],
    [
      'fit: sampleWeight for box: expected [30], received [29] (30 vs 29)',
      { sampleWeight: { cls: f32(30), box: f32(29) } },
    ],
    ["fit: sampleWeight: the model has no output 'bocks'", { sampleWeight: { bocks: f32(30) } }],
    ["loss: nothing is given for the output 'box'", {}, { loss: { cls: 'meanSquaredError' } }],
    ["loss: 'surprise' is not a loss", {}, { loss: { ...losses, box: 'surprise' } }],
    ["loss: the model has no output 'bocks'", {}, { loss: { ...losses, bocks: 'meanSquaredError' } }],
    ["lossWeights: the model has no output 'bocks'", {}, { lossWeights: { bocks: 2 } }],
    ["metrics: the model has no output 'clss'", {}, { metrics: { clss: ['accuracy'] } }],
    ["weightedMetrics: the model has no output 'clss'", {}, { weightedMetrics: { clss: ['accuracy'] } }],
    ['fit: classWeight needs a model of one output', {}, { classWeight: { 0: 2 } }],
    [
      'fit: validationData.x.img: expected [N, 4], received [9, 5] (4 vs 5)',
      {},
      { validationData: { x: { img: f32(9, 5), meta: f32(9, 2) }, y: { cls: f32(9, 3), box: f32(9, 2) } } },
    ],
  ]
  test.each(wrong.map(row => [row[0], row] as const))('%s', async (message, [, data, options = {}]) => {
    const fault = await refusal(
      fit(model, { x, y, ...data } as never, { ...quiet, loss: losses, ...options } as never),
    )
    expect([fault.kind, fault.message]).toEqual(['user', message])
  })

  test('predict names the input', async () => {
    const weights = unwrap(init(model))
    const wrong = { img, meta: f32(ROWS, 3) }
    expect((await refusal(predict(model, weights, wrong as never))).message).toBe(
      'predict: model input meta: expected [N, 2], received [30, 3] (2 vs 3)',
    )
    expect((await refusal(predict(model, weights, { img, meta: hole } as never))).message).toBe(
      'predict: x.meta has NaN in row 3, at [3, 1]',
    )
  })

  test('a model of one input takes no record', async () => {
    const plain = sequential(input(4), dense(3))
    const samples = { x: { img }, y: cls }
    const fault = await refusal(fit(plain, samples as never, { ...quiet, loss: 'meanSquaredError' }))
    expect(fault.message).toBe('fit: model input: this model takes one input tensor, not several by name')
  })
})

describe('trainings of the same kind', () => {
  const modules = async (work: () => Promise<unknown>): Promise<number> => {
    if (webAssembly === undefined) throw new Error('there is no WebAssembly')
    const compiled = vi.spyOn(webAssembly, 'Module')
    await work()
    const count = compiled.mock.calls.length
    compiled.mockRestore()
    return count
  }
  const options = { ...quiet, loss: losses, metrics: { cls: ['accuracy'] }, batchSize: 15 } as const

  test('use again what was compiled', async () => {
    const fresh = make()
    const go = (seed: number) => run(fit(fresh, { x, y }, { ...options, seed, epochs: 2 }))
    expect(await modules(() => go(1))).toBeGreaterThan(0)
    expect(await modules(() => go(2))).toBe(0)
    expect(await modules(() => run(fit(fresh, { x, y }, { ...options, optimizer: 'sgd' })))).toBeGreaterThan(
      0,
    )
    const by = (optimizer: Optimizer) => modules(() => run(fit(fresh, { x, y }, { ...options, optimizer })))
    expect(await by(adam({ beta1: 0.8 }))).toBeGreaterThan(0)
    expect(await by(adam({ beta1: 0.8, learningRate: 0.1 }))).toBe(0)
    expect(await by(adam({ beta1: 0.7 }))).toBeGreaterThan(0)
    const { settings: _, ...own } = adam()
    expect(await by(own)).toBeGreaterThan(0)
    expect(await by(own)).toBe(0)
    expect(await by({ ...own, step: site => ({ ...own.step(site) }) })).toBeGreaterThan(0)
  })

  test('with another rate learn at that rate', async () => {
    const shared = make()
    const go = async (m: ReturnType<typeof make>, learningRate: number) =>
      bits((await run(fit(m, { x, y }, { ...options, optimizer: sgd({ learningRate }) }))).weights)
    expect(await go(shared, 0.1)).not.toBe(await go(shared, 0.2))
    expect(await go(shared, 0.1)).toBe(await go(make(), 0.1))
  })

  test('share no weights, no moments, no order and no learning rate', async () => {
    const noisy = () =>
      graphs({ img: input(4), meta: input(2) }, ({ img, meta }) => {
        const h = dropout(0.3)(concat(-1, dense(8, 'relu').as('h')(img), meta))
        return { cls: dense(3, 'softmax').as('c')(h), box: dense(2).as('b')(h) }
      })
    const go = async (m: ReturnType<typeof noisy>, seed: number) =>
      bits((await run(fit(m, { x, y }, { ...options, seed, epochs: 3 }))).weights)
    const again = noisy()
    const halve = {
      onEpochEnd: (_: number, __: object, control: { learningRate: number }) => (control.learningRate /= 2),
    }
    await run(fit(again, { x, y }, { ...options, seed: 9, epochs: 3, callbacks: [halve as never] }))
    expect(await go(again, 1)).toBe(await go(noisy(), 1))
    expect(await go(again, 2)).toBe(await go(noisy(), 2))
    expect(await go(again, 1)).not.toBe(await go(again, 2))
  })

  test('run side by side', async () => {
    const go = (m: ReturnType<typeof make>, seed: number) =>
      run(fit(m, { x, y }, { ...options, seed, epochs: 5 }))
    const alone = [await go(make(), 1), await go(make(), 2)]
    const shared = make()
    const together = await Promise.all([go(shared, 1), go(shared, 2)])
    expect(together.map(({ weights }) => bits(weights))).toEqual(alone.map(({ weights }) => bits(weights)))
  })

  test('one does not wait for another that does not end', async () => {
    const abort = new AbortController()
    const shared = make()
    const endless = run(fit(shared, { x, y }, { ...options, epochs: 1e6, signal: abort.signal }))
    const { history } = await run(fit(shared, { x, y }, { ...options, epochs: 1 }))
    abort.abort()
    expect([history.epoch.length, (await endless).history.stopped]).toEqual([1, 'interrupted'])
  })

  test('one that went wrong leaves nothing behind', async () => {
    const shared = make()
    const wild = sgd({ learningRate: 1e30 })
    const go = (m: ReturnType<typeof make>, learningRate: number) => {
      const slow = {
        onEpochBegin: (_: number, control: { learningRate: number }) => (control.learningRate = learningRate),
      }
      return fit(m, { x, y }, { ...options, optimizer: wild, epochs: 2, callbacks: [slow as never] })
    }
    expect((await refusal(go(shared, 1e30))).code).toBe('non-finite-loss')
    expect(bits((await run(go(shared, 0.1))).weights)).toBe(bits((await run(go(make(), 0.1))).weights))
  })
})
