import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { compileProgram, scheduleProgram } from '../../compiler/compile.js'
import type { Program } from '../../compiler/ir/program.js'
import { dense, input, sequential } from '../../dsl/index.js'
import { tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { Arena } from '../../runtime/arena.js'
import type { Executable } from '../../runtime/executable.js'
import { arbitraryProgram } from '../../src/testing/programs.js'
import { runCompiled } from '../../src/testing/run.js'
import { loadThreaded } from '../../src/threads.js'
import { build, f32, fillInputs } from './threaded-programs.js'

const windows = { strides: [1, 1], low: [0, 0], high: [0, 0], lhsDilation: [1, 1], rhsDilation: [1, 1] }
const matrixDims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }

/** The products that are divided for threads by columns and by rows. */
const byColumns = build([f32(131, 300), f32(300, 512)], (b, [x = 0, y = 0]) =>
  b.dot_general(x, y, matrixDims),
)
const byRows = build([f32(517, 600), f32(600, 70)], (b, [x = 0, y = 0]) => b.dot_general(x, y, matrixDims))

/** Programs whose input `x1` is a weight. */
const weighted: Readonly<Record<string, Program>> = {
  'a product divided by columns': byColumns,
  'a product divided by rows': byRows,
  'a product with edges': build([f32(40, 70), f32(70, 37)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, matrixDims),
  ),
  'three columns': build([f32(40, 70), f32(70, 3)], (b, [x = 0, y = 0]) => b.dot_general(x, y, matrixDims)),
  'terms in blocks': build([f32(19, 2100), f32(2100, 45)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, matrixDims),
  ),
  'a weight read down its columns': build([f32(40, 70), f32(50, 70)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, b.transpose(y, [1, 0]), matrixDims),
  ),
  'a weight for each of a batch': build([f32(3, 40, 70), f32(3, 70, 50)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, { lhsBatch: [0], rhsBatch: [0], lhsContracting: [2], rhsContracting: [1] }),
  ),
  'a weight that is computed first': build([f32(40, 70), f32(70, 70)], (b, [x = 0, y = 0]) =>
    b.tanh(b.dot_general(x, b.exponential(b.dot_general(y, y, matrixDims)), matrixDims)),
  ),
  'a convolution': build([f32(5, 9, 8, 6), f32(3, 3, 6, 37)], (b, [x = 0, y = 0]) =>
    b.convolution(x, y, { ...windows, featureGroups: 1 }),
  ),
  'a convolution in groups': build([f32(5, 9, 8, 6), f32(3, 3, 2, 30)], (b, [x = 0, y = 0]) =>
    b.convolution(x, y, { ...windows, featureGroups: 3 }),
  ),
  'a convolution of many terms': build([f32(2, 5, 6, 130), f32(3, 3, 130, 21)], (b, [x = 0, y = 0]) =>
    b.convolution(x, y, { ...windows, featureGroups: 1 }),
  ),
}

const fixed = ['x1']

const loaded = async (program: Program, of: readonly string[], threads = 1): Promise<Executable> => {
  const arena = new Arena(1, { shared: threads > 1 })
  const reserve = (bytes: number): number => arena.reserve(bytes)
  const executable = await loadThreaded(await compileProgram(program, { fixed: of, threads, reserve }), arena)
  fillInputs(program, executable)
  executable.prepare()
  return executable
}

const outcome = (executable: Executable): Float32Array => {
  executable.step()
  return Float32Array.from(executable.port('y'))
}

describe('what is prepared changes no bit', () => {
  for (const target of ['wasm', 'js'] as const)
    test.prop([arbitraryProgram({ wild: true }), fc.array(fc.boolean(), { minLength: 8 })], { numRuns: 60 })(
      `of random programs with any inputs fixed, on ${target}`,
      async ({ program, inputs }, mask) => {
        const names = program.inputs.filter((_, i) => mask[i % mask.length]).map(p => p.name)
        expect(await runCompiled(program, inputs, { target, fixed: names })).toEqual(
          await runCompiled(program, inputs, { target }),
        )
      },
    )

  for (const [name, program] of Object.entries(weighted))
    test(`of ${name}, on one thread and several`, async () => {
      const wanted = outcome(await loaded(program, []))
      expect(outcome(await loaded(program, fixed))).toEqual(wanted)
      expect(outcome(await loaded(program, fixed, 3))).toEqual(wanted)
    })

  test('once for all steps, and again when what is fixed has changed', async () => {
    for (const program of Object.values(weighted)) {
      const [some, none] = [await loaded(program, fixed), await loaded(program, [])]
      const write = (name: string, by: number): void => {
        for (const { port } of [some, none]) port(name).set(port(name).map((x: number) => x * by))
      }
      outcome(some)
      write('x0', -1.5)
      expect(outcome(some)).toEqual(outcome(none))
      write('x1', 0.75)
      // control: what was prepared of other numbers is not what is wanted
      expect(outcome(some)).not.toEqual(outcome(none))
      some.prepare()
      expect(outcome(some)).toEqual(outcome(none))
    }
  })
})

/** The functions that `prepare` calls. */
const preparedBy = (program: Program, of: readonly string[], threads = 1): readonly string[] =>
  scheduleProgram(program, { fixed: of, clean: program.inputs.map(p => p.name), threads })
    .module.functions.filter(f => f.name === 'prepare')
    .flatMap(f => f.body.flatMap(s => (s.kind === 'call' ? [s.name] : [])))

describe('what is prepared', () => {
  test('the panels of each weight, once for all threads that read them', () => {
    const model = sequential(input(784), dense(512, 'relu'), dense(256, 'relu'), dense(10))
    const step = tracePredict({ model, batch: 256 })
    const packings = ['contraction0_pack', 'contraction1_pack', 'contraction2_pack']
    expect(preparedBy(step.program, step.fixed)).toEqual(packings)
    expect(preparedBy(byRows, fixed, 2)).toHaveLength(1)
    expect(preparedBy(byColumns, fixed, 2)).toHaveLength(2)
  })

  test('kernels that depend on fixed inputs alone, which are no part of a step', () => {
    const program = weighted['a weight that is computed first'] ?? build([], b => b.scalar(0))
    const steps = (of: readonly string[]): number =>
      scheduleProgram(program, { fixed: of, clean: ['x0', 'x1'] }).kernels.length
    expect(preparedBy(program, fixed)).toHaveLength(2)
    expect(steps(fixed)).toBe(steps([]) - 1)
  })

  test('nothing where nothing is fixed: no entry, and no byte', () => {
    const model = sequential(input(784), dense(512, 'relu'), dense(10))
    const training = traceTrainStep({ model, batch: 64 }, { loss: 'meanSquaredError', optimizer: 'adam' })
    expect(training.fixed).toEqual([])
    for (const program of [training.program, ...Object.values(weighted)]) {
      const { module } = scheduleProgram(program)
      expect(module.functions.filter(f => /prepare|_pack/.test(f.name))).toEqual([])
    }
  })

  test('a fixed input that is donated is a bug', () => {
    const program = build([f32(4), f32(4)], (b, [x = 0, y = 0]) => b.add(x, y))
    expect(() => scheduleProgram(program, { fixed, donate: [['y', 'x1']] })).toThrow('donated')
  })
})
