import { describe, expect, test } from 'vitest'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { tensorOf } from '../../src/data/tensor.js'
import { dense, input, sequential } from '../../src/index.js'
import { ArenaMachine } from '../../src/train/arena-machine.js'

const STEPS = 100_000
const xor = () => sequential(input(2), dense(8, 'tanh'), dense(1, 'sigmoid'))
const samples = {
  x: tensorOf([4, 2], 'f32', Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1)),
  y: tensorOf([4, 1], 'f32', Float32Array.of(0, 1, 1, 0)),
}

/** Steps in as many calls, each on a data set of its own; the bytes of the arena before and after. */
const train = async (calls: number, steps: number, release: boolean) => {
  const machine = new ArenaMachine({ target: 'wasm' })
  const program = traceTrainStep({ model: xor(), batch: 4 }, { loss: 'meanSquaredError', optimizer: 'adam' })
  const step = await machine.load(program)
  const bytes = (): number => machine.shared('params').buffer.byteLength
  machine.shared('rate')[0] = 0.01
  const one = (count: number): void => {
    const data = machine.dataset(samples, count * 4)
    expect(step.run(data, 0, count)).toBe(count)
    if (release) data.release()
  }
  one(steps)
  const before = bytes()
  for (let i = 0; i < calls; i++) one(steps)
  return { before, after: bytes() }
}

describe('memory', () => {
  test('does not grow over 10⁵ steps of training', async () => {
    const { before, after } = await train(1000, STEPS / 1000, true)
    expect(after).toBe(before)
  })

  test('control: data sets that are not given back are seen', async () => {
    const { before, after } = await train(1000, 1, false)
    expect(after).toBeGreaterThan(before)
  })
})
