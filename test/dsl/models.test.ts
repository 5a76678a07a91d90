import { describe, expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import { activationOf, customActivation } from '../../dsl/activations.js'
import { customConstraint } from '../../dsl/constraints.js'
import { grad } from '../../dsl/functional.js'
import * as ops from '../../dsl/graph/ops.js'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { lastDim, layer } from '../../dsl/layers/layer.js'
import { batchNorm } from '../../dsl/layers/normalization.js'
import { residual } from '../../dsl/layers/residual.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import { customLoss } from '../../dsl/losses.js'
import { customMetric } from '../../dsl/metrics.js'
import { graph, graphs, input, sequential } from '../../dsl/model.js'
import { add, concat, mean, mul, reshape, square, sub, sum } from '../../dsl/ops.js'
import { sgd } from '../../dsl/optimizers.js'
import { customRegularizer } from '../../dsl/regularizers.js'
import { forward } from '../../dsl/trace/forward.js'
import { initialWeights } from '../../dsl/trace/initial.js'
import { type StepProgram, traceEvaluateStep, tracePredict } from '../../dsl/trace/step.js'
import { type Training, traceTrainStep } from '../../dsl/trace/train.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { Layer, Tensor } from '../../dsl/types/layer.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { faultOf } from '../faults.js'
import { noise } from './golden.js'

const paths = ({ layout }: { readonly layout: StepProgram['layout'] }) =>
  layout.weights.map(w => w.path.join('/'))
const outputShape = (model: unknown) => forward({ model, batch: 1 }, false).outputs[0]?.node.shape

/** Runs a step on given inputs by name; the rest is noise. */
const runStep = (step: StepProgram, given: Readonly<Record<string, ArrayLike<number>>> = {}) => {
  const { program } = step
  const inputs = program.inputs.map(({ name, value }, i) => {
    const { shape = [], dtype = 'f32' } = program.types[value] ?? {}
    const array = allocate(dtype, sizeOf(shape))
    array.set(
      Array.from(given[name] ?? (dtype === 'f32' ? noise(shape, i + 1).data : [0, 1].slice(0, array.length))),
    )
    return array
  })
  return Object.fromEntries(
    evaluate(program, inputs).map((out, i) => [program.outputs[i]?.name ?? '', out.data]),
  )
}

describe('names of weights', () => {
  test('layers count from 0, named ones keep their name, nested ones nest', () => {
    const block = seq(dense(4), batchNorm()).as('block')
    const model = sequential(
      input(3),
      dense(5),
      activation('relu'),
      dense(2).as('head'),
      block,
      residual(seq(dense(4))),
    )
    expect(paths(tracePredict({ model, batch: 2 }))).toEqual([
      'layer0/kernel',
      'layer0/bias',
      'head/kernel',
      'head/bias',
      'block/layer0/kernel',
      'block/layer0/bias',
      'block/layer1/gamma',
      'block/layer1/beta',
      'block/layer1/movingMean',
      'block/layer1/movingVariance',
      'layer4/layer0/kernel',
      'layer4/layer0/bias',
    ])
  })

  test('dense with batch normalization holds its weights in Keras order', () => {
    const model = sequential(input(3), dense(5, { batchNormalization: true, useBias: false }))
    expect(paths(tracePredict({ model, batch: 2 }))).toEqual([
      'layer0/kernel',
      'layer0/gamma',
      'layer0/beta',
      'layer0/movingMean',
      'layer0/movingVariance',
    ])
  })

  test('one layer value under one name has one set of weights', () => {
    const shared = graph(input(4), x => {
      const f = dense(4).as('f')
      return add(f(x), f(f(x)))
    })
    const step = tracePredict({ model: shared, batch: 1 })
    expect(paths(step)).toEqual(['f/kernel', 'f/bias'])
    // f = 2x + 1 in every element: f(x) + f(f(x)) = (2x + 1) + (4x + 3)
    const kernel = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 2 : 0))
    const out = runStep(step, { params: [...kernel, 1, 1, 1, 1], x: [1, 2, 3, 4] })
    expect(Array.from(out.out ?? [])).toEqual([10, 16, 22, 28])
  })

  test('two layers under one name are refused', () => {
    const model = graph(input(4), x => add(dense(4).as('f')(x), dense(4).as('f')(x)))
    expect(faultOf(() => tracePredict({ model, batch: 1 })).message).toBe(
      "graph: the name 'f' is used for two different layers or input shapes",
    )
  })

  test('the layout counts every weight once, trainable ones and state apart', () => {
    const { layout } = tracePredict({
      model: sequential(input(3), dense(5), batchNorm(), dense(2)),
      batch: 1,
    })
    expect([layout.params, layout.state]).toEqual([15 + 5 + 10 + 10 + 2, 10])
    const { params, state } = initialWeights(layout, 1)
    expect(Array.from(state)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    expect(Array.from(params.subarray(15, 30))).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    expect(initialWeights(layout, 1)).toEqual(initialWeights(layout, 1))
    expect(initialWeights(layout, 1).params).not.toEqual(initialWeights(layout, 2).params)
  })
})

