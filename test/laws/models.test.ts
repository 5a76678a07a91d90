import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { afterAll, describe, expect } from 'vitest'
import {
  concat,
  conv2d,
  customVjp,
  dense,
  flatten,
  graph,
  input,
  mul,
  type Sym,
  sequential,
  square,
} from '../../dsl/index.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { Feedable } from '../../dsl/types/training.js'
import { tensor } from '../../src/data/tensor.js'
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
import { init } from '../../src/train/init.js'
import { summary } from '../../src/train/summary.js'
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

/** The same layers on an input whose dimensions are symbols; undefined where they do not fit all sizes. */
const symbolic = ({ model: of, x }: ModelSample): Feedable | undefined => {
  const symbols = x.dims.slice(1).map((_, i) => `D${i}`)
  const { layers } = (of as { readonly def: { readonly layers: readonly never[] } }).def
  const built = attempt(() => {
    const open = sequential(input(symbols), ...layers)
    return open.out === undefined ? undefined : open
  })
  return E.isRight(built) ? built.right : undefined
}

describe('every random model of symbols', () => {
  test.prop([model()], { numRuns: 30 })('is, on data, the model of its sizes', async sample => {
    const open = symbolic(sample)
    if (open === undefined) return
    const sizes = Object.fromEntries(sample.x.dims.slice(1).map((size, i) => [`D${i}`, size]))
    const weights = unwrap(init(open, { sizes })) as WeightTree
    expect(treesDiffer(weights, weightsOf(sample, 0))).toBeUndefined()
    const answer = await run(predict(open, weights, sample.x))
    expect(
      mismatch(answer, await predicted(sample, sample.x, weights), { relative: 0, absolute: 0 }),
    ).toBeUndefined()
    expect(treesDiffer(await fitted({ ...sample, model: open }, 5), await fitted(sample, 5))).toBeUndefined()
  })

  test('has outputs whose dimensions are computed from symbols', async () => {
    const open = sequential(input(['T', 2]), flatten(), dense(3))
    const twice = graph(input('T'), x => concat(-1, x, x))
    const x = unwrap(tensor([2, 3, 2], new Float32Array(12).fill(1)))
    expect((await run(predict(open, unwrap(init(open, { sizes: { T: 3 } })), x))).dims).toEqual([2, 3])
    const row = unwrap(tensor([1, 2], [1, 2]))
    expect([...(await run(predict(twice, {}, row))).data]).toEqual([1, 2, 1, 2])
  })

  test('makes no layer of a symbol of units', () => {
    // Without types, as JavaScript has it.
    const layers = [dense('H' as never), conv2d('F' as never, 1)]
    for (const layer of layers)
      expect(() => unwrap(init(sequential(input([2, 2, 1]), layer)))).toThrow(
        / [HF] is not a positive integer/,
      )
  })

  test('with dense layers on a symbol is among them', () => {
    const drawn = fc
      .sample(model(), { numRuns: 60, seed: 1 })
      .filter(({ source }) => /\]\), dense\(/.test(source))
    expect(drawn.filter(sample => symbolic(sample) !== undefined).length).toBeGreaterThan(3)
  })

  test('is refused where its weights need a size that nothing says', async () => {
    const open = sequential(input('F'), dense(2))
    const sentence = /dense: the last dimension of \[N, F\] must be a number/
    expect(() => unwrap(init(open))).toThrow(sentence)
    await expect(run(loadWeights(open, join(folder, 'nothing.safetensors')))).rejects.toThrow(sentence)
    await expect(run(summary(open))).rejects.toThrow(/the size of 'F' in \[N, F\] is not known/)
    expect(unwrap(init(open, { sizes: { F: 3 } })).layer0.kernel.dims).toEqual([3, 2])
  })
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
