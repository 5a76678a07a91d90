import { describe, expect, test } from 'vitest'
import { gradient } from '../../compiler/autodiff/vjp.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program } from '../../compiler/ir/program.js'
import { type ActivationKind, activate, activationNames, activationOf } from '../../dsl/activations.js'
import { traceFunction } from '../../dsl/function-body.js'
import { vjp } from '../../dsl/functional.js'
import { mul, stopGradient } from '../../dsl/graph/elementwise.js'
import { type Node, nodeOf } from '../../dsl/graph/node.js'
import { softmax, sum } from '../../dsl/graph/reduce.js'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { residual } from '../../dsl/layers/residual.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  findLoss,
  meanAbsoluteError,
  meanSquaredError,
  reduceLoss,
  sparseCategoricalCrossentropy,
} from '../../dsl/losses.js'
import { reshape } from '../../dsl/ops.js'
import { l1l2, orthogonalRegularizer } from '../../dsl/regularizers.js'
import type { LayerFn } from '../../dsl/types/layer.js'
import type { Loss } from '../../dsl/types/training.js'
import type { DType } from '../../runtime/dtype.js'
import { noise, type Tensor } from './golden.js'
import { layerProgram } from './layer-program.js'

type Input = Float64Array | Int32Array | Uint32Array

const STEP = 1e-5

/** Asserts that the gradients of a program's first output, in f64, are its central differences. */
const checkGradients = (program: Program, inputs: readonly Input[], wrt: readonly number[]): void => {
  const outputs = evaluate(gradient(program, wrt), inputs, { as: 'f64' }).slice(program.outputs.length)
  const value = (at: readonly Input[]): number =>
    evaluate(program, at, { as: 'f64' })[0]?.data[0] ?? Number.NaN
  const moved = (input: number, i: number, by: number) =>
    inputs.map((xs, j) => (j === input ? Float64Array.from(xs, (x, k) => (k === i ? x + by : x)) : xs))
  for (const [k, input] of wrt.entries()) {
    for (const [i, found] of Array.from(outputs[k]?.data ?? []).entries()) {
      const difference = (value(moved(input, i, STEP)) - value(moved(input, i, -STEP))) / (2 * STEP)
      const error = Math.abs(found - difference)
      expect(error, `input ${input}[${i}]: ${found}, differences say ${difference}`).toBeLessThanOrEqual(
        1e-7 + 1e-6 * Math.abs(difference),
      )
    }
  }
}

const wide = (t: Tensor): Float64Array => Float64Array.from(t.data)
const spec = (shape: readonly number[], dtype: DType = 'f32') => ({ shape, dtype })

describe('activations, to second order', () => {
  // Away from every kink of the list: 0, ±0.5, ±1, ±3, 6, and the edges of sparsemax's support.
  const shape = [2, 5]
  const x = Float64Array.of(-4.2, -2.3, -0.8, -0.3, 0.2, 0.7, 1.4, 2.6, 3.7, 6.9)
  const [c, d] = [wide(noise(shape, 1)), wide(noise(shape, 2))]

  const apply = (name: ActivationKind, node: unknown): Node =>
    activate(
      name === 'threshold' ? activationOf('threshold', { threshold: 0.1, defaultValue: 2 }) : name,
      nodeOf(node),
    )

  test.each([...activationNames, 'threshold'] as const)('%s', name => {
    const first = traceFunction(
      (node, by) => sum(mul(apply(name, node), nodeOf(by))),
      [spec(shape), spec(shape)],
    )
    checkGradients(first, [x, c], [0])
    // Σ (Jᵀ c)ᵢ dᵢ, whose gradient by x is the second derivative.
    const second = traceFunction(
      (node, by, along) => {
        const [, pull] = vjp((at: Node) => apply(name, at), nodeOf(node))
        return sum(mul(nodeOf(pull(nodeOf(by))[0]), nodeOf(along)))
      },
      [spec(shape), spec(shape), spec(shape)],
    )
    checkGradients(second, [x, c, d], [0])
  })
})