describe('shapes', () => {
  test('the traced shape is the typed one', () => {
    const model = sequential(
      input([4, 6]),
      flatten(),
      dense(12, 'relu'),
      reshape([3, -1]),
      batchNorm(),
      dense(7),
    )
    const typed: readonly ['N', 3, 7] = model.out
    expect(outputShape(model)).toEqual(typed)
    expect(model.out).toEqual(['N', 3, 7])
    const { program } = tracePredict({ model, batch: 5 })
    expect(program.types[program.outputs[0]?.value ?? -1]?.shape).toEqual([5, 3, 7])
  })

  test('several inputs and outputs keep their names', () => {
    const model = graphs({ image: input(6), meta: input(2) }, ({ image, meta }) => {
      const h = concat(-1, dense(4, 'relu').as('i')(image), meta)
      return { class: dense(3, 'softmax').as('c')(h), box: dense(4).as('b')(h) }
    })
    expect(model.outs).toEqual({ class: ['N', 3], box: ['N', 4] })
    const objective: Training = {
      loss: { class: 'categoricalCrossentropy', box: 'meanSquaredError' },
      lossWeights: { box: 0.5 },
      metrics: { class: ['accuracy'], box: [] },
      optimizer: 'adam',
    }
    const step = traceTrainStep({ model, batch: 3 }, objective)
    expect(step.streams).toEqual(['x.image', 'x.meta', 'y.class', 'y.box'])
    expect(step.metrics).toEqual(['class_loss', 'box_loss', 'class_accuracy'])
    expect(tracePredict({ model, batch: 3 }).program.outputs.map(p => p.name)).toEqual([
      'out.class',
      'out.box',
    ])
    expect(Number.isFinite(runStep(step).loss?.[0])).toBe(true)
  })

  test('a seq takes its input from the data', () => {
    const step = tracePredict({ model: seq(dense(4), dense(2)), batch: 3, dataShape: [100, 7] })
    expect(step.layout.weights[0]?.shape).toEqual([7, 4])
    expect(faultOf(() => tracePredict({ model: seq(dense(4)), batch: 3 })).code).toBe('no-input')
  })
})

describe('mistakes are told in words, with the layer', () => {
  const wrong = (model: unknown) => faultOf(() => tracePredict({ model, batch: 2 }))

  test('the seed case: a layer told `in: 32` after one that gives 31', () => {
    // @ts-expect-error the types refuse it with the same sentence
    const fault = wrong(sequential(input(31), dense(64, { in: 32 })))
    expect(fault.message).toBe('dense: expected last dimension 32, received 31')
    expect(fault.notes).toEqual(["in layer 'layer0' (dense)"])
  })

  test('in a nested block, both places are named', () => {
    const block = seq(dense(8), dense(4, { in: 9 })).as('block')
    // @ts-expect-error the types refuse it with the same sentence
    const fault = wrong(sequential(input(3), block))
    expect(fault.notes).toEqual(["in layer 'layer1' (dense)", "in layer 'block' (seq)"])
  })

  test('a residual that changes the shape', () => {
    // @ts-expect-error the types refuse it with the same sentence
    expect(wrong(sequential(input(32), residual(seq(dense(64))))).message).toBe(
      'residual: block maps [N, 32] to [N, 64], which cannot be added to its input',
    )
  })

  test('a layer with weights in a graph needs a name', () => {
    // @ts-expect-error the types refuse it with the same sentence
    const fault = wrong(graph(input(4), x => dense(3)(x)))
    expect(fault.message).toBe(
      "dense: a layer with parameters needs a name inside a graph, e.g. dense(...).as('fc1')",
    )
  })

  test('names used twice, things that are no layers, bad sizes and rates', () => {
    // @ts-expect-error the types refuse it with the same sentence
    expect(wrong(sequential(input(3), dense(3).as('a'), dense(3).as('a'))).message).toBe(
      "sequential: the name 'a' is used twice",
    )
    // @ts-expect-error the types refuse it with the same sentence
    expect(wrong(sequential(input(3), 'relu')).message).toBe('sequential: argument 0 is not a layer')
    // @ts-expect-error the types refuse it with the same sentence
    expect(wrong(sequential(input(3), dense(-3))).message).toBe('dense: -3 is not a positive integer')
    expect(() => dense(2, { activation: { kind: 'rely' } })).toThrow(
      "activation: 'rely' is not an activation",
    )
    expect(wrong({}).code).toBe('not-a-model')
    expect(
      faultOf(() =>
        traceTrainStep(
          { model: sequential(input(3), activation('relu')), batch: 1 },
          {
            loss: 'meanSquaredError',
            optimizer: 'sgd',
          },
        ),
      ).code,
    ).toBe('nothing-to-train')
  })
})

