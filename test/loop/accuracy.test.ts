import { describe, expect, test } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { Expr } from '../../compiler/loop/ir.js'
import { LEAST_EXPONENT } from '../../compiler/loop/math/exp-log.js'
import { polynomial } from '../../compiler/loop/math/parts.js'
import { LAST_ERFC } from '../../compiler/loop/math/special.js'
import * as math from '../../compiler/loop/math.js'
import { printJs } from '../../compiler/targets/js.js'
import { Arena } from '../../runtime/arena.js'
import { instantiateJs } from '../../runtime/js.js'
import { applyWasm, mapModule } from './apply.js'
import { erfcReference, erfReference, powReference, ulpError } from './reference.js'

const size = 200_000

/** Bit patterns evenly over all of f32, each within its stretch at a place that a fixed sequence decides. */
const everyExponent = (count: number, seed: number): Float32Array => {
  const bits = Uint32Array.from({ length: count }, (_, i) => {
    const jitter = ((i + seed) * 0.6180339887498949) % 1
    return Math.floor((i + jitter) * (2 ** 32 / count))
  })
  return new Float32Array(bits.buffer)
}

/** Even steps over [low, high]. */
const between = (low: number, high: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.37)) / count)

const special = Float32Array.of(
  0,
  -0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  1e-45,
  -1e-45,
  1e-40,
  -1e-40,
  1,
  -1,
  2 ** -126,
  -(2 ** -126),
  3.4028234663852886e38,
  -3.4028234663852886e38,
  0.5,
)

interface Function1 {
  readonly name: string
  readonly f: (x: Expr) => Expr
  readonly exact: (x: number) => number
  /** Where the function bends: sampled evenly besides. */
  readonly around: readonly [number, number]
  /** The error that is allowed, in ulp; 2 if left out. */
  readonly most?: number
}

const functions: readonly Function1[] = [
  { name: 'exp', f: math.exp, exact: x => (x < LEAST_EXPONENT ? 0 : Math.exp(x)), around: [-105, 90] },
  { name: 'expm1', f: math.expm1, exact: Math.expm1, around: [-20, 20] },
  { name: 'log', f: math.log, exact: Math.log, around: [0.5, 2] },
  { name: 'log1p', f: math.log1p, exact: Math.log1p, around: [-1, 3] },
  {
    name: 'logistic',
    f: math.logistic,
    exact: x => (x < LEAST_EXPONENT ? 0 : 1 / (1 + Math.exp(-x))),
    around: [-105, 20],
  },
  { name: 'tanh', f: math.tanh, exact: Math.tanh, around: [-10, 10] },
  { name: 'erf', f: math.erf, exact: erfReference, around: [-4.5, 4.5] },
  {
    name: 'erfc',
    f: math.erfc,
    exact: x => (x > LAST_ERFC ? 0 : erfcReference(x)),
    around: [-4, 10.5],
    most: 3,
  },
  { name: 'sin', f: math.sin, exact: Math.sin, around: [-1e5, 1e5] },
  { name: 'cos', f: math.cos, exact: Math.cos, around: [-1e5, 1e5] },
  { name: 'tan', f: math.tan, exact: Math.tan, around: [-1e5, 1e5] },
  { name: 'cbrt', f: math.cbrt, exact: Math.cbrt, around: [-10, 10] },
  { name: 'rsqrt', f: math.rsqrt, exact: x => 1 / Math.sqrt(x), around: [0, 10] },
]

const worst = (got: Float32Array, exact: (i: number) => number): number => {
  let most = 0
  for (let i = 0; i < got.length; i++) most = Math.max(most, ulpError(got[i] ?? 0, exact(i)))
  return most
}

describe.each(functions)('$name', ({ f, exact, around, most = 2 }) => {
  const only = (xs: readonly Expr[]): Expr => f(xs[0] ?? e.f32(0))
  const samples = [everyExponent(size, 0), between(...around, size), special].map(x => ({
    x,
    wanted: Float64Array.from(x, exact),
  }))

  test.each([1, 4] as const)(`is within ${most} ulp in %i lanes`, async lanes => {
    for (const { x, wanted } of samples) {
      const got = await applyWasm(only, lanes, [x])
      expect(worst(got, i => wanted[i] ?? 0)).toBeLessThanOrEqual(most)
    }
  })

  test('keeps the sign of zero where the exact function does', async () => {
    const x = Float32Array.of(0, -0, 0, -0)
    expect([...(await applyWasm(only, 4, [x]))]).toEqual(Array.from(x, v => Math.fround(exact(v))))
  })
})

