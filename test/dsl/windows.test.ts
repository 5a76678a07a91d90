import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { sizeOfDim } from '../../dsl/graph/shapes.js'
import { conv2d, depthwiseConv2d } from '../../dsl/layers/convolution.js'
import { isLayer } from '../../dsl/layers/layer.js'
import { averagePool2d, globalAveragePool2d, maxPool2d } from '../../dsl/layers/pooling.js'
import type { Shape } from '../../dsl/types/dims.js'
import { samePadding, windows } from '../../dsl/types/window-rules.js'
import { Fault } from '../../runtime/fault.js'
import { layerProgram } from './layer-program.js'

const shapeAfter = (layer: unknown, input: Shape): Shape => {
  if (!isLayer(layer)) throw new Error('not a layer')
  return layer.definition.shape(input)
}

const refusal = (layer: unknown, input: Shape): string => {
  try {
    return shapeAfter(layer, input).join()
  } catch (error) {
    if (error instanceof Fault && error.kind === 'user') return error.message
    throw error
  }
}

const size = fc.integer({ min: 1, max: 4 })
const both = fc.tuple(size, size)
const pair = fc.oneof(size, both)
const options = fc.record({
  strides: pair,
  padding: fc.constantFrom('valid' as const, 'same' as const),
  dilationRate: pair,
})

describe('the shape that the types infer is the shape that is computed', () => {
  const image = fc.tuple(size, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), size)

  test.prop([image, pair, options, size], { numRuns: 200 })('for convolutions', (shape, kernel, given, f) => {
    for (const layer of [
      conv2d(f, kernel, given),
      depthwiseConv2d(kernel, { ...given, depthMultiplier: f }),
    ]) {
      const claimed = refusal(layer, shape)
      if (claimed.includes('larger than')) {
        expect(() => layerProgram(layer, shape, false)).toThrow(claimed)
        continue
      }
      const { program } = layerProgram(layer, shape, false)
      expect(program.types[program.outputs[1]?.value ?? 0]?.shape.join()).toBe(claimed)
    }
  })

  test.prop([image, both, both, fc.boolean()], { numRuns: 200 })(
    'for pooling',
    (shape, poolSize, strides, same) => {
      const given = { strides, padding: same ? ('same' as const) : ('valid' as const) }
      for (const layer of [maxPool2d(poolSize, given), averagePool2d(poolSize, given)]) {
        const claimed = refusal(layer, shape)
        if (claimed.includes('larger than')) continue
        const { program } = layerProgram(layer, shape, false)
        expect(program.types[program.outputs[1]?.value ?? 0]?.shape.join()).toBe(claimed)
      }
    },
  )

  test.prop([fc.integer({ min: 1, max: 40 }), size, size, size, fc.boolean()])(
    'a symbol becomes what its size becomes',
    (height, kernel, stride, dilation, same) => {
      const over = {
        size: kernel,
        strides: stride,
        dilation,
        padding: same ? ('same' as const) : ('valid' as const),
      }
      if (!same && dilation * (kernel - 1) + 1 > height) return
      const [, symbol = 0] = windows('conv2d', ['N', 'H', 'H', 1], over)
      const [, number] = windows('conv2d', ['N', height, height, 1], over)
      expect(sizeOfDim(symbol, new Map([['H', height]]))).toBe(number)
    },
  )
})

test.prop([fc.integer({ min: 1, max: 40 }), size, size])(
  'same pads no more than it needs',
  (n, kernel, stride) => {
    const [low, high] = samePadding(n, kernel, stride)
    const places = Math.ceil(n / stride)
    expect(Math.floor((low + n + high - kernel) / stride) + 1).toBe(places)
    expect(high - low === 0 || high - low === 1).toBe(true)
    // the last window begins inside of the image, and without its padding there would be a place less
    if (low + high > 0) expect((places - 1) * stride + kernel).toBe(low + n + high)
  },
)

describe('refusals', () => {
  test.each([
    [conv2d(8, 5), ['N', 3, 3, 1], 'conv2d: kernel 5 is larger than the padded input 3'],
    [conv2d(8, 5), ['N', 32], 'conv2d: input [N, 32] must be [batch, ..., height, width, channels]'],
    [conv2d(8, 5), [28, 28, 1], 'conv2d: input [28, 28, 1] must be [batch, ..., height, width, channels]'],
    [conv2d(8, 3), ['N', 28, 28], 'conv2d: input [N, 28, 28] has no channels; write input([28, 28, 1])'],
    [
      depthwiseConv2d(3),
      ['N', 8, 9],
      'depthwiseConv2d: input [N, 8, 9] has no channels; write input([8, 9, 1])',
    ],
    [maxPool2d(), ['N', 8, 9], 'maxPool2d: input [N, 8, 9] has no channels; write input([8, 9, 1])'],
    [averagePool2d(), ['N', 8, 9], 'averagePool2d: input [N, 8, 9] has no channels; write input([8, 9, 1])'],
    [
      globalAveragePool2d(),
      ['N', 8, 9],
      'globalAveragePool2d: input [N, 8, 9] has no channels; write input([8, 9, 1])',
    ],
    [maxPool2d(4), ['N', 3, 3, 1], 'maxPool2d: kernel 4 is larger than the padded input 3'],
    [conv2d(8, 3, { groups: 2 }), ['N', 4, 4, 3], 'conv2d: 3 channels do not fall into 2 groups'],
    [conv2d(Number('2.5'), 3), ['N', 4, 4, 3], 'conv2d: 2.5 is not a positive integer'],
    [conv2d(2, [3, Number('0')]), ['N', 4, 4, 3], 'conv2d: 0 is not a positive integer'],
    [conv2d(2, 3, { strides: Number('-1') }), ['N', 4, 4, 3], 'conv2d: -1 is not a positive integer'],
  ])('%#: %s', (layer, shape, sentence) => {
    expect(refusal(layer, shape)).toBe(sentence)
  })
})