describe('a layer of the user', () => {
  interface Scale extends Layer {
    readonly '~name': ''
    readonly kind: 'scale'
    readonly '~out': this['~in']
    readonly '~params': { readonly factor: Tensor<[number]> }
    readonly '~weights': { readonly factor: Tensor<[number]>; readonly steps: Tensor<[]> }
  }
  /** x times a weight for each element of its last axis; counts its steps in a state. */
  const scale = (): Scale =>
    layer<Scale>({
      kind: 'scale',
      weights: (shape: Shape) => ({
        factor: { shape: [lastDim('scale', shape)], initializer: 'ones' },
        steps: { shape: [], initializer: 'zeros', trainable: false },
      }),
      apply: ({ factor, steps }, x, context) => {
        context.update('steps', ops.add(steps, 1))
        context.penalty(ops.mean(ops.square(factor)))
        return ops.mul(x, factor)
      },
    })

  test('has weights, state and penalties', () => {
    const model = sequential(input(2), scale())
    const step = traceTrainStep(
      { model, batch: 1 },
      { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0.1 }) },
    )
    expect(paths(step)).toEqual(['layer0/factor', 'layer0/steps'])
    const out = runStep(step, {
      params: [3, 4],
      state: [5],
      x: [1, 1],
      y: [1, 2],
      rate: [0.1],
      totals: [10, 20],
      lost: [0, 0],
    })
    // loss = ((3 - 1)² + (4 - 2)²) / 2 + (9 + 16) / 2
    expect(out.loss?.[0]).toBeCloseTo(4 + 12.5, 5)
    // gradient = [2 + 3, 2 + 4]
    expect(Array.from(out.params ?? [])).toEqual([Math.fround(3 - 0.5), Math.fround(4 - 0.6)])
    expect(Array.from(out.state ?? [])).toEqual([6])
    expect(Array.from(out.totals ?? [])).toEqual([26.5, 21])
  })

  test('states change in training only', () => {
    const step = traceEvaluateStep(
      { model: sequential(input(2), scale()), batch: 1 },
      { loss: 'meanSquaredError' },
    )
    expect(step.program.outputs.map(p => p.name)).toEqual(['totals', 'lost', 'loss'])
  })

  test('a derivative inside a model sees through its layers', () => {
    // d/dx Σ (x W)² = 2 (x W) Wᵀ, of a dense layer without bias
    const model = graph(input(2), x => {
      const f = dense(2, { useBias: false }).as('f')
      return grad((at: typeof x) => sum(square(f(at))))(x)
    })
    const out = runStep(tracePredict({ model, batch: 1 }), { params: [1, 2, 3, 4], x: [1, 1] })
    expect(Array.from(out.out ?? [])).toEqual([2 * (4 * 1 + 6 * 2), 2 * (4 * 3 + 6 * 4)])
  })

  test('a loss of the user is a function of nodes', () => {
    const loss = customLoss((t, y) => ops.mean(ops.pow(ops.sub(t, y), 4), -1))
    const step = traceEvaluateStep({ model: sequential(input(2), activation('linear')), batch: 1 }, { loss })
    expect(runStep(step, { x: [1, 3], y: [0, 1] }).loss?.[0]).toBeCloseTo((1 + 16) / 2, 5)
  })
})

test('state that is shared goes on from call to call', () => {
  const model = graph(input(1), x => {
    const norm = batchNorm({ momentum: 0.5 }).as('n')
    return add(norm(x), norm(add(x, 10)))
  })
  const step = traceTrainStep({ model, batch: 2 }, { loss: 'meanSquaredError', optimizer: 'sgd' })
  // The mean of x is 2: (0 + 2) / 2 = 1 after the first call, (1 + 12) / 2 after the second.
  expect(runStep(step, { state: [0, 1], x: [1, 3] }).state?.[0]).toBe(6.5)
})

