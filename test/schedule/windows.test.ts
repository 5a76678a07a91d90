import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { vjp } from '../../compiler/autodiff/vjp.js'
import { scheduleProgram } from '../../compiler/compile.js'
import { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { ConvolutionDims, Program, Value, WindowDims } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { differences } from '../../src/testing/closeness.js'
import { type Dice, diceOf } from '../../src/testing/dice.js'
import { sampleOf } from '../../src/testing/programs.js'
import { runCompiled } from '../../src/testing/run.js'

const TOLERANCE = { relative: 2e-5, absolute: 1e-4 }

const compiledGap = async (
  program: Program,
  inputs: readonly TensorValue[],
  target: 'wasm' | 'js',
): Promise<string | undefined> =>
  differences(await runCompiled(program, inputs, { target }), evaluate(program, inputs), TOLERANCE)

const inputsOf = (program: Program, seed: number): TensorValue[] =>
  program.inputs.map(({ value }, i) =>
    sampleOf(program.types[value] ?? { shape: [], dtype: 'f32' }, seed + i),
  )

/** A function of some operands, and its cotangents. */
const withBars = (
  shapes: readonly (readonly number[])[],
  write: (b: Builder, xs: readonly Value[]) => Value,
) => {
  const b = new Builder('windowed')
  const xs = shapes.map((shape, i) => b.input(`x${i}`, { shape, dtype: 'f32' }))
  const program = b.finish([{ name: 'y', value: write(b, xs) }])
  return { program, bars: vjp(program, { wrt: shapes.map((_, i) => i) }) }
}

const numbers = fc.array(fc.nat(2 ** 20), { maxLength: 30 })

/** Images of up to 12 × 12, kernels of up to 4 × 4: every path of the products, and what is left at their edges. */
const convolutionOf = (dice: Dice) => {
  const rank = 1 + dice.below(2)
  const along = <T>(f: (d: number) => T): T[] => Array.from({ length: rank }, (_, d) => f(d))
  const groups = dice.pick([1, 1, 2, 3])
  const each = dice.pick([1, 2, 3, 4, 8])
  const channels = groups * each
  const features = groups * dice.pick([1, 2, 4, 5, 9, 12])
  const space = along(() => 1 + dice.below(12))
  const window = along(() => 1 + dice.below(4))
  const dims: ConvolutionDims = {
    strides: along(() => 1 + dice.below(2)),
    low: along(() => dice.below(4) - 1),
    high: along(() => dice.below(3)),
    lhsDilation: along(() => (dice.below(4) === 3 ? 2 : 1)),
    rhsDilation: along(() => (dice.below(4) === 3 ? 2 : 1)),
    featureGroups: groups,
  }
  const high = space.map((size, d) => {
    const reach = ((window[d] ?? 1) - 1) * (dims.rhsDilation[d] ?? 1) + 1
    return Math.max(
      dims.high[d] ?? 0,
      reach - (dims.low[d] ?? 0) - ((size - 1) * (dims.lhsDilation[d] ?? 1) + 1),
    )
  })
  const shapes = [
    [1 + dice.below(3), ...space, channels],
    [...window, each, features],
  ]
  return { shapes, dims: { ...dims, high } }
}

describe.each(['wasm', 'js'] as const)('%s', target => {
  test.prop([numbers, fc.nat()], { numRuns: 30 })('convolutions and both cotangents', async (xs, seed) => {
    const { shapes, dims } = convolutionOf(diceOf(xs))
    const { program, bars } = withBars(shapes, (b, [x = 0, kernel = 0]) => b.convolution(x, kernel, dims))
    expect(await compiledGap(program, inputsOf(program, seed), target)).toBeUndefined()
    expect(await compiledGap(bars, inputsOf(bars, seed), target)).toBeUndefined()
  })

  test.prop([numbers, fc.nat(), fc.constantFrom('add', 'maximum')], { numRuns: 30 })(
    'pooling and its cotangent',
    async (xs, seed, reducer) => {
      const dice = diceOf(xs)
      const size = [1 + dice.below(3), 1 + dice.below(3)]
      const stride = dice.below(2) === 1 ? size : [1 + dice.below(3), 1 + dice.below(3)]
      const dims: WindowDims = {
        sizes: [1, ...size, 1],
        strides: [1, ...stride, 1],
        dilations: [1, 1 + dice.below(2), 1, 1],
        low: [0, dice.below(3), dice.below(2), 0],
        high: [0, dice.below(3), dice.below(2), 0],
      }
      const shape = [1 + dice.below(2), 5 + dice.below(6), 5 + dice.below(6), dice.pick([1, 3, 4, 16, 21])]
      const { program, bars } = withBars([shape], (b, [x = 0]) => b.reduce_window(reducer, x, dims))
      expect(await compiledGap(program, inputsOf(program, seed), target)).toBeUndefined()
      expect(await compiledGap(bars, inputsOf(bars, seed), target)).toBeUndefined()
    },
  )
})

/** Input, kernel, and what is not 1, 0 or one group. */
const plain = (shapes: readonly (readonly number[])[], dims: Partial<ConvolutionDims> = {}) => ({
  shapes,
  dims: {
    strides: [1, 1],
    low: [1, 1],
    high: [1, 1],
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    featureGroups: 1,
    ...dims,
  },
})

describe('every path of a product over windows', () => {
  test.each([
    [
      'more terms than a cache holds, sums that wait',
      plain([
        [1, 5, 6, 130],
        [3, 3, 130, 12],
      ]),
    ],
    [
      'several groups of packed columns, some left over',
      plain([
        [1, 6, 6, 40],
        [3, 3, 40, 70],
      ]),
    ],
    [
      'many pixels: the kernel gradient in blocks, A packed in chunks',
      plain([
        [2, 26, 26, 12],
        [3, 3, 12, 44],
      ]),
    ],
    [
      'A packed in several chunks',
      plain([
        [1, 33, 32, 40],
        [3, 3, 40, 9],
      ]),
    ],
    [
      'kernels that leave a 1',
      plain(
        [
          [2, 7, 7, 5],
          [1, 3, 5, 6],
        ],
        { low: [0, 1], high: [0, 1] },
      ),
    ],
    [
      'strides that skip pixels',
      plain(
        [
          [2, 9, 9, 3],
          [2, 2, 3, 8],
        ],
        { strides: [3, 3], low: [0, 0] },
      ),
    ],
    [
      'one filter',
      plain([
        [2, 6, 6, 8],
        [3, 3, 8, 1],
      ]),
    ],
    [
      'groups',
      plain(
        [
          [2, 8, 8, 12],
          [3, 3, 4, 24],
        ],
        { featureGroups: 3 },
      ),
    ],
    [
      'depthwise',
      plain(
        [
          [2, 9, 8, 20],
          [3, 3, 1, 20],
        ],
        { featureGroups: 20, strides: [2, 1] },
      ),
    ],
    [
      'depthwise, images large enough for a sum each',
      plain(
        [
          [3, 26, 25, 20],
          [3, 3, 1, 20],
        ],
        { featureGroups: 20 },
      ),
    ],
    [
      'depthwise, two filters a channel',
      plain(
        [
          [2, 5, 5, 6],
          [3, 3, 1, 12],
        ],
        { featureGroups: 6 },
      ),
    ],
  ] as const)('%s', async (_, { shapes, dims }) => {
    const { program, bars } = withBars(shapes, (b, [x = 0, kernel = 0]) => b.convolution(x, kernel, dims))
    expect(await compiledGap(program, inputsOf(program, 1), 'wasm')).toBeUndefined()
    expect(await compiledGap(bars, inputsOf(bars, 2), 'wasm')).toBeUndefined()
  })

  test('an image is padded once for a convolution and its kernel gradient, and never laid out by windows', () => {
    const { shapes, dims } = plain([
      [8, 10, 10, 16],
      [3, 3, 16, 32],
    ])
    const { bars } = withBars(shapes, (b, [x = 0, kernel = 0]) => b.tanh(b.convolution(x, kernel, dims)))
    const { kernels, storage } = scheduleProgram(bars)
    // the image and the cotangent
    expect(kernels.filter(k => k.equations.includes('pad'))).toHaveLength(2)
    const image = 4 * 8 * 10 * 10 * 16
    expect(storage.bytes).toBeLessThan(12 * image)
  })

  test('control: other padding is told apart', async () => {
    const { shapes, dims } = plain([
      [1, 5, 5, 3],
      [3, 3, 3, 4],
    ])
    const made = [dims, { ...dims, low: [0, 1], high: [2, 1] }].map(
      d => withBars(shapes, (b, [x = 0, kernel = 0]) => b.convolution(x, kernel, d)).program,
    )
    const [right, wrong] = made
    if (right === undefined || wrong === undefined) throw new Error('two programs')
    const inputs = inputsOf(right, 1)
    expect(differences(await runCompiled(wrong, inputs), evaluate(right, inputs), TOLERANCE)).toBeDefined()
  })
})
