import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect } from 'vitest'
import { compileProgram, loadPlan } from '../../compiler/compile.js'
import { Builder } from '../../compiler/ir/build.js'
import { originOf, recordOrigins } from '../../dsl/layers/origin.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { Arena } from '../../runtime/arena.js'
import {
  dense,
  dropout,
  formatProfile,
  input,
  profile,
  renderProfile,
  run,
  sequential,
} from '../../src/index.js'
import { byCause } from '../../src/profile/causes.js'
import type { KernelProfile, Profile } from '../../src/profile/measure.js'
import { measurePeaks } from '../../src/profile/peaks.js'
import { showTime } from '../../src/profile/table.js'
import { quantile, timed } from '../../src/profile/timer.js'
import { sampleInputs } from '../../src/testing/sample.js'

const loss = 'meanSquaredError'
const make = () => sequential(input(12), dense(16, 'relu'), dropout(0.3), dense(4).as('end'))
const quick = { batchSize: 8, loss, optimizer: 'adam', seconds: 0.1 } as const

describe.each(['wasm', 'js'] as const)('the profile of a training step for %s', target => {
  test('has every kernel, its time, and the layers it works for', async () => {
    const found = await run(profile(make(), { ...quick, target, title: 'small' }))
    expect(found).toMatchObject({ model: 'small', step: 'training', target, batch: 8 })
    const shares = found.kernels.reduce((n, kernel) => n + kernel.share, 0)
    expect(shares).toBeCloseTo(1, 9)
    expect(found.samples).toBeGreaterThan(4)
    for (const { seconds, ofPeak } of found.kernels) {
      expect(seconds).toBeGreaterThanOrEqual(0)
      expect(Number.isFinite(ofPeak)).toBe(true)
    }
    const causes = found.kernels.flatMap(kernel => kernel.causes)
    expect(causes).toContainEqual({ path: 'layer0', kind: 'dense' })
    expect(causes).toContainEqual({ path: 'end', kind: 'dense' })
    expect(causes).toContainEqual({ path: 'optimizer' })
  })
})

describe('the profile', () => {
  test('of prediction has no optimizer', async () => {
    const found = await run(profile(make(), { batchSize: 2, seconds: 0.02 }))
    expect(found.step).toBe('prediction')
    expect(found.kernels.flatMap(kernel => kernel.causes.map(cause => cause.path))).not.toContain('optimizer')
  })

  test('of what is no model is a Left', async () => {
    expect(E.isLeft(await profile({}, quick)())).toBe(true)
    expect(E.isLeft(await profile(make(), { batchSize: 0 })())).toBe(true)
  })
})

describe('kernels apart', () => {
  const step = traceTrainStep({ model: make(), batch: 4 }, { loss, optimizer: 'adam' })

  /** What the outputs hold after the kernels that `keep` lets through, or after a step. */
  const outputs = async (keep: ((i: number) => boolean) | undefined) => {
    const arena = new Arena()
    const { donate } = step
    const reserve = (bytes: number) => arena.reserve(bytes)
    const plan = await compileProgram(step.program, { donate, reserve, kernelsApart: true })
    const { port, part, step: whole } = await loadPlan(plan, arena)
    const inputs = sampleInputs(step, 3)
    step.program.inputs.forEach(({ name }, i) => void port(name).set(inputs[i]?.data ?? []))
    if (keep === undefined) whole()
    else {
      plan.kernels.forEach(({ name }, i) => {
        const kernel = part(name)
        expect(kernel).toBeDefined()
        if (keep(i)) kernel?.()
      })
    }
    return plan.outputs.map(({ name }) => new Uint8Array(port(name).slice().buffer))
  }

  test('one after the other are the step, to the bit', async () => {
    expect(await outputs(() => true)).toEqual(await outputs(undefined))
  })

  test('control: without one of them they are not', async () => {
    expect(await outputs(i => i !== 2)).not.toEqual(await outputs(undefined))
  })

  test('are not exported unless asked for', async () => {
    const arena = new Arena()
    const plan = await compileProgram(step.program, { reserve: bytes => arena.reserve(bytes) })
    const { part } = await loadPlan(plan, arena)
    expect(part(plan.kernels[0]?.name ?? '')).toBeUndefined()
  })

  test('read the part of a vector that they read, not all of it', async () => {
    const b = new Builder('parts')
    const x = b.input('x', { shape: [1000], dtype: 'f32' })
    const y = b.exponential(b.slice(x, [10], [14]))
    const plan = await compileProgram(b.finish([{ name: 'y', value: y }]))
    expect(plan.kernels.map(kernel => kernel.bytes)).toEqual([32])
  })
})

describe('the peaks', () => {
  test('are above what a product and a copy reach', async () => {
    const peaks = await measurePeaks('wasm')
    expect(peaks.flops).toBeGreaterThan(1e8)
    expect(peaks.memory).toBeGreaterThan(1e8)
    expect(peaks.call).toBeLessThan(1e-4)
    const model = sequential(input(256), dense(256, { useBias: false }))
    const { kernels } = await run(profile(model, { batchSize: 256, seconds: 0.2 }))
    const best = Math.max(...kernels.filter(k => k.bound === 'arithmetic').map(k => k.ofPeak))
    expect(best).toBeGreaterThan(0)
    // the two may have met different loads of the machine, and no more than that
    expect(best).toBeLessThan(2)
  })
})

