import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, test, vi } from 'vitest'
import { customActivation } from '../../dsl/activations.js'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { layer } from '../../dsl/layers/layer.js'
import { batchNorm } from '../../dsl/layers/normalization.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import { customLoss } from '../../dsl/losses.js'
import { customMetric } from '../../dsl/metrics.js'
import { graph, input, sequential } from '../../dsl/model.js'
import { sgd } from '../../dsl/optimizers.js'
import type { AnyTensor, Tensor, Weightless } from '../../dsl/types/layer.js'
import { describeFault, type Fault } from '../../runtime/fault.js'
import { webAssembly } from '../../runtime/webassembly.js'
import { tensor, tensorOf } from '../../src/data/tensor.js'
import { FaultError, run, unwrap } from '../../src/errors.js'
import { attemptAsync } from '../../src/task.js'
import { DivergedFault } from '../../src/train/diverged.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/init.js'
import { compile, trainStep, trainSteps } from '../../src/train/trainer.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

const ROWS = 50
const model = sequential(input(3), dense(8, 'relu'), batchNorm(), dropout(0.2), dense(2, 'softmax'))

const wave = (n: number, from = 1) => Float32Array.from({ length: n }, (_, i) => Math.sin(from + i * 1.3))
const x: Tensor<['N', 3]> = tensorOf([ROWS, 3], 'f32', wave(ROWS * 3))
const labels: Tensor<['N'], 'i32'> = tensorOf(
  [ROWS],
  'i32',
  Int32Array.from({ length: ROWS }, (_, i) => ((x.data[3 * i] ?? 0) > 0 ? 1 : 0)),
)
const y: Tensor<['N', 2]> = tensorOf(
  [ROWS, 2],
  'f32',
  Float32Array.from({ length: 2 * ROWS }, (_, i) => (labels.data[i >> 1] === i % 2 ? 1 : 0)),
)

const quiet = { verbose: 'silent', metrics: ['accuracy'], optimizer: 'adam' } as const
const sparse = { ...quiet, loss: 'sparseCategoricalCrossentropy' } as const
const oneHot = { ...quiet, loss: 'categoricalCrossentropy' } as const

/** The fault of a task that must fail; what the types refuse is passed `as never`. */
const refusal = async (task: () => Promise<E.Either<Fault, unknown>>): Promise<Fault> => {
  const result = await task()
  if (E.isRight(result)) throw new Error('it was accepted')
  return result.left
}

const bits = (weights: object): string =>
  JSON.stringify(leavesOf(weights as WeightTree).map(([name, { data }]) => [name, [...data]]))