describe('losses', () => {
  const shape = [4, 3]
  const logits = wide(noise(shape, 3, 2))
  const hot = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.25, 0.25)
  const labels = Int32Array.of(0, 2, 1, 1)
  const cases: readonly (readonly [string, Loss, 'probabilities' | 'logits'])[] = [
    ['categorical', categoricalCrossentropy(), 'probabilities'],
    ['categorical, smoothed', categoricalCrossentropy({ labelSmoothing: 0.1 }), 'probabilities'],
    ['categorical of logits', categoricalCrossentropy({ fromLogits: true }), 'logits'],
    ['sparse', sparseCategoricalCrossentropy(), 'probabilities'],
    ['sparse of logits', sparseCategoricalCrossentropy({ fromLogits: true }), 'logits'],
    ['binary', binaryCrossentropy(), 'probabilities'],
    ['binary of logits, smoothed', binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.2 }), 'logits'],
    ['squared', meanSquaredError(), 'logits'],
    ['absolute', meanAbsoluteError(), 'logits'],
  ]

  test.each(cases)('%s', (name, loss, from) => {
    const value = findLoss(loss)
    const sparse = name.startsWith('sparse')
    const program = traceFunction(
      (x, y, w) => {
        const yPred = from === 'logits' ? nodeOf(x) : softmax(nodeOf(x))
        return reduceLoss(value.values(nodeOf(y), yPred), w)
      },
      [spec(shape), sparse ? spec([4], 'i32') : spec(shape), spec([4])],
    )
    checkGradients(program, [logits, sparse ? labels : hot, Float64Array.of(1, 0.5, 2, 0)], [0, 2])
  })
})

describe('layers', () => {
  const penalties = {
    kernelRegularizer: l1l2({ l1: 0.1, l2: 0.2 }),
    biasRegularizer: 'l2',
    activityRegularizer: l1l2({ l1: 0.3, l2: 0.1 }),
  } as const
  const cases: readonly (readonly [string, LayerFn, readonly number[], boolean])[] = [
    ['dense', dense(3, 'tanh'), [5, 4], true],
    ['dense of rank 3', dense(2, 'gelu'), [2, 3, 4], true],
    ['dense with penalties', dense(3, { activation: 'silu', ...penalties }), [5, 4], true],
    [
      'dense with an orthogonal kernel',
      dense(3, { kernelRegularizer: orthogonalRegularizer() }),
      [5, 4],
      true,
    ],
    ['dense, normalized', dense(3, { activation: 'tanh', batchNormalization: true }), [5, 4], true],
    ['batchNorm in training', batchNorm(), [6, 3], true],
    ['batchNorm of rank 3', batchNorm({ center: false }), [3, 2, 3], true],
    ['batchNorm in inference', batchNorm(), [6, 3], false],
    ['layerNorm', layerNorm(), [4, 5], true],
    ['dropout', dropout(0.4), [4, 5], true],
    ['activation', activation('softmax'), [4, 5], true],
    ['flatten and reshape', seq(reshape([2, 6]), flatten(), dense(2)), [3, 12], true],
    ['residual', residual(seq(dense(6, 'tanh'), layerNorm(), dense(4))), [3, 4], true],
  ]

  test.each(cases)('%s', (_, layer, shape, training) => {
    const { program } = layerProgram(layer, shape, training)
    const inputs = program.inputs.map(({ value }, i): Input => {
      const { shape: of = [], dtype } = program.types[value] ?? {}
      if (dtype === 'i32') return Int32Array.of(3)
      return dtype === 'u32' ? Uint32Array.of(1, 2) : wide(noise(of, i + 1)).map(v => v + (i > 1 ? 1.5 : 0))
    })
    const wrt = program.inputs.flatMap(({ name, value }, i) =>
      program.types[value]?.dtype === 'f32' && !name.includes('moving') ? [i] : [],
    )
    checkGradients(program, inputs, wrt)
  })
})

test('control: a wrong derivative does not pass', () => {
  const program = traceFunction(x => sum(mul(nodeOf(x), stopGradient(nodeOf(x)))), [spec([3])])
  expect(() => checkGradients(program, [Float64Array.of(1, 2, 3)], [0])).toThrow()
})
