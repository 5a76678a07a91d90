import { conv2d, depthwiseConv2d } from '../../dsl/layers/convolution.js'
import { averagePool2d, maxPool2d } from '../../dsl/layers/pooling.js'
import type { LayerFn } from '../../dsl/types/layer.js'
import type { WindowWish } from './wishes.js'

/** A layer on images of a shape, how it is written, and the shape after it. */
interface OnImages {
  readonly text: string
  readonly make: () => LayerFn
  readonly after: readonly number[]
}

/** A layer that looks through windows, on images [height, width, channels]. */
export const onImages = (
  wish: WindowWish,
  [height = 1, width = 1, channels = 1]: readonly number[],
): OnImages => {
  const { layer, size, strides, choice, bare } = wish
  const padding = Math.min(height, width) < size ? 'same' : wish.padding
  const over = { padding, strides }
  const said = `padding: '${padding}', strides: ${strides}`
  const useBias = bare ? { useBias: false as const } : {}
  const saidBias = bare ? ', useBias: false' : ''
  const along = (extent: number): number =>
    padding === 'same' ? Math.ceil(extent / strides) : Math.floor((extent - size) / strides) + 1
  const image = [along(height), along(width)]
  switch (layer) {
    case 'conv2d': {
      const possible = divisorsOf(channels)
      const groups = possible[choice % possible.length] ?? 1
      const filters = groups * (1 + (choice % 2))
      return {
        text: `conv2d(${filters}, ${size}, { ${said}, groups: ${groups}${saidBias} })`,
        make: () => conv2d(filters, size, { ...over, groups, ...useBias }),
        after: [...image, filters],
      }
    }
    case 'depthwiseConv2d':
      return {
        text: `depthwiseConv2d(${size}, { ${said}${saidBias} })`,
        make: () => depthwiseConv2d(size, { ...over, ...useBias }),
        after: [...image, channels],
      }
    case 'maxPool2d':
      return {
        text: `maxPool2d(${size}, { ${said} })`,
        make: () => maxPool2d(size, over),
        after: [...image, channels],
      }
    case 'averagePool2d':
      return {
        text: `averagePool2d(${size}, { ${said} })`,
        make: () => averagePool2d(size, over),
        after: [...image, channels],
      }
    default:
      return layer satisfies never
  }
}

/** The numbers that divide a number, from 1 to itself. */
export const divisorsOf = (size: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => i + 1).filter(n => size % n === 0)