describe('fit', () => {
  test('learns, reports, and predicts what it learned', async () => {
    const fitted = await run(
      fit(model, { x, y: labels }, { ...sparse, epochs: 60, batchSize: 16, validationSplit: 0.2 }),
    )
    expect(Object.keys(fitted.history.history)).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy'])
    expect(fitted.history.history.accuracy?.at(-1)).toBeGreaterThan(0.85)
    const scores = await run(evaluate(model, fitted.weights, { x, y: labels }, { ...sparse, batchSize: 7 }))
    const out = await run(predict(model, fitted.weights, x, { batchSize: 7 }))
    expect(out.dims).toEqual([ROWS, 2])
    const hits = labels.data.filter((label, i) => Number((out.data[2 * i + 1] ?? 0) > 0.5) === label).length
    expect(scores.accuracy).toBeCloseTo(hits / ROWS, 6)
    expect(Object.keys(fitted.weights.layer1)).toEqual(['gamma', 'beta', 'movingMean', 'movingVariance'])
  })

  test('two runs give the same bits, another seed gives others', async () => {
    const go = async (seed: number) => {
      const { weights } = await run(fit(model, { x, y }, { ...oneHot, epochs: 3, seed, batchSize: 16 }))
      return bits(weights)
    }
    expect(await go(7)).toBe(await go(7))
    expect(await go(7)).not.toBe(await go(8))
  })

  test('a seq takes its input from the data', async () => {
    const fitted = await run(
      fit(seq(dense(4, 'relu'), dense(2, 'softmax')), { x, y }, { ...oneHot, epochs: 1 }),
    )
    expect(fitted.model.in).toEqual(['N', 3])
    const out = await run(predict(fitted.model, fitted.weights, x))
    expect(out.dims).toEqual([ROWS, 2])
  })

  test('weights that go in come out when nothing is learned', async () => {
    const given = unwrap(init(model, { seed: 3 }))
    const still = { ...oneHot, optimizer: sgd({ learningRate: 0 }), initialWeights: given }
    const plain = sequential(input(3), dense(8, 'relu'), dense(2, 'softmax'))
    const start = unwrap(init(plain, { seed: 3 }))
    const { weights } = await run(fit(plain, { x, y }, { ...still, initialWeights: start }))
    expect(bits(weights)).toBe(bits(start))
    expect(bits((await run(fit(model, { x, y }, still))).weights)).not.toBe(bits(given))
  })

  test('the batch size changes no prediction', async () => {
    const weights = unwrap(init(model))
    const whole = await run(predict(model, weights, x, { batchSize: 64 }))
    for (const batchSize of [1, 7, 50]) {
      const out = await run(predict(model, weights, x, { batchSize }))
      for (const [i, want] of whole.data.entries()) expect(out.data[i]).toBeCloseTo(want, 6)
    }
  })

  test('predictions at the same time do not mix their weights', async () => {
    const weights = [1, 2, 3].map(seed => unwrap(init(model, { seed })))
    const alone = []
    for (const w of weights) alone.push([...(await run(predict(model, w, x))).data])
    const together = await Promise.all(weights.map(w => run(predict(model, w, x))))
    expect(together.map(out => [...out.data])).toEqual(alone)
    expect(alone[0]).not.toEqual(alone[1])
  })

  test('what was compiled is used again', async () => {
    const fresh = sequential(input(3), dense(64, 'relu'), dense(64, 'relu'), dense(2, 'softmax'))
    const weights = unwrap(init(fresh))
    if (webAssembly === undefined) throw new Error('there is no WebAssembly')
    const compiled = vi.spyOn(webAssembly, 'Module')
    for (let i = 0; i < 3; i++) await run(predict(fresh, weights, x, { batchSize: 50 }))
    for (let i = 0; i < 3; i++) await run(evaluate(fresh, weights, { x, y }, { ...oneHot, batchSize: 50 }))
    expect(compiled).toHaveBeenCalledTimes(2)
    compiled.mockRestore()
  })

  test('an abort before the first step gives back the first weights', async () => {
    const { history, weights } = await run(
      fit(model, { x, y }, { ...oneHot, epochs: 5, seed: 4, signal: AbortSignal.abort() }),
    )
    expect(history).toMatchObject({ epoch: [], stopped: 'interrupted' })
    expect(bits(weights)).toBe(bits(unwrap(init(model, { seed: 4 }))))
  })

  test('an abort in the middle keeps what was learned', async () => {
    const abort = new AbortController()
    const watch = {
      onEpochEnd: (epoch: number) => (epoch === 2 ? setImmediate(() => abort.abort()) : undefined),
    }
    const task = fit(
      model,
      { x, y },
      { ...oneHot, epochs: 100000, signal: abort.signal, callbacks: [watch as never] },
    )
    const { history, weights } = await run(task)
    expect(history.stopped).toBe('interrupted')
    expect(history.epoch.length).toBeGreaterThanOrEqual(3)
    expect(bits(weights)).not.toBe(bits(unwrap(init(model))))
  })

  test('a batch larger than the data is one batch of all rows, and no epochs are no training, as in Keras', async () => {
    const few = { ...oneHot, epochs: 2, batchSize: 512 }
    const { weights, history } = await run(fit(model, { x, y }, few))
    expect(bits(weights)).toBe(bits((await run(fit(model, { x, y }, { ...few, batchSize: ROWS }))).weights))
    expect(history.epoch).toEqual([0, 1])
    const none = await run(fit(model, { x, y }, { ...oneHot, epochs: 0 }))
    expect(bits(none.weights)).toBe(bits(unwrap(init(model))))
    expect(none.history).toEqual({ epoch: [], history: {}, seconds: [] })
  })

  test('data that is left out is named', async () => {
    // @ts-expect-error: a caller without types
    const missing = await fit(model, { x }, { ...oneHot, epochs: 1 })()
    expect(E.isLeft(missing) && missing.left.code).toBe('missing-data')
  })
})