describe('the line of a layer', () => {
  const lineHere = (): number => {
    const [, caller] = [...(new Error().stack ?? '').matchAll(/profile\.test\.ts:(\d+)/g)]
    return Number(caller?.[1])
  }

  test('is where it was made, while lines are recorded', async () => {
    recordOrigins(true)
    const line = lineHere() + 1
    const model = sequential(input(3), dense(2))
    recordOrigins(false)
    const { kernels } = await run(profile(model, { seconds: 0.02 }))
    const [cause] = kernels.flatMap(kernel => kernel.causes)
    expect(cause?.line).toMatch(/test\/profile\/profile\.test\.ts:\d+$/)
    expect(cause?.line?.endsWith(`:${line}`)).toBe(true)
  })

  test('control: it is unknown otherwise', () => {
    expect(originOf({})).toBeUndefined()
  })
})

const kernelOf = (share: number, paths: readonly string[]): KernelProfile => ({
  name: 'loops0',
  kind: 'loops',
  equations: ['add'],
  flops: 8,
  bytes: 64,
  causes: paths.map(path => ({ path })),
  seconds: share,
  share,
  ofPeak: 0.5,
  bound: 'memory',
})

const profileOf = (kernels: readonly KernelProfile[], model = 'm'): Profile => ({
  model,
  step: 'training',
  target: 'wasm',
  batch: 1,
  kernels,
  seconds: 1,
  stepSeconds: 1,
  samples: 5,
  arenaBytes: 64,
  peaks: { flops: 1e9, memory: 1e9, cache: 2e9, call: 0 },
})

const paths = fc.uniqueArray(fc.constantFrom('layer0', 'layer1', 'loss', 'a/b'), { maxLength: 3 })
const weights = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), paths), { minLength: 1, maxLength: 20 })

describe('what is shown', () => {
  test.prop([weights])('gives each cause its part, and leaves no time out', given => {
    const total = given.reduce((n, [weight]) => n + weight, 0)
    const kernels = given.map(([weight, names]) => kernelOf(weight / total, names))
    const shares = byCause(kernels)
    expect(shares.reduce((n, { share }) => n + share, 0)).toBeCloseTo(1, 9)
    expect(new Set(shares.map(({ cause }) => cause.path)).size).toBe(shares.length)
    expect(shares.map(({ share }) => share)).toEqual(
      shares.map(({ share }) => share).toSorted((a, b) => b - a),
    )
  })

  test.prop([weights])('draws kernels side by side, from one edge to the other', given => {
    const total = given.reduce((n, [weight]) => n + weight, 0)
    const page = renderProfile(profileOf(given.map(([weight, names]) => kernelOf(weight / total, names))))
    const boxes = [...page.matchAll(/<rect class="loops" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)]
    let at = 0
    for (const [, x, width] of boxes) {
      expect(Number(x)).toBeCloseTo(at, 0)
      at = Number(x) + Number(width)
    }
    expect(boxes).toHaveLength(given.length)
    expect(at).toBeCloseTo(1080, 0)
  })

  test.prop([fc.string()])('holds no text of the model unescaped, no script, no address', name => {
    const evil = `<script>alert(1)</script>"'&${name}`
    const page = renderProfile(profileOf([kernelOf(1, [evil])], evil))
    expect(page).not.toMatch(/<script/)
    expect(page).not.toMatch(/https?:/)
  })

  test('as a table: the longest first', () => {
    const kernels = [
      { ...kernelOf(0.25, ['layer0']), name: 'short' },
      { ...kernelOf(0.75, ['layer1']), name: 'long' },
    ]
    const text = formatProfile(profileOf(kernels))
    expect(text.indexOf('long')).toBeLessThan(text.indexOf('short'))
    expect(text).toContain('75.0 %')
  })

  test.each([
    [2, '2.00 s'],
    [0.0123, '12.3 ms'],
    [4.5e-6, '4.50 µs'],
    [7e-9, '7.00 ns'],
    [2e-10, '0.200 ns'],
    [0, '0.00 ns'],
    [0.4567, '457 ms'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(showTime(seconds)).toBe(text)
  })
})

describe('the timer', () => {
  test('takes three samples at least, and as many as asked for at most', () => {
    let calls = 0
    const count = () => void calls++
    expect(timed(count, { samples: 10, seconds: 0, times: 2 })).toHaveLength(3)
    expect(timed(count, { samples: 10, seconds: 1, times: 2 })).toHaveLength(10)
    expect(calls).toBe(2 * (3 + 3) + 2 * (3 + 10))
  })

  test('finds quantiles, whatever the order', () => {
    const samples = Float64Array.of(4, 1, 3, 2)
    expect([0, 0.25, 0.5, 1].map(share => quantile(samples, share))).toEqual([1, 2, 3, 4])
    expect(quantile(new Float64Array(0), 0.5)).toBeNaN()
    expect(samples).toEqual(Float64Array.of(4, 1, 3, 2))
  })
})