describe.each([
  { name: 'pow', f: math.pow, exact: powReference },
  { name: 'atan2', f: math.atan2, exact: Math.atan2 },
])('$name', ({ f, exact }) => {
  const both = (xs: readonly Expr[]): Expr => f(xs[0] ?? e.f32(0), xs[1] ?? e.f32(0))
  const pairs: readonly (readonly [Float32Array, Float32Array])[] = [
    [everyExponent(size, 0), everyExponent(size, 0).map((_, i, all) => all[(i * 7919) % size] ?? 0)],
    [between(0, 3, size), between(-80, 80, size).map((_, i, all) => all[(i * 7919) % size] ?? 0)],
    [between(0.98, 1.02, size), between(-8000, 8000, size).map((_, i, all) => all[(i * 7919) % size] ?? 0)],
    [
      between(-3, 3, size),
      between(-20, 20, size).map((_, i, all) => Math.round(all[(i * 7919) % size] ?? 0)),
    ],
  ]

  test.each([1, 4] as const)('is within 2 ulp in %i lanes', async lanes => {
    for (const [x, y] of pairs) {
      const got = await applyWasm(both, lanes, [x, y])
      expect(worst(got, i => exact(x[i] ?? 0, y[i] ?? 0))).toBeLessThanOrEqual(2)
    }
  })

  test('has the values of IEEE 754 at the ends', async () => {
    const some = [...special, 2, -2, 3, -3, 2.5, -0.5, 2 ** 24, 2 ** 31, -(2 ** 31), 1.5]
    const x = Float32Array.from(some.flatMap(a => some.map(() => a)))
    const y = Float32Array.from(some.flatMap(() => some))
    const got = await applyWasm(both, 4, [x, y])
    const wrong = Array.from(got).flatMap((v, i) => {
      const want = exact(x[i] ?? 0, y[i] ?? 0)
      const right = ulpError(v, want) <= 2 && (v !== 0 || want !== 0 || Object.is(v, want))
      return right ? [] : [`${x[i]}, ${y[i]}: ${v}, not ${want}`]
    })
    expect(wrong).toEqual([])
  })
})

test.each(functions)(
  '$name has the same bits in the interpreter, in js and in one lane or four',
  async ({ f }) => {
    const x = Float32Array.of(...everyExponent(2000, 3), ...between(-20, 20, 400), ...special)
    const only = (xs: readonly Expr[]): Expr => f(xs[0] ?? e.f32(0))
    const wanted = [...(await applyWasm(only, 4, [x]))]
    expect([...(await applyWasm(only, 1, [x]))]).toEqual(wanted)
    const [input, output] = [64, 64 + x.byteLength]
    const module = mapModule(only, 4, x.length, [input], output)
    const memory = new ArrayBuffer(output + x.byteLength)
    new Float32Array(memory, input, x.length).set(x)
    interpret(module, memory, 'step')
    expect([...new Float32Array(memory, output, x.length)]).toEqual(wanted)
    const arena = new Arena(output + x.byteLength)
    new Float32Array(arena.buffer, input, x.length).set(x)
    instantiateJs(printJs(module), arena).step()
    expect([...new Float32Array(arena.buffer, output, x.length)]).toEqual(wanted)
  },
)

test.each([
  {
    name: 'a polynomial of lower degree',
    f: (x: Expr) => polynomial(x, [1, 1, 0.5, 1 / 6, 1 / 24]),
    exact: Math.exp,
    around: [-0.3, 0.3],
  },
  {
    name: '1 / (1 + e^-x) as it stands',
    f: (x: Expr) => e.div(1, e.add(math.exp(e.neg(x)), 1)),
    exact: (x: number) => 1 / (1 + Math.exp(-x)),
    around: [-17, -16],
  },
] satisfies readonly Function1[])('control: $name is too far off', async ({ f, exact, around }) => {
  const x = between(around[0] ?? 0, around[1] ?? 0, size)
  const got = await applyWasm(xs => f(xs[0] ?? e.f32(0)), 4, [x])
  expect(worst(got, i => exact(x[i] ?? 0))).toBeGreaterThan(2)
})
