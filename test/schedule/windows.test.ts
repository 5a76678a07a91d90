import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { vjp } from '../../compiler/autodiff/vjp.js'
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
