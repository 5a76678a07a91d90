/** On wasm no product meets a denormal number; functions, tails and what decays make none; whatever data comes. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { compileProgram, loadPlan, scheduleProgram } from '../../compiler/compile.js'
import type { Builder } from '../../compiler/ir/build.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import { simd128 } from '../../compiler/loop/vectors.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import { instantiateWasm } from '../../runtime/wasm.js'
import {
  activation,
  adam,
  categoricalCrossentropy,
  compile,
  conv2d,
  dense,
  dropout,
  init,
  input,
  l2,
  type Optimizer,
  predictor,
  rmsprop,
  run,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainSteps,
  unwrap,
} from '../../src/index.js'
import { build, f32 } from '../schedule/threaded-programs.js'
import { temporaryFolder } from './c-run.js'
import { type Denormals, openTraps } from './denormal-traps.js'

const folder = temporaryFolder()
let count: (call: () => void) => Denormals = () => ({ met: Number.NaN, made: Number.NaN })
beforeAll(async () => {
  vi.stubEnv('DENSOR_CACHE', folder.path)
  count = await openTraps(folder.path)
})
afterAll(() => {
  vi.unstubAllEnvs()
  folder.dispose()
})

const none: Denormals = { met: 0, made: 0 }
const rows = 8
const width = 32
const wave = (i: number): number => Math.sin(12.9898 * (i + 1))
const filled = <const D extends readonly number[]>(dims: D, value: (i: number) => number) =>
  unwrap(
    tensor(
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
    ),
  )
const batch = (value: (i: number) => number): Tensor<[8, 32], 'f32'> => filled([rows, width], value)

/** Values of every size that an f32 has, and denormal ones, of both signs. */
const everySize = (i: number): number => (i % 2 === 0 ? 1 : -1) * 1.37 * 2 ** (((i * 7) % 160) - 149)

/** A step of a program on values of every size. */
const pointwise = async (body: (b: Builder, x: Value) => Value): Promise<Denormals> => {
  const program = build([f32(16, 40)], (b, [x = 0]) => body(b, x))
  const arena = new Arena()
  const plan = await compileProgram(program, { target: 'wasm', reserve: bytes => arena.reserve(bytes) })
  const executable = await loadPlan(plan, arena)
  executable.port('x0').set(Float32Array.from({ length: 640 }, (_, i) => everySize(i)))
  return count(executable.step)
}

describe('a function of numbers of every size', () => {
  test.each<[string, (b: Builder, x: Value) => Value]>([
    ['a square', (b, x) => b.multiply(x, x)],
    ['tanh', (b, x) => b.tanh(x)],
    ['logistic', (b, x) => b.logistic(x)],
    ['exponential', (b, x) => b.exponential(x)],
    ['expm1', (b, x) => b.exponential_minus_one(x)],
    ['log1p', (b, x) => b.log_plus_one(b.abs(x))],
    ['log', (b, x) => b.log(b.abs(x))],
    ['erfc', (b, x) => b.erfc(x)],
    ['sine', (b, x) => b.sine(x)],
    ['cosine', (b, x) => b.cosine(x)],
    ['root', (b, x) => b.sqrt(b.abs(x))],
  ])('%s', async (_, body) => {
    expect(await pointwise(body)).toEqual(none)
  })
})

test('control: where nothing is cleared, each product of a denormal number is counted', () => {
  const program: Program = build([f32(8, 8), f32(8, 8)], (b, [x = 0, y = 0]) => b.multiply(x, y))
  const counted = (flushes: boolean): Denormals => {
    const { module, storage } = scheduleProgram(program, {}, { ...simd128, flushes })
    const arena = new Arena()
    arena.reserve(storage.bytes)
    const { step } = instantiateWasm(assemble(printWat(module)), arena)
    const [x, y] = storage.inputs.map(({ offset }) => new Float32Array(arena.buffer, offset, 64))
    x?.fill(1e-40)
    y?.fill(3)
    return count(step)
  }
  expect(counted(true)).toEqual({ met: 16, made: 0 })
  expect(counted(false)).toEqual(none)
})

const ends = (value: number) => batch(i => value + wave(i))

