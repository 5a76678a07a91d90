import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { afterAll, describe, expect } from 'vitest'
import { customVjp, graph, input, mul, type Sym, square } from '../../dsl/index.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { attempt, run, unwrap } from '../../src/errors.js'
import { loadWeights, saveWeights } from '../../src/formats/weights.js'
import {
  type BrokenModel,
  brokenModel,
  checkGradients,
  checkModel,
  checkTargets,
  type ModelSample,
  mismatch,
  model,
} from '../../src/testing/index.js'
import { predict } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/trainer.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

/*
 * The laws, on random models. That the shape in a model's type is its shape at run time: test/types/models.test.ts.
 */

const folder = mkdtempSync(join(tmpdir(), 'densor-laws-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Random weights of a model, as a tree of tensors. */
const weightsOf = ({ model: of }: ModelSample, seed = 3): WeightTree =>
  unwrap(init(of, { seed })) as WeightTree

const predicted = (sample: ModelSample, x: AnyTensor, weights: WeightTree): Promise<AnyTensor> =>
  run(predict(sample.model, weights, x))

const fitted = async ({ model: of, x, y }: ModelSample, seed: number): Promise<WeightTree> => {
  const options = {
    loss: 'meanSquaredError',
    epochs: 2,
    batchSize: Math.min(2, x.dims[0] ?? 1),
    seed,
    verbose: 'silent',
  } as const
  return (await run(fit(of, { x, y }, options))).weights as WeightTree
}

/** Where two trees of weights differ, in words. */
const treesDiffer = (actual: WeightTree, expected: WeightTree): string | undefined => {
  const [a, e] = [leavesOf(actual), leavesOf(expected)]
  if (a.map(([name]) => name).join() !== e.map(([name]) => name).join()) return 'other names'
  return e.map(([, tensor], i) => mismatch(a[i]?.[1] ?? tensor, tensor)).find(found => found !== undefined)
}

describe('every random model', () => {
  test.prop([model()], { numRuns: 25 })(
    'predicts and trains on wasm and js as by the evaluator',
    async sample => {
      const { model: of, x, y } = sample
      await run(checkTargets(of, { x, y, weights: weightsOf(sample) }))
    },
  )

  test.prop([model()], { numRuns: 15 })('keeps all laws', async ({ model: of }) => {
    const results = await run(checkModel(of))
    expect(new Set(results.map(({ law }) => law))).toEqual(new Set(['passes', 'targets', 'gradients']))
  })

  test.prop([model()], { numRuns: 30 })('gives the same bits in two trainings', async sample => {
    expect(treesDiffer(await fitted(sample, 5), await fitted(sample, 5))).toBeUndefined()
  })

  test.prop([model(), fc.nat()], { numRuns: 40 })(
    'has its weights back from a file',
    async (sample, seed) => {
      const path = join(folder, 'weights.safetensors')
      const weights = weightsOf(sample, seed)
      await run(saveWeights(path, weights))
      // The type of a random model says nothing of its weights.
      const back = await run(loadWeights(sample.model as never, path))
      expect(treesDiffer(back, weights)).toBeUndefined()
    },
  )
})

describe('control', () => {
  const [sample] = fc.sample(model({ maxDepth: 0 }), { numRuns: 1, seed: 8 })
  if (sample === undefined) throw new Error('there is no sample')

  test('a wrong derivative is told', async () => {
    const cube = customVjp((x: Sym<['N', 3]>) => mul(square(x), x), {
      forward: x => ({ output: mul(square(x), x), residuals: [x] }),
      // d(x³) = 3 x² dx, and not 2 x² dx
      backward: ([x], bar) => [mul(bar, mul(square(x), 2))],
    })
    const wrong = graph(input(3), x => cube(x))
    await expect(run(checkGradients(wrong, { forward: false }))).rejects.toThrow(/^loss: reverse mode gives/)
  })

  test('a tolerance of nothing is not kept', async () => {
    const strict = { tolerance: -1 }
    await expect(run(checkTargets(sample.model, strict))).rejects.toThrow(
      /target wasm differs from the evaluator/,
    )
  })

  test('other rows, other seeds and other weights give other numbers', async () => {
    const [one, other] = [weightsOf(sample, 1), weightsOf(sample, 2)]
    expect(treesDiffer(one, other)).toBeDefined()
    expect(treesDiffer(await fitted(sample, 1), await fitted(sample, 2))).toBeDefined()
    const [first, second] = [await predicted(sample, sample.x, one), await predicted(sample, sample.x, other)]
    expect(mismatch(first, second)).toBeDefined()
  })
})

const refused = (build: BrokenModel['build']): boolean =>
  E.isLeft(
    pipe(
      attempt(build),
      E.chain(of => init(of)),
    ),
  )

describe('every broken model', () => {
  test.prop([brokenModel()], { numRuns: 200 })('is refused, and accepted when it is put right', broken => {
    expect(refused(broken.build)).toBe(true)
    expect(refused(() => broken.right.model)).toBe(false)
  })
})
