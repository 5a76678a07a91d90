import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { keyOf } from '../../runtime/random.js'
import { tensorOf } from '../../src/data/tensor.js'
import { ArenaMachine } from '../../src/train/arena-machine.js'
import type { Callback } from '../../src/train/callbacks.js'
import { DivergedFault } from '../../src/train/diverged.js'
import { EvalMachine } from '../../src/train/eval-machine.js'
import { runEvaluation, runTraining, type Training } from '../../src/train/loop.js'
import type { Machine } from '../../src/train/machine.js'
import { partsOf } from '../../src/train/parts.js'
import { Progress } from '../../src/train/progress.js'
import { leavesOf } from '../../src/train/weights.js'
import { linearStep, WIDTH } from './linear.js'

const SLOPES = [1.5, -0.5]

const samples = (rows: number) => {
  const x = Float32Array.from({ length: rows * WIDTH }, (_, i) => Math.sin(1 + i * 1.7))
  const y = Float32Array.from({ length: rows }, (_, i) =>
    SLOPES.reduce((s, w, k) => s + w * (x[i * WIDTH + k] ?? 0), 0),
  )
  return { x: tensorOf([rows, WIDTH], 'f32', x), y: tensorOf([rows], 'f32', y) }
}

const silent = () => new Progress({ write: () => true }, 'silent', 1)

const training = async (
  machine: Machine,
  options: Partial<Training> & {
    readonly rows?: number
    readonly batch?: number
    readonly rate?: number
  } = {},
): Promise<Training> => {
  const { rows = 20, batch = 8, rate = 0.1, ...rest } = options
  const streams = samples(rows)
  const parts = await partsOf(rows, batch, b => machine.load(linearStep(b)))
  const data = machine.dataset(streams)
  machine.shared('rate')[0] = rate
  return { machine, data, streams, parts, epochs: 3, metrics: [], callbacks: [], progress: silent(), ...rest }
}

/** The same training written out: no machine, no plan, doubles. */
const byHand = (rows: number, batch: number, epochs: number, rate: number) => {
  const { x, y } = samples(rows)
  const w = [0, 0]
  const losses: number[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0
    for (let first = 0; first < rows; first += batch) {
      const size = Math.min(batch, rows - first)
      const gradient = [0, 0]
      for (let i = first; i < first + size; i++) {
        const error = w.reduce((s, v, k) => s + v * (x.data[i * WIDTH + k] ?? 0), -(y.data[i] ?? 0))
        sum += error * error
        gradient.forEach((_, k) => {
          gradient[k] = (gradient[k] ?? 0) + (2 / size) * error * (x.data[i * WIDTH + k] ?? 0)
        })
      }
      gradient.forEach((g, k) => {
        w[k] = (w[k] ?? 0) - rate * g
      })
    }
    losses.push(sum / rows)
  }
  return { w, losses }
}

const machines: readonly (readonly [string, () => Machine])[] = [
  ['evaluator', () => new EvalMachine()],
  ['wasm', () => new ArenaMachine({ target: 'wasm' })],
  ['js', () => new ArenaMachine({ target: 'js' })],
]

describe.each(machines)('the loop on the %s', (_, make) => {
  test.prop([fc.integer({ min: 1, max: 23 }), fc.integer({ min: 1, max: 30 })], { numRuns: 8 })(
    'trains as written out by hand, partial last batch included',
    async (rows, batch) => {
      const machine = make()
      const history = await runTraining(await training(machine, { rows, batch }))
      const { w, losses } = byHand(rows, batch, 3, 0.1)
      expect(history.epoch).toEqual([0, 1, 2])
      for (const [i, loss] of losses.entries()) expect(history.history.loss?.[i]).toBeCloseTo(loss, 4)
      for (const [k, v] of w.entries()) expect(machine.shared('params')[k]).toBeCloseTo(v, 4)
    },
  )

  test('a shuffle changes the order and nothing else; the seed decides it', async () => {
    const losses = async (seed?: number) => {
      const machine = make()
      const key = seed === undefined ? {} : { shuffleKey: keyOf(seed) }
      return (await runTraining(await training(machine, { ...key, epochs: 1 }))).history.loss
    }
    expect(await losses(1)).toEqual(await losses(1))
    expect(await losses(1)).not.toEqual(await losses(2))
    expect(await losses(1)).not.toEqual(await losses())
  })

  test('evaluation sees all samples and changes no weight', async () => {
    const machine = make()
    const run = await training(machine)
    await runTraining(run)
    const weights = [...machine.shared('params')]
    const parts = await partsOf(20, 8, b => machine.load(linearStep(b, true)))
    const logs = await runEvaluation(machine, machine.dataset(samples(20)), parts, [])
    expect(logs.loss).toBeGreaterThan(0)
    expect(logs.loss).toBeLessThan(byHand(20, 8, 3, 0.1).losses[2] ?? 0)
    expect([...machine.shared('params')]).toEqual(weights)
  })

  test('a diverging run names epoch, step and layer, and keeps the weights before it', async () => {
    const machine = make()
    const run = await training(machine, { rate: 3e5, epochs: 20, rows: 40 })
    const thrown: unknown = await runTraining(run).catch(error => error)
    if (!(thrown instanceof DivergedFault)) throw thrown
    expect(thrown.code).toBe('non-finite-loss')
    expect(thrown.message).toMatch(/^fit: the loss became NaN or infinite in epoch \d+, step \d+$/)
    expect(thrown.notes[0]).toMatch(
      /the first such number is (NaN|-?Infinity), in layer0|the loss or the optimizer/,
    )
    for (const [, { data }] of leavesOf(thrown.weights)) expect([...data].every(Number.isFinite)).toBe(true)
    expect(thrown.history.epoch.length).toBe(thrown.epoch - 1)
  })

  test('control: the same run at a small rate does not diverge', async () => {
    const history = await runTraining(await training(make(), { rate: 0.1, epochs: 20, rows: 40 }))
    expect(history.epoch).toHaveLength(20)
  })

  test('an abort ends cleanly between slices', async () => {
    const abort = new AbortController()
    const stopper: Callback = { onEpochEnd: epoch => (epoch === 1 ? abort.abort() : undefined) }
    const history = await runTraining(
      await training(make(), { epochs: 50, signal: abort.signal, callbacks: [stopper] }),
    )
    expect(history).toMatchObject({ epoch: [0, 1], stopped: 'interrupted' })
  })

  test('a callback sets the rate of the steps that follow', async () => {
    const machine = make()
    const freeze: Callback = {
      onEpochBegin: (epoch, control) => (control.learningRate = epoch === 0 ? 0.1 : 0),
    }
    const weights: number[][] = []
    const watch: Callback = { onEpochEnd: () => weights.push([...machine.shared('params')]) }
    await runTraining(await training(machine, { callbacks: [freeze as Callback, watch as Callback] }))
    expect(weights[1]).toEqual(weights[0])
    expect(weights[0]).not.toEqual([0, 0])
  })
})
