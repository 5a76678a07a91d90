import { describe, expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { conv2d, depthwiseConv2d } from '../../dsl/layers/convolution.js'
import { averagePool2d, globalAveragePool2d, maxPool2d } from '../../dsl/layers/pooling.js'
import { runCompiled } from '../../src/testing/run.js'
import { camelKeys, elements, expectClose, golden, type Spec, type Tensor } from './golden.js'
import { regularizerOf } from './keras-specs.js'
import { layerProgram } from './layer-program.js'

type Tensors = Readonly<Record<string, Tensor>>
type Config = Readonly<Record<string, unknown>>

interface Case {
  readonly name: string
  readonly layer: string
  readonly config: Config
  readonly x: Tensor
  readonly cotangent: Tensor
  readonly y: Tensor
}

type Run = (program: Program, inputs: readonly TensorValue[]) => Promise<readonly TensorValue[]>

/** The meaning, and what a user gets. */
const runs: Readonly<Record<string, Run>> = {
  evaluated: async (program, inputs) => evaluate(program, inputs),
  compiled: (program, inputs) => runCompiled(program, inputs),
}

const missing = (what: string): never => {
  throw new Error(`no ${what}`)
}

const asValue = ({ shape, data }: Tensor): TensorValue => ({
  type: { shape, dtype: 'f32' },
  data: elements(data),
})

/** y, and the gradients of Σ y · cotangent and the penalties, by x and by each weight. */
const differentiated = async (run: Run, layer: unknown, c: Case, weights: Tensors) => {
  const made = layerProgram(layer, c.x.shape, true)
  const inputs = [c.x, c.cotangent, ...made.weights.map(name => weights[name] ?? missing(name))]
  const out = (await run(made.withGradients, inputs.map(asValue))).map(
    ({ type, data }): Tensor => ({ shape: type.shape, data: Array.from(data) }),
  )
  const [, y = missing('y'), , ...bars] = out
  const names = ['x', ...made.weights]
  const gradients: Tensors = Object.fromEntries(names.map((name, i) => [name, bars[i] ?? missing(name)]))
  return { y, gradients }
}

const expectAll = (actual: Tensors, wanted: Tensors): void => {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort())
  for (const [name, want] of Object.entries(wanted)) {
    expectClose(actual[name] ?? missing(name), want, { relative: 2e-5, absolute: 1e-5 })
  }
}

const isSpec = (x: unknown): x is Spec => typeof x === 'object' && x !== null && 'class' in x

const optionsOf = (config: Config): Config =>
  Object.fromEntries(
    Object.entries(camelKeys(config)).map(([key, value]) => [
      key,
      isSpec(value) ? regularizerOf(value) : value,
    ]),
  )

/** A pair or a number of a golden file. */
const sizeOfKernel = (x: unknown): number | readonly [number, number] => {
  if (!Array.isArray(x)) return Number(x)
  const [height, width] = x.map(Number)
  return [height ?? missing('height'), width ?? missing('width')]
}

describe.each(Object.entries(runs))('%s, convolution is that of Keras', (_, run) => {
  const { cases } = golden<{
    readonly cases: readonly (Case & { readonly weights: Tensors; readonly gradients: Tensors })[]
  }>('conv')

  test.each(cases)('$layer, $name', async c => {
    const { filters, kernel_size: kernel, ...rest } = c.config
    const options = optionsOf(rest)
    const layer =
      c.layer === 'Conv2D'
        ? conv2d(Number(filters), sizeOfKernel(kernel), options)
        : depthwiseConv2d(sizeOfKernel(kernel), options)
    const got = await differentiated(run, layer, c, c.weights)
    expectClose(got.y, c.y, { absolute: 5e-6 })
    expectAll(got.gradients, c.gradients)
  })
})

describe.each(Object.entries(runs))('%s, pooling is that of Keras', (_, run) => {
  interface PoolCase extends Case {
    readonly gradient: Tensor
  }
  const { cases, ties } = golden<{ readonly cases: readonly PoolCase[]; readonly ties: readonly PoolCase[] }>(
    'pooling',
  )

  const layerOf = ({ layer, config }: Case): unknown => {
    const { pool_size: given, ...rest } = config
    const size = given === undefined ? undefined : sizeOfKernel(given)
    switch (layer) {
      case 'MaxPooling2D':
        return maxPool2d(size, optionsOf(rest))
      case 'AveragePooling2D':
        return averagePool2d(size, optionsOf(rest))
      case 'GlobalAveragePooling2D':
        return globalAveragePool2d(optionsOf(rest))
      default:
        return missing(layer)
    }
  }

  test.each([...cases, ...ties])('$layer, $name', async c => {
    const got = await differentiated(run, layerOf(c), c, {})
    expectClose(got.y, c.y)
    expectAll(got.gradients, { x: c.gradient })
  })

  test('equals are frequent among the ties', () => {
    const equal = ties.filter(({ x, gradient }) => {
      const largest = Math.max(...x.data)
      return x.data.filter((value, i) => value === largest && gradient.data[i] === 0).length > 0
    })
    expect(equal.length).toBe(ties.length)
  })
})
