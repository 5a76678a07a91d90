/** Activations and their slopes keep their digits in f32 where they are small: in their tails, and beside zero. */
import { describe, expect, test } from 'vitest'
import { erfc } from '../../compiler/ops/special.js'
import { activate, activationOf } from '../../dsl/activations.js'
import { traceFunction } from '../../dsl/function-body.js'
import * as op from '../../dsl/graph/elementwise.js'
import type { Node } from '../../dsl/graph/node.js'
import { runCompiled } from '../../src/testing/run.js'
import { pullBack } from './golden.js'

interface Case {
  readonly f: (x: Node) => Node
  readonly value: (x: number) => number
  readonly slope: (x: number) => number
  /** Where the value, and where the slope crosses zero: relative errors mean nothing near there. */
  readonly zeros: readonly number[]
  readonly from?: number
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const tanhSlope = (x: number): number => 1 / Math.cosh(x) ** 2
const root = (x: number): number => Math.sqrt(x * x + 4)
/** √(2/π) (x + 0.044715 x³), doubled */
const phase = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
const phaseSlope = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)
const shrink = (x: number): number =>
  Math.abs(x) < 0.1
    ? x ** 3 * (1 / 3 - x ** 2 * (2 / 15 - x ** 2 * (17 / 315 - x ** 2 * (62 / 2835))))
    : x - Math.tanh(x)

const cases: Readonly<Record<string, Case>> = {
  gelu: {
    f: x => activate('gelu', x),
    value: x => (x / 2) * erfc(-x / Math.SQRT2),
    slope: x => erfc(-x / Math.SQRT2) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
    zeros: [-0.7518],
    from: -11,
  },
  'approximate gelu': {
    f: x => activate(activationOf('gelu', { approximate: true }), x),
    value: x => x * logistic(phase(x)),
    slope: x => logistic(phase(x)) + x * logistic(phase(x)) * logistic(-phase(x)) * phaseSlope(x),
    zeros: [-0.7525],
    from: -6,
  },
  silu: {
    f: x => activate('silu', x),
    value: x => x * logistic(x),
    slope: x => logistic(x) + x * logistic(x) * logistic(-x),
    zeros: [-1.2785],
  },
  mish: {
    f: x => activate('mish', x),
    value: x => x * Math.tanh(softplus(x)),
    slope: x => Math.tanh(softplus(x)) + x * tanhSlope(softplus(x)) * logistic(x),
    zeros: [-1.1924],
  },
  softplus: { f: x => activate('softplus', x), value: softplus, slope: logistic, zeros: [] },
  logSigmoid: {
    f: x => activate('logSigmoid', x),
    value: x => -softplus(-x),
    slope: x => logistic(-x),
    zeros: [],
  },
  tanhShrink: {
    f: x => activate('tanhShrink', x),
    value: shrink,
    slope: x => Math.tanh(x) ** 2,
    zeros: [],
  },
  squareplus: {
    f: x => activate('squareplus', x),
    value: x => (x < 0 ? 2 / (root(x) - x) : (root(x) + x) / 2),
    slope: x => (x < 0 ? 2 / (root(x) - x) : (root(x) + x) / 2) / root(x),
    zeros: [],
    from: -1000,
  },
}

/** The largest relative errors of value and slope over even steps, zeros left aside. */
const errorsOf = async ({ f, value, slope, zeros, from = -20 }: Case): Promise<readonly number[]> => {
  const points = Float32Array.from({ length: 4001 }, (_, i) => from + ((20 - from) * (i + 0.3)) / 4001)
  const type = { shape: [points.length], dtype: 'f32' } as const
  const given = { type, data: points }
  const ones = { type, data: points.map(() => 1) }
  const [y] = await runCompiled(traceFunction(f, [type]), [given])
  const [g] = await runCompiled(traceFunction(pullBack(f), [type, type]), [given, ones])
  const worst = (actual: ArrayLike<number> | undefined, exact: (x: number) => number): number =>
    Math.max(
      ...Array.from(points, (x, i) =>
        zeros.some(zero => Math.abs(x - zero) < 0.1)
          ? 0
          : Math.abs((actual?.[i] ?? Number.NaN) / exact(x) - 1),
      ),
    )
  return [worst(y?.data, value), worst(g?.data, slope)]
}

describe('activations keep their digits', () => {
  for (const [name, one] of Object.entries(cases))
    test(name, async () => {
      const [value, slope] = await errorsOf(one)
      expect([name, value, (value ?? 1) < 1e-5]).toEqual([name, value, true])
      expect([name, slope, (slope ?? 1) < 1.5e-5]).toEqual([name, slope, true])
    })

  test('control: 1 + erf has no tail', async () => {
    const sum = (x: Node): Node => op.mul(op.mul(x, 0.5), op.add(op.erf(op.mul(x, Math.SQRT1_2)), 1))
    const { gelu } = cases
    expect(gelu && (await errorsOf({ ...gelu, f: sum }))[0]).toBeGreaterThan(0.9)
  })
})
