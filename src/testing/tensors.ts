import fc from 'fast-check'
import type { NormalShape } from '../../dsl/types/dims.js'
import type { Tensor } from '../../dsl/types/layer.js'
import { allocate, type DType, sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { tensorOf } from '../data/tensor.js'
import { WILD } from './wild.js'

/** Options of `tensor`. */
export interface TensorOptions<D extends DType = 'f32'> {
  /** Default: 'f32'. */
  readonly dtype?: D
  /** Smallest element. Default: -2 for floats, -4 for i32, 0 for u32. */
  readonly min?: number
  /** Largest element. Default: 2 for floats, 4 for i32, 8 for u32. */
  readonly max?: number
  /** Whether to draw NaN, infinities, -0, denormals and extremes too. Default: false. */
  readonly wild?: boolean
}

/**
 * A fast-check arbitrary of tensors of a shape. Default: f32 from -2 to 2. Each element is drawn and shrunk
 * on its own. For random shapes: `shape().chain(dims => tensor(dims))`. Throws a `Fault` `bad-option` if
 * `min` is larger than `max`.
 *
 * @example
 * ```ts
 * import { tensor } from 'densor/testing'
 * import * as fc from 'fast-check'
 *
 * const labels = tensor([8], { dtype: 'i32', min: 0, max: 9 })
 * fc.assert(fc.property(labels, ({ data }) => data.every(label => label >= 0 && label <= 9)))
 * ```
 */
export const tensor = <const S extends readonly number[], D extends DType = 'f32'>(
  dims: S,
  options: TensorOptions<D> = {},
): fc.Arbitrary<Tensor<NormalShape<S>, D>> => {
  // 'f32' is what D is when it is not given, by its default.
  const dtype = options.dtype ?? ('f32' as D)
  const length = sizeOf(dims)
  return fc.array(elementOf(dtype, options), { minLength: length, maxLength: length }).map(elements => {
    const data = allocate(dtype, length)
    data.set(elements)
    return tensorOf<NormalShape<S>, D>(dims, dtype, data)
  })
}

const elementOf = (dtype: DType, { min, max, wild = false }: TensorOptions<DType>): fc.Arbitrary<number> => {
  switch (dtype) {
    case 'f32':
    case 'f64': {
      const [low, high] = range(dtype, min ?? -2, max ?? 2)
      const float = dtype === 'f32' ? fc.float : fc.double
      // fc.float takes its bounds as f32 only.
      const tame = float({ min: Math.fround(low), max: Math.fround(high), noNaN: true })
      return wild ? fc.oneof(tame, fc.constantFrom(...WILD), float()) : tame
    }
    case 'i32':
      return wild ? fc.integer() : whole(range(dtype, min ?? -4, max ?? 4))
    case 'u32':
      return wild ? fc.integer({ min: 0, max: 2 ** 32 - 1 }) : whole(range(dtype, min ?? 0, max ?? 8))
    case 'bool':
      return fc.integer({ min: 0, max: 1 })
    default:
      return dtype satisfies never
  }
}

const whole = ([min, max]: readonly [number, number]): fc.Arbitrary<number> => fc.integer({ min, max })

const range = (dtype: DType, min: number, max: number): readonly [number, number] => {
  if (min <= max) return [min, max]
  throw userFault('bad-option', `tensor: no ${dtype} lies between ${min} and ${max}`)
}