describe('compile and trainStep', () => {
  test('a loop by hand learns as fit does', async () => {
    const batch = {
      x: tensorOf<[10, 3], 'f32'>([10, 3], 'f32', wave(30)),
      y: tensorOf<[10, 2], 'f32'>([10, 2], 'f32', y.data.slice(0, 20)),
    }
    const plain = sequential(input(3), dense(8, 'relu'), dense(2, 'softmax'))
    const trainer = await run(compile(plain, { ...oneHot, batchSize: 10, seed: 5 }))
    for (let i = 0; i < 6; i++)
      E.getOrElse((fault: Fault): number => {
        throw fault
      })(trainStep(trainer, batch))
    const fitted = await run(
      fit(plain, batch, { ...oneHot, epochs: 6, batchSize: 10, seed: 5, shuffle: false }),
    )
    expect(bits(trainer.weights())).toBe(bits(fitted.weights))
    const losses = fitted.history.history.loss ?? []
    expect(trainer.scores().loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 6, 6)
    trainer.reset()
    expect(trainer.scores().loss).toBe(0)
    expect(trainer.summary).toMatchObject({
      trainable: 50,
      optimizer: 102,
      compiled: { step: 'training', batch: 10 },
    })
  })

  test('a batch whose symbols have another size is refused', async () => {
    const open = sequential(input(['T', 2]), flatten(), dense(1))
    const still = unwrap(tensor([2, 1], [0, 0]))
    const trainer = await run(compile(open, { loss: 'meanSquaredError', batchSize: 2, sizes: { T: 3 } }))
    expect(
      E.isRight(trainStep(trainer, { x: unwrap(tensor([2, 3, 2], new Float32Array(12))), y: still })),
    ).toBe(true)
    const longer = { x: unwrap(tensor([2, 4, 2], new Float32Array(16))), y: still }
    for (const step of [trainStep(trainer, longer), trainSteps(trainer, longer, 1)])
      expect(E.isLeft(step) && step.left.message).toMatch(
        /: model input: expected \[2, 3, 2\], received \[2, 4, 2\] \(3 vs 4\)$/,
      )
  })

  test('a batch of another size is refused', async () => {
    const trainer = await run(compile(model, { ...oneHot, batchSize: 10 }))
    const wrong = trainStep(trainer, { x, y })
    expect(E.isLeft(wrong) && wrong.left.code).toBe('wrong-batch')
  })
})

