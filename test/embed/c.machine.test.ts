import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { initialWeights } from '../../dsl/trace/initial.js'
import { emitC } from '../../src/embed/c/emit.js'
import { planModel } from '../../src/embed/plan.js'
import { dense, graphs, input, layerNorm } from '../../src/index.js'
import { run } from './folder.js'
import { arbitraryModel, modelOf } from './random-models.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor c '))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const STRICT = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic']

const emit = async (model: unknown, batch: number, name = 'model') => {
  const plan = planModel(name, model, { batch, fixed: true }, { prepares: false })
  const files = emitC({ plan, weights: initialWeights(plan.layout, 4) })
  for (const file of files) await writeFile(join(folder, file.name), file.content)
  return files
}

const compileAndRun = async (level: string) => {
  const built = await run('cc', [...STRICT, level, 'model.c', 'model_test.c', '-o', 'program', '-lm'], folder)
  expect(built.err).toBe('')
  return run(join(folder, 'program'), [], folder)
}

describe('a model as C99', () => {
  test.prop([arbitraryModel, fc.constantFrom('-O0', '-O2')], { numRuns: 8 })(
    'compiles without a warning, and has the bits of densor',
    async (spec, level) => {
      await emit(modelOf(spec), Math.min(spec.batch, 8))
      const { code, out } = await compileAndRun(level)
      expect(out).toMatch(/^model: 0 of \d+ numbers are wrong\n$/)
      expect(code).toBe(0)
    },
    60_000,
  )

  test('control: the program tells when a weight is another', async () => {
    const [source] = await emit(
      modelOf({ width: 3, layers: [], batch: 1, target: 'wasm', rows: 1, seed: 1 }),
      1,
    )
    expect(String(source?.content)).toContain('model_predict')
    const files = await emit(
      modelOf({
        width: 3,
        layers: [{ kind: 'dense', units: 2, activation: 'linear', bias: true }],
        batch: 1,
        target: 'wasm',
        rows: 1,
        seed: 1,
      }),
      1,
    )
    const spoilt = String(files[0]?.content).replace(/(\[16\] = )0x\w+u/, '$10x3f800000u')
    await writeFile(join(folder, 'model.c'), spoilt)
    const { code, out } = await compileAndRun('-O1')
    expect(out).toMatch(/expected/)
    expect(code).toBe(1)
  })

  test('the same input gives the same bytes, without allocation or a path of this machine', async () => {
    const model = graphs({ float: input(3), n: input(2) }, ({ float, n }) => ({
      sum: dense(2).as('s')(layerNorm().as('l')(dense(4).as('d')(float))),
      max: dense(1).as('m')(n),
    }))
    const files = await emit(model, 2, 'many')
    expect(await emit(model, 2, 'many')).toEqual(files)
    expect(files.map(f => f.name)).toEqual(['many.c', 'many.h'])
    const text = files.map(f => f.content).join('')
    expect(text).not.toMatch(/alloc|\/\w+\/\w+\.ts/)
    expect(text).toContain(
      'void many_predict(const float *x_float, const float *x_n, float *out_sum, float *out_max);',
    )
    const built = await run('cc', [...STRICT, '-c', 'many.c'], folder)
    expect(built.err).toBe('')
  })
})
