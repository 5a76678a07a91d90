import { describe, expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import { dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { camel, camelKeys, elements, expectClose, golden, type Spec, type Tensor } from './golden.js'
import { regularizerOf } from './keras-specs.js'
import { layerProgram } from './layer-program.js'

type Tensors = Readonly<Record<string, Tensor>>

const camelTensors = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([key, value]) => [camel(key), value]))

/**
 * Runs a layer on x and weights; outputs are y, the penalty, the total, the next states, and the gradients.
 */
const run = (layer: unknown, x: Tensor, cotangent: Tensor, weights: Tensors, training: boolean) => {
  const made = layerProgram(layer, x.shape, training)
  const inputs = [x, cotangent, ...made.weights.map(name => weights[name] ?? missing(name))]
  const out = evaluate(
    made.withGradients,
    inputs.map(t => elements(t.data)),
  ).map(({ type, data }): Tensor => ({ shape: type.shape, data: Array.from(data) }))
  const [total = missing('total'), y = missing('y'), penalty = missing('penalty'), ...rest] = out
  const states = Object.fromEntries(made.states.map((name, i) => [name, rest[i] ?? missing(name)]))
  const names = ['x', ...made.weights.filter(name => !made.states.includes(name))]
  const bars = rest.slice(made.states.length)
  const gradients: Tensors = Object.fromEntries(names.map((name, i) => [name, bars[i] ?? missing(name)]))
  return { total, y, penalty, states, gradients }
}

const missing = (name: string): never => {
  throw new Error(`no ${name}`)
}

const expectAll = (actual: Tensors, wanted: Tensors, absolute: number): void => {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort())
  for (const [name, want] of Object.entries(wanted)) {
    expectClose(actual[name] ?? missing(name), want, { relative: 2e-5, absolute })
  }
}

describe('dense is that of Keras', () => {
  interface Case {
    readonly name: string
    readonly config: Readonly<Record<string, unknown>> & { readonly units: number }
    readonly x: Tensor
    readonly weights: Tensors
    readonly cotangent: Tensor
    readonly y: Tensor
    readonly penalty: number
    readonly total: number
    readonly gradients: Tensors
  }
  const { cases } = golden<{ readonly cases: readonly Case[] }>('dense')

  const isSpec = (x: unknown): x is Spec => typeof x === 'object' && x !== null && 'class' in x

  test.each(cases)('$name', c => {
    const { units, ...rest } = c.config
    const options = Object.fromEntries(
      Object.entries(camelKeys(rest)).map(([key, value]) => [
        key,
        isSpec(value) ? regularizerOf(value) : value,
      ]),
    )
    const got = run(dense(units, options), c.x, c.cotangent, c.weights, true)
    expectClose(got.y, c.y)
    expectClose(got.penalty, c.penalty)
    expectClose(got.total, c.total, { absolute: 5e-6 })
    expectAll(got.gradients, c.gradients, 5e-6)
  })
})

describe('batchNorm is that of Keras', () => {
  interface Call {
    readonly x: Tensor
    readonly cotangent: Tensor
    readonly y: Tensor
    readonly gradients: Tensors
  }
  interface Case {
    readonly name: string
    readonly config: Readonly<Record<string, unknown>>
    readonly weights: Tensors
    readonly stateBefore: Tensors
    readonly training: readonly (Call & { readonly stateAfter: Tensors })[]
    readonly inference: Call
  }
  const { cases } = golden<{ readonly cases: readonly Case[] }>('batchnorm')

  // densor normalizes the last axis.
  test.each(cases.filter(c => !('axis' in c.config)))('$name', c => {
    const layer = batchNorm(camelKeys(c.config))
    let state = camelTensors(c.stateBefore)
    for (const call of c.training) {
      const got = run(layer, call.x, call.cotangent, { ...c.weights, ...state }, true)
      expectClose(got.y, call.y, { absolute: 3e-6 })
      expectAll(got.gradients, call.gradients, 2e-5)
      expectAll(got.states, camelTensors(call.stateAfter), 1e-6)
      state = got.states
    }
    const { inference } = c
    const got = run(layer, inference.x, inference.cotangent, { ...c.weights, ...state }, false)
    expectClose(got.y, inference.y, { absolute: 3e-6 })
    expectAll(got.gradients, inference.gradients, 1e-5)
    expect(got.states).toEqual(state)
  })
})

describe('layerNorm is that of Keras', () => {
  interface Case {
    readonly name: string
    readonly config: Readonly<Record<string, unknown>>
    readonly weights: Tensors
    readonly x: Tensor
    readonly cotangent: Tensor
    readonly y: Tensor
    readonly gradients: Tensors
  }
  const { cases } = golden<{ readonly cases: readonly Case[] }>('layernorm')

  test.each(cases.filter(c => !('axis' in c.config)))('$name', c => {
    const got = run(layerNorm(camelKeys(c.config)), c.x, c.cotangent, c.weights, true)
    expectClose(got.y, c.y, { absolute: 3e-6 })
    expectAll(got.gradients, c.gradients, 2e-5)
  })
})

describe('dropout is that of Keras', () => {
  interface Rules {
    readonly rules: readonly {
      readonly rate: number
      readonly scale: number
      readonly keptFraction: number
    }[]
    readonly inference: { readonly rate: number; readonly x: Tensor; readonly y: Tensor }
    readonly rateZero: { readonly rate: number; readonly x: Tensor; readonly y: Tensor }
  }
  const { rules, inference, rateZero } = golden<Rules>('dropout')

  const ones: Tensor = { shape: [200, 100], data: new Array<number>(20_000).fill(1) }
  const call = (rate: number, x: Tensor, training: boolean, step = 0): readonly number[] => {
    const { program } = layerProgram(dropout(rate), x.shape, training)
    const random = program.inputs.length > 2 ? [Int32Array.of(step), Uint32Array.of(1, 2)] : []
    return Array.from(evaluate(program, [elements(x.data), elements(x.data), ...random])[1]?.data ?? [])
  }

  test.each(rules)('rate $rate keeps $keptFraction, times $scale', ({ rate, scale, keptFraction }) => {
    const kept = call(rate, ones, true).filter(x => x !== 0)
    expect(new Set(kept)).toEqual(new Set([Math.fround(scale)]))
    expect(Math.abs(kept.length / 20_000 - keptFraction)).toBeLessThanOrEqual(
      5 * Math.sqrt((rate * (1 - rate)) / 20_000),
    )
  })

  test('rate one gives zeros, another step another mask, inference nothing', () => {
    expect(call(1, ones, true).every(x => x === 0)).toBe(true)
    expect(call(0.5, ones, true, 0)).not.toEqual(call(0.5, ones, true, 1))
    expect(call(0.5, ones, true, 3)).toEqual(call(0.5, ones, true, 3))
    expectClose({ shape: inference.x.shape, data: call(0.5, inference.x, false) }, inference.y)
    expectClose({ shape: rateZero.x.shape, data: call(0, rateZero.x, true) }, rateZero.y)
  })
})
