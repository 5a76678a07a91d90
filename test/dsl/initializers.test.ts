import { describe, expect, test } from 'vitest'
import { fansOf, initialValues } from '../../dsl/initial-values.js'
import * as initializers from '../../dsl/initializers.js'
import { normalQuantile, uniformsOf } from '../../dsl/random.js'
import type { Initializer } from '../../dsl/types/options.js'
import { keyOf } from '../../runtime/random.js'
import { camel, camelKeys, expectClose, golden, type Spec, type Tensor } from './golden.js'

interface Random {
  readonly initializer: Spec
  readonly shape: readonly number[]
  readonly fanIn?: number
  readonly fanOut?: number
  readonly low?: number | null
  readonly high?: number | null
  readonly mean: number
  readonly stddev: number
}
interface Golden {
  readonly random: readonly Random[]
  readonly exact: readonly { readonly initializer: Spec; readonly value: Tensor }[]
  readonly orthogonal: readonly {
    readonly shape: readonly number[]
    readonly gain: number
    readonly orthonormal: string
  }[]
}

const { random, exact, orthogonal } = golden<Golden>('initializers')

/** Keras's class and arguments as densor's initializer. */
const made = (spec: Spec): Initializer => {
  const options = camelKeys(spec, { minval: 'min', maxval: 'max' })
  if (spec.class === 'Constant') return initializers.constant(Number(options.value ?? 0))
  const text = (key: string) =>
    typeof options[key] === 'string' ? { [key]: camel(String(options[key])) } : {}
  const all = { ...options, ...text('mode'), ...text('distribution') }
  const makers: Readonly<Record<string, () => Initializer>> = {
    Zeros: initializers.zeros,
    Ones: initializers.ones,
    Identity: () => initializers.identity(all),
    GlorotUniform: initializers.glorotUniform,
    GlorotNormal: initializers.glorotNormal,
    HeUniform: initializers.heUniform,
    HeNormal: initializers.heNormal,
    LecunUniform: initializers.lecunUniform,
    LecunNormal: initializers.lecunNormal,
    RandomUniform: () => initializers.randomUniform(all),
    RandomNormal: () => initializers.randomNormal(all),
    TruncatedNormal: () => initializers.truncatedNormal(all),
    VarianceScaling: () => initializers.varianceScaling(all),
  }
  const make = makers[spec.class]
  if (make === undefined) throw new Error(`no ${spec.class}`)
  return make()
}

const moments = (xs: ArrayLike<number>) => {
  const all = Array.from(xs)
  const mean = all.reduce((a, b) => a + b, 0) / all.length
  return { mean, stddev: Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length) }
}

describe('initializers are those of Keras', () => {
  test.each(random.map(c => ({ ...c, title: JSON.stringify(c.initializer) })))('$title on [$shape]', c => {
    if (c.fanIn !== undefined) expect(fansOf(c.shape)).toEqual({ fanIn: c.fanIn, fanOut: c.fanOut })
    const values = initialValues(made(c.initializer), c.shape, keyOf(7))
    const [low, high] = [c.low ?? Number.NEGATIVE_INFINITY, c.high ?? Number.POSITIVE_INFINITY]
    expect(values.every(x => x >= low && x <= high)).toBe(true)
    if (values.length < 1000) return
    const { mean, stddev } = moments(values)
    expect(Math.abs(mean - c.mean)).toBeLessThan((5 * c.stddev) / Math.sqrt(values.length))
    expect(Math.abs(stddev / c.stddev - 1)).toBeLessThan(0.05)
    // The range is filled to its ends.
    if (!Number.isFinite(low)) return
    expect(values.some(x => x < low + 0.02 * (high - low))).toBe(true)
    expect(values.some(x => x > high - 0.02 * (high - low))).toBe(true)
  })

  test.each(exact.map(c => ({ ...c, title: JSON.stringify(c.initializer) })))('$title is exact', c => {
    const values = initialValues(made(c.initializer), c.value.shape, keyOf(1))
    expectClose({ shape: c.value.shape, data: Array.from(values) }, c.value)
  })

  test.each(orthogonal)(
    'orthogonal on [$shape]: its $orthonormal are orthonormal',
    ({ shape, gain, orthonormal }) => {
      const columns = shape.at(-1) ?? 1
      const values = initialValues(initializers.orthogonal({ gain }), shape, keyOf(1))
      const rows = values.length / columns
      const vectors =
        orthonormal === 'rows'
          ? Array.from({ length: rows }, (_, i) =>
              Array.from(values.subarray(i * columns, (i + 1) * columns)),
            )
          : Array.from({ length: columns }, (_, j) =>
              Array.from({ length: rows }, (_, i) => values[i * columns + j] ?? 0),
            )
      for (const [i, v] of vectors.entries()) {
        for (const [j, w] of vectors.entries()) {
          const product = v.reduce((sum, x, k) => sum + x * (w[k] ?? 0), 0)
          expect(product).toBeCloseTo(i === j ? gain ** 2 : 0, 12)
        }
      }
    },
  )

  test('the same key gives the same values, another key others', () => {
    const draw = (seed: number) => initialValues('glorotUniform', [4, 3], keyOf(seed))
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw(1)).not.toEqual(draw(1 + 2 ** 32))
  })

  test('an unknown name is a fault', () => {
    const name: string = 'glorot'
    expect(() => initialValues({ kind: name }, [2], keyOf(1))).toThrow(
      "initializer: 'glorot' is not an initializer",
    )
    expect(() => initialValues('orthogonal', [2], keyOf(1))).toThrow('needs a matrix')
  })
})

describe('normalQuantile', () => {
  /** Φ by Simpson's rule on the density, from 0. */
  const below = (x: number): number => {
    const steps = 2000
    const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)
    let sum = density(0) + density(x)
    for (let i = 1; i < steps; i++) sum += density((i * x) / steps) * (i % 2 === 1 ? 4 : 2)
    return 0.5 + (sum * x) / steps / 3
  }

  test.each([1e-9, 1e-6, 0.001, 0.02275, 0.07, 0.08, 0.3, 0.5, 0.55, 0.92, 0.93, 0.999, 1 - 1e-6])(
    'inverts Φ at %s',
    p => {
      expect(below(normalQuantile(p))).toBeCloseTo(p, 13)
    },
  )

  test('uniform numbers are inside (0, 1) and evenly spread', () => {
    const u = uniformsOf(keyOf(3))
    const { mean, stddev } = moments(Float64Array.from({ length: 20_000 }, (_, i) => u(i)))
    expect(mean).toBeCloseTo(0.5, 2)
    expect(stddev).toBeCloseTo(Math.sqrt(1 / 12), 2)
  })
})
