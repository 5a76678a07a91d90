/** No denormal number reaches a product, is kept from kernel to kernel, or stays in weights and moments for long. */
import { describe, expect, test } from 'vitest'
import { compileProgram, loadPlan, scheduleProgram } from '../../compiler/compile.js'
import type { Program } from '../../compiler/ir/program.js'
import { interpret } from '../../compiler/loop/interpret.js'
import { printLoops } from '../../compiler/loop/print.js'
import { simd128 } from '../../compiler/loop/vectors.js'
import { Arena } from '../../runtime/arena.js'
import { hasDenormals } from '../../runtime/denormals.js'
import {
  adam,
  compile,
  dense,
  init,
  input,
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
import { build, f32 } from './threaded-programs.js'

const matrixDims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }
const TINY = 1e-40

/** Programs of two inputs [8, 8] that would read, keep or give denormal numbers. */
const programs: Readonly<Record<string, Program>> = {
  'a product of what came': build([f32(8, 8), f32(8, 8)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, matrixDims),
  ),
  'a product of a product': build([f32(8, 8), f32(8, 8)], (b, [x = 0, y = 0]) =>
    b.dot_general(b.dot_general(x, y, matrixDims), y, matrixDims),
  ),
  'a product of what was multiplied': build([f32(8, 8), f32(8, 8)], (b, [x = 0, y = 0]) =>
    b.dot_general(b.multiply(x, b.fullLike(x, 1e-3)), y, matrixDims),
  ),
  'a product of tails': build([f32(8, 8), f32(8, 8)], (b, [x = 0, y = 0]) =>
    b.dot_general(b.logistic(b.subtract(x, b.fullLike(x, 95))), b.exponential(b.negate(y)), matrixDims),
  ),
}

/** Whether a step on such values leaves a denormal number in memory, beside what was given and what is handed out. */
const kept = async (program: Program, target: 'wasm' | 'js', values: readonly number[]): Promise<boolean> => {
  const arena = new Arena()
  const plan = await compileProgram(program, { target, reserve: bytes => arena.reserve(bytes) })
  const executable = await loadPlan(plan, arena)
  plan.inputs.forEach(({ name }, i) => {
    executable.port(name).fill(values[i] ?? 0)
  })
  executable.step()
  const words = new Float32Array(arena.buffer, plan.base, plan.memory.bytes / 4).slice()
  for (const { offset, shape } of [...plan.inputs, ...plan.outputs]) {
    const first = (offset - plan.base) / 4
    words.fill(0, first, first + shape.reduce((n, d) => n * d, 1))
  }
  return hasDenormals(words)
}

describe.each(['wasm', 'js'] as const)('what %s keeps', target => {
  test.each(Object.entries(programs))('of %s', async (_, program) => {
    for (const values of [
      [TINY, TINY],
      [TINY, 1],
      [1e-36, 1e-3],
      [1e-20, 1e-20],
      [0, 90],
    ])
      expect(await kept(program, target, values)).toBe(false)
  })
})

test('control: with registers said to flush by themselves, denormal numbers stay', () => {
  const program = programs['a product of a product']
  if (program === undefined) throw new Error('no such program')
  const { module, storage } = scheduleProgram(program, {}, { ...simd128, flushes: true })
  expect(printLoops(module)).not.toContain('flush(')
  expect(printLoops(scheduleProgram(program).module)).toContain('flush(')
  const memory = new ArrayBuffer(64 + storage.bytes)
  for (const { offset } of storage.inputs) new Float32Array(memory, offset, 64).fill(1e-20)
  interpret(module, memory, 'step', [])
  expect(hasDenormals(new Float32Array(memory))).toBe(true)
})

const rows = 8
const width = 16
const filled = (value: (i: number) => number): Tensor<[8, 16], 'f32'> =>
  unwrap(
    tensor(
      [rows, width],
      Float32Array.from({ length: rows * width }, (_, i) => value(i)),
    ),
  )
const wave = (i: number): number => Math.sin(12.9898 * (i + 1))

describe('weights and moments that decay', () => {
  test.each([
    ['adam', adam()],
    ['momentum', sgd({ momentum: 0.9 })],
    ['rmsprop', rmsprop({ rho: 0.9 })],
    ['weight decay', sgd({ learningRate: 0.5, weightDecay: 0.5 })],
  ])('come to rest at zero: %s', async (_, optimizer) => {
    const model = sequential(input(width), dense(width))
    const options = { loss: 'meanSquaredError', optimizer, batchSize: rows } as const
    const trainer = await run(compile(model, options))
    const alive = { x: filled(wave), y: filled(i => wave(7 * i)) }
    const half = { x: filled(i => (i % width < width / 2 ? 0 : wave(i))), y: alive.y }
    unwrap(trainSteps(trainer, alive, 20))
    unwrap(trainSteps(trainer, half, 1600))
    unwrap(trainSteps(trainer, half, 1))
    const { kernel } = trainer.weights().layer0
    expect(hasDenormals(kernel.data)).toBe(false)
  })
})

test('a predictor takes denormal weights and data for zeros', async () => {
  const model = sequential(input(width), dense(width, { useBias: false }))
  const weights = unwrap(init(model, { seed: 1 }))
  const small = {
    layer0: { kernel: unwrap(tensor([width, width], new Float32Array(width * width).fill(TINY))) },
  }
  for (const [w, x] of [
    [weights, filled(() => TINY)],
    [small, filled(() => 2 ** 20)],
  ] as const) {
    const predict = await run(predictor(model, w, { batchSize: rows }))
    expect(unwrap(predict(x)).data.every(v => v === 0)).toBe(true)
  }
})