describe('a prediction', () => {
  const dense2 = sequential(input(width), dense(width), dense(width))
  const tails = (name: 'softmax' | 'sigmoid' | 'softplus' | 'silu' | 'mish' | 'exponential' | 'elu') =>
    sequential(input(width), activation(name), dense(width))
  test.each([
    ['of denormal data', dense2, batch(i => 1e-40 * wave(i))],
    [
      'of a softmax with logits 95 apart',
      tails('softmax'),
      batch(i => (i % width === 0 ? 0 : -95 + wave(i))),
    ],
    ['of sigmoids of -95', tails('sigmoid'), ends(-95)],
    ['of softplus of -95', tails('softplus'), ends(-95)],
    ['of silu of -95', tails('silu'), ends(-95)],
    ['of mish of -95', tails('mish'), ends(-95)],
    ['of exponentials of -95', tails('exponential'), ends(-95)],
    ['of elu of -95', tails('elu'), ends(-95)],
  ])('%s', async (_, model, x) => {
    const predict = await run(predictor(model, unwrap(init(model, { seed: 1 })), { batchSize: rows }))
    expect(count(() => unwrap(predict(x)))).toEqual(none)
  })

  test('of denormal images', async () => {
    const model = sequential(input([8, 8, 4]), conv2d(8, 3))
    const predict = await run(predictor(model, unwrap(init(model, { seed: 1 })), { batchSize: 4 }))
    const x = filled([4, 8, 8, 4], i => 1e-40 * wave(i))
    expect(count(() => unwrap(predict(x)))).toEqual(none)
  })

  test('with denormal weights', async () => {
    const weights = unwrap(init(dense2, { seed: 1 }))
    weights.layer0.kernel.data.forEach((_, i, kernel) => {
      kernel[i] = 1e-40 * wave(i)
    })
    const predict = await run(predictor(dense2, weights, { batchSize: rows }))
    expect(count(() => unwrap(predict(batch(wave))))).toEqual(none)
  })
})

const classes = filled([rows, 10], i => (i % 10 === Math.floor(i / 10) ? 1 : 0))
const halfDead = batch(i => (i % width < width / 2 ? 0 : wave(i)))

const mlp = (name: 'relu' | 'sigmoid' = 'relu', penalty = 0, rate = 0) =>
  sequential(
    input(width),
    dense(width, { activation: name, kernelRegularizer: l2(penalty) }),
    dropout(rate),
    dense(width, name),
    dense(10, 'softmax'),
  )

/** What single steps meet and make, now and then in a training in which half of the inputs go to zero. */
const decay = async (
  model: ReturnType<typeof mlp>,
  optimizer: Optimizer,
  bias: number,
): Promise<readonly Denormals[]> => {
  const initialWeights = unwrap(init(model, { seed: 1 }))
  initialWeights.layer0.bias.data.fill(bias)
  const options = { loss: 'categoricalCrossentropy', optimizer, batchSize: rows, initialWeights } as const
  const trainer = await run(compile(model, options))
  unwrap(trainSteps(trainer, { x: batch(wave), y: classes }, 20))
  return Array.from({ length: 40 }, (_, look) => {
    unwrap(trainSteps(trainer, { x: halfDead, y: classes }, 60 + (look % 7)))
    return count(() => unwrap(trainSteps(trainer, { x: halfDead, y: classes }, 1)))
  })
}

describe('a training, whenever it is looked at,', () => {
  test.each([
    ['adam with inputs that die', mlp(), adam(), 0],
    ['momentum with inputs that die', mlp(), sgd({ momentum: 0.9 }), 0],
    ['rmsprop with inputs that die', mlp(), rmsprop(), 0],
    ['weights that a penalty shrinks', mlp('relu', 0.1), sgd({ learningRate: 0.5 }), 0],
    ['adam with dropout', mlp('relu', 0, 0.5), adam(), 0],
    ['sigmoids of -95', mlp('sigmoid'), sgd({ learningRate: 1e-30 }), -95],
  ])('%s', async (_, model, optimizer, bias) => {
    const looks = await decay(model, optimizer, bias)
    // a power of Adam's step counter is denormal after 800 steps: one number a step
    expect(looks.filter(({ met, made }) => met > 0 || made > 1)).toEqual([])
  })

  test('weights that all decay at once, as soon as they rest', async () => {
    const looks = await decay(mlp(), sgd({ learningRate: 0.5, weightDecay: 0.5 }), 0)
    expect(looks.filter(({ met }) => met > 0)).toEqual([])
    expect(looks.slice(8).filter(({ made }) => made > 0)).toEqual([])
    // control: on the way products of a contraction are denormal, which nothing prevents
    expect(looks.filter(({ made }) => made > 1000)).not.toEqual([])
  })

  test('logits 95 apart', async () => {
    const model = sequential(input(width), dense(width), dense(10))
    const initialWeights = unwrap(init(model, { seed: 1 }))
    initialWeights.layer1.bias.data.fill(-95).fill(0, 0, 1)
    const options = {
      loss: categoricalCrossentropy({ fromLogits: true }),
      optimizer: sgd({ learningRate: 1e-30 }),
      batchSize: rows,
      initialWeights,
    }
    const trainer = await run(compile(model, options))
    const data = { x: batch(wave), y: classes }
    unwrap(trainSteps(trainer, data, 3))
    expect(count(() => unwrap(trainSteps(trainer, data, 1)))).toEqual(none)
  })
})