describe('mistakes', () => {
  const at = (t: AnyTensor, index: number, value: number): never => {
    const data = t.data.slice()
    data[index] = value
    return tensorOf(t.dims, t.dtype, data) as never
  }
  const f32 = (...dims: number[]): never =>
    tensorOf(dims, 'f32', new Float32Array(dims.reduce((a, b) => a * b, 1))) as never

  test.each([
    [
      'features',
      { x: f32(ROWS, 4), y },
      {},
      'shape-mismatch',
      'fit: model input: expected [N, 3], received [50, 4] (3 vs 4)',
    ],
    [
      'rank',
      { x: f32(ROWS), y },
      {},
      'shape-mismatch',
      'fit: model input: expected [N, 3], received [50] (rank differs)',
    ],
    [
      'targets',
      { x, y: f32(ROWS, 3) },
      {},
      'shape-mismatch',
      'fit: target of categoricalCrossentropy: expected [50, 2], received [50, 3] (2 vs 3)',
    ],
    [
      'rows',
      { x, y: f32(49, 2) },
      {},
      'shape-mismatch',
      'fit: target of categoricalCrossentropy: expected [50, 2], received [49, 2] (50 vs 49)',
    ],
    [
      'dtype',
      { x, y: labels },
      {},
      'shape-mismatch',
      'fit: target of categoricalCrossentropy: expected [50, 2], received [50] (rank differs)',
    ],
    [
      'NaN',
      { x: at(x, 31, Number.NaN), y },
      {},
      'non-finite-data',
      'fit: model input has NaN in row 10, at [10, 1]',
    ],
    [
      'infinite target',
      { x, y: at(y, 5, Number.POSITIVE_INFINITY) },
      {},
      'non-finite-data',
      'fit: target has Infinity in row 2, at [2, 1]',
    ],
    [
      'label',
      { x, y: at(labels, 17, 2) },
      { loss: 'sparseCategoricalCrossentropy' },
      'label-out-of-range',
      'fit: target: the label of row 17 is 2, but there are 2 classes',
    ],
    [
      'weights',
      { x, y, sampleWeight: f32(49) },
      {},
      'shape-mismatch',
      'fit: sampleWeight: expected [50], received [49] (50 vs 49)',
    ],
    ['loss', { x, y }, { loss: 'surprise' }, 'unknown-loss', "loss: 'surprise' is not a loss"],
    [
      'optimizer',
      { x, y },
      { optimizer: 'surprise' },
      'unknown-optimizer',
      "optimizer: 'surprise' is not an optimizer",
    ],
    ['metric', { x, y }, { metrics: ['surprise'] }, 'unknown-metric', "metrics: 'surprise' is not a metric"],
    [
      'epochs',
      { x, y },
      { epochs: -1 },
      'bad-option',
      'fit: epochs is -1, expected a whole number, 0 or more',
    ],
    [
      'batch',
      { x, y },
      { batchSize: 1.5 },
      'bad-option',
      'fit: batchSize is 1.5, expected a positive whole number',
    ],
    [
      'split',
      { x, y },
      { validationSplit: 1 },
      'bad-option',
      'fit: validationSplit is 1, expected a share between 0 and 1',
    ],
    [
      'tiny split',
      { x, y },
      { validationSplit: 0.999 },
      'bad-split',
      'fit: a validationSplit of 0.999 leaves no row of 50 on one side',
    ],
    [
      'target',
      { x, y },
      { target: 'gpu' },
      'bad-option',
      "fit: target is 'gpu', expected 'wasm', 'js', 'native', 'auto' or 'evaluator'",
    ],
    [
      'initial weights',
      { x, y },
      { initialWeights: { layer0: {} } },
      'wrong-weights',
      'fit: the initialWeights are not the weights of this model',
    ],
  ])('%s', async (_, data, options, code, message) => {
    const fault = await refusal(fit(model, data as never, { ...oneHot, ...options } as never))
    expect({ kind: fault.kind, code: fault.code, message: fault.message }).toEqual({
      kind: 'user',
      code,
      message,
    })
  })

  test.each([
    ['no data', () => fit(model, undefined as never, oneHot), 'missing-argument', 'fit: there are no data'],
    [
      'no options',
      () => fit(model, { x, y } as never, undefined as never),
      'missing-argument',
      'fit: there are no options',
    ],
    [
      'a list of other rows',
      () => fit(model, { x: [[1, 2, 3]], y } as never, oneHot as never),
      'shape-mismatch',
      'fit: target of categoricalCrossentropy: expected [1, 2], received [50, 2] (1 vs 50)',
    ],
    [
      'weights that are none',
      () => predict(model, undefined as never, x),
      'wrong-weights',
      'predict: the second argument is undefined, expected weights, as init, fit or loadWeights gives them',
    ],
    [
      'weights of text',
      () => predict(model, { layer0: 'text' } as never, x),
      'wrong-weights',
      'predict: the weights are not the weights of this model',
    ],
    [
      'a layer for an input',
      () => fit(sequential(dense(2) as never) as never, { x, y } as never, oneHot as never),
      'no-input',
      'the model has no input',
    ],
    [
      'a name that every object has',
      () => fit(model, { x, y }, { ...oneHot, metrics: ['toString' as never] }),
      'unknown-metric',
      "metrics: 'toString' is not a metric",
    ],
    [
      'an activation of such a name',
      () => attemptAsync(async () => sequential(input(3), dense(2, 'toString' as never))),
      'unknown-activation',
      "activation: 'toString' is not an activation",
    ],
    [
      'a rate that is no number',
      () => attemptAsync(async () => sgd({ learningRate: Number.NaN })),
      'bad-option',
      'sgd: learningRate is NaN, expected a number of at least 0',
    ],
  ] as const)('%s, without types', async (_, task, code, message) => {
    const fault = await refusal(task())
    expect([fault.kind, fault.code, fault.message]).toEqual(['user', code, message])
  })

  const careless = (): never => {
    throw new RangeError('beyond')
  }
  test.each([
    ['a callback', () => fit(model, { x, y }, { ...oneHot, callbacks: [{ onEpochEnd: careless }] })],
    ['the metric own', () => fit(model, { x, y }, { ...oneHot, metrics: [customMetric('own', careless)] })],
    ['the custom loss', () => fit(model, { x, y }, { ...quiet, loss: customLoss(careless) })],
    [
      'the activation own',
      () =>
        fit(
          sequential(input(3), dense(2, { activation: customActivation('own', careless) })),
          { x, y },
          oneHot,
        ),
    ],
    [
      'the layer own',
      () =>
        predict(
          sequential(input(3), layer<Weightless>({ kind: 'own', apply: careless })) as never,
          {} as never,
          x as never,
        ),
    ],
    ['the body of graph', () => predict(graph(input(3), careless) as never, {} as never, x as never)],
  ] as const)('what %s throws is not called a bug of densor', async (what, task) => {
    const fault = await refusal(task())
    expect([fault.kind, fault.message]).toEqual(['user', `${what} throws: beyond`])
    expect(fault.notes[0]).toMatch(/^at .*careless.* \(.*fit\.test\.ts/)
  })

  test('a fault that a callback unwraps is that fault', async () => {
    const onEpochEnd = () => void unwrap(init(sequential(input(3), dense(0 as never))))
    const fault = await refusal(fit(model, { x, y }, { ...oneHot, callbacks: [{ onEpochEnd }] }))
    expect(fault.message).toBe('dense: 0 is not a positive integer')
  })

  test('unwrap and run say when they were given the other', async () => {
    expect(() => unwrap(fit(model, { x, y }, oneHot) as never)).toThrow('write await in place of')
    await expect(run(init(model) as never)).rejects.toThrow('write unwrap(…)')
  })

  test('weights of another model are refused with every mismatch', async () => {
    const other = unwrap(init(sequential(input(4), dense(8), dense(2))))
    const fault = await refusal(predict(sequential(input(3), dense(8)), other as never, x as never))
    expect(fault.notes).toEqual([
      'layer0/kernel: is [4, 8], the model needs [3, 8]',
      'layer1/kernel: [8, 2] has no place in the model',
      'layer1/bias: [2] has no place in the model',
    ])
  })

  test('a mistake in the model names the layer', async () => {
    const wrong = seq(dense(31), dense(2, { in: 32 } as never))
    const fault = await refusal(fit(wrong as never, { x, y } as never, oneHot as never))
    expect(fault.message).toBe('dense: expected last dimension 32, received 31')
    expect(fault.notes.join()).toContain('layer1')
  })

  test('a loss that becomes NaN names epoch, step and layer; the weights before it are kept', async () => {
    const deep = sequential(
      input(3),
      dense(8).as('first'),
      activation('exponential').as('boom'),
      dense(2).as('last'),
    )
    const fault = await refusal(
      fit(
        deep,
        { x, y },
        {
          ...quiet,
          loss: 'meanSquaredError',
          optimizer: sgd({ learningRate: 1e4 }),
          epochs: 9,
          batchSize: 10,
          shuffle: false,
        },
      ),
    )
    if (!(fault instanceof DivergedFault)) throw fault
    expect(fault.message).toMatch(/^fit: (the loss|a weight) became NaN or infinite in epoch 1, step \d$/)
    expect(fault.notes[0]).toMatch(/^the first such number is -?Infinity, in boom/)
    const kept = await run(evaluate(deep, fault.weights as never, { x, y }, { loss: 'meanSquaredError' }))
    expect(Number.isNaN(kept.loss)).toBe(false)
    expect(describeFault(fault)).toContain('try: lower the learning rate')
  })

  test('what scripts see has no stack', async () => {
    const thrown: unknown = await run(fit(model, { x: f32(ROWS, 4), y }, oneHot)).catch(error => error)
    if (!(thrown instanceof FaultError)) throw thrown
    expect(thrown.stack).toBe(describeFault(thrown.fault))
  })
})