describe('training steps', () => {
  const model = sequential(input(3), dense(4, 'tanh'), batchNorm(), dropout(0.5), dense(2, 'softmax'))
  const training: Training = { loss: 'categoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] }

  test('ports are those of the contract, absent where there is nothing to say', () => {
    const { program, donate, guard } = traceTrainStep({ model, batch: 4 }, { ...training, weighted: true })
    const names = program.inputs.map(p => p.name)
    expect(names).toEqual([
      'params',
      'state',
      'slot0',
      'slot1',
      'iterations',
      'key',
      'rate',
      'totals',
      'lost',
      'x',
      'y',
      'w',
    ])
    expect(program.outputs.map(p => p.name)).toEqual([
      'params',
      'state',
      'slot0',
      'slot1',
      'iterations',
      'totals',
      'lost',
      'loss',
    ])
    expect(donate.map(([output]) => output)).toEqual([
      'params',
      'state',
      'slot0',
      'slot1',
      'iterations',
      'totals',
      'lost',
    ])
    expect(guard).toBe('loss')
    const plain = traceTrainStep(
      { model: sequential(input(3), dense(2)), batch: 4 },
      {
        loss: 'meanSquaredError',
        optimizer: 'sgd',
      },
    )
    expect(plain.program.inputs.map(p => p.name)).toEqual([
      'params',
      'iterations',
      'rate',
      'totals',
      'lost',
      'x',
      'y',
    ])
  })

  test('the same step gives the same bits; another step number drops out others', () => {
    const step = traceTrainStep({ model, batch: 4 }, training)
    const at = (iterations: number) =>
      runStep(step, { iterations: [iterations], slot1: new Array(34).fill(0.1) })
    expect(at(0)).toEqual(at(0))
    expect(at(0).loss).not.toEqual(at(1).loss)
  })

  test('every equation of the forward pass names its layer', () => {
    const { program } = tracePredict({ model, batch: 4 })
    expect(new Set(program.equations.map(e => e.source))).toEqual(new Set(['layer0', 'layer1', 'layer3']))
  })

  test('products are dot_general only, and sparse labels are never made a matrix', () => {
    const { program } = traceTrainStep(
      { model: sequential(input(8), dense(6, 'relu'), dense(5, 'softmax')), batch: 7 },
      {
        loss: 'sparseCategoricalCrossentropy',
        optimizer: 'adam',
      },
    )
    expect(program.equations.filter(e => e.prim === 'dot_general').length).toBe(5)
    const largest = Math.max(...program.types.map(t => sizeOf(t.shape)))
    expect(largest).toBe(8 * 6 + 6 + 6 * 5 + 5)
  })
})

describe('depth', () => {
  test('2,000 layers in nested seqs trace and train', () => {
    const block = () => seq(...Array.from({ length: 50 }, () => activation('tanh')))
    const model = sequential(input(2), dense(1), seq(...Array.from({ length: 40 }, block)))
    const step = traceTrainStep({ model, batch: 1 }, { loss: 'meanSquaredError', optimizer: 'sgd' })
    expect(step.layers.length).toBe(1 + 1 + 1 + 40 + 2000)
    expect(step.program.equations.filter(e => e.prim === 'tanh').length).toBe(2000)
  })

  test('a graph of 5,000 nodes in a row traces', () => {
    const model = graph(input(2), x => Array.from({ length: 5000 }).reduce((h: typeof x) => add(h, 1), x))
    expect(tracePredict({ model, batch: 1 }).program.equations.length).toBeGreaterThanOrEqual(5000)
  })
})

describe('functions of the user are written in the typed operations', () => {
  test('losses, metrics, activations, regularizers, constraints', () => {
    const model = sequential(
      input(3),
      dense(4, {
        activation: customActivation('cube', x => mul(x, mul(x, x))),
        kernelRegularizer: customRegularizer('mean', w => mean(square(w))),
        kernelConstraint: customConstraint('half', w => mul(w, 0.5)),
      }),
      dense(2, { activation: activationOf('leakyRelu', { negativeSlope: 0.1 }) }),
    )
    const step = traceTrainStep(
      { model, batch: 2 },
      {
        loss: customLoss((t, y) => mean(square(sub(t, y)), -1)),
        metrics: [customMetric('bias', (t, y) => mean(sub(y, t), -1))],
        optimizer: sgd(),
      },
    )
    expect(step.metrics).toEqual(['bias'])
    const given = { params: noise([26], 3).data, rate: [0] }
    const halved = Array.from(runStep(step, given).params ?? [])
    // With a learning rate of 0 only the constraint moves the weights: the first kernel, 3 by 4.
    expect(halved).toEqual(given.params.map((w, i) => (i < 12 ? w / 2 : w)))
  })
})
