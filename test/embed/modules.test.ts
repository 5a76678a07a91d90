import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { WeightVectors } from '../../dsl/trace/initial.js'
import { initialWeights } from '../../dsl/trace/initial.js'
import { emitModule } from '../../src/embed/emit.js'
import { type EmbedPlan, planModel } from '../../src/embed/plan.js'
import { predict, tensor, unwrap, run as unwrapped } from '../../src/index.js'
import { uniformFrom } from '../../src/testing/dice.js'
import { model } from '../../src/testing/index.js'
import { closed } from '../../src/train/closed.js'
import { treeOf } from '../../src/train/weights.js'
import { UserFolder } from './folder.js'
import { arbitraryModel, type ModelSpec, modelOf } from './random-models.js'

let folder: UserFolder
beforeAll(async () => {
  folder = await UserFolder.make()
})
afterAll(() => folder.remove())

const hex = (x: ArrayLike<number>): string => Buffer.from(Float32Array.from(x).buffer).toString('hex')

/** Weights that are no zeros or ones, moving averages included. */
const weightsFor = ({ layout }: EmbedPlan, seed: number): WeightVectors => {
  const { params, state } = initialWeights(layout, seed)
  const next = uniformFrom(seed)
  return { params: params.map(x => x + next() / 8), state: state.map(x => x + next()) }
}

const rowsOf = ({ rows, width, seed }: ModelSpec): Float32Array => {
  const next = uniformFrom(seed + 1)
  return Float32Array.from({ length: rows * width }, () => 4 * next() - 2)
}

/** Every model as a module; one fresh process loads them all and prints the bits of what they give. */
const viaModules = async (specs: readonly ModelSpec[], spoil = 0): Promise<readonly string[]> => {
  for (const [i, spec] of specs.entries()) {
    const { batch, target } = spec
    const plan = planModel(`model${i}`, modelOf(spec), { batch, target })
    const weights = weightsFor(plan, spec.seed)
    if (spoil !== 0 && weights.params.length > 0) weights.params[0] = (weights.params[0] ?? 0) + spoil
    const files = await emitModule({ plan, weights }, {})
    await folder.write(Object.fromEntries(files.map(f => [f.name, f.content])))
  }
  const inputs = specs.map(spec => [...rowsOf(spec)])
  await folder.write({
    'inputs.json': JSON.stringify(inputs),
    'main.js': `
import { readFileSync } from 'node:fs'
const inputs = JSON.parse(readFileSync('inputs.json', 'utf8'))
for (const [i, x] of inputs.entries()) {
  const { predict } = await import('./model' + i + '.js')
  const given = Float32Array.from(x)
  predict(given)
  console.log(Buffer.from(predict(given).buffer).toString('hex'))
}`,
  })
  const { code, out, err } = await folder.node('main.js')
  expect(code, err).toBe(0)
  return out.trim().split('\n')
}

const viaDensor = (specs: readonly ModelSpec[]): Promise<readonly string[]> =>
  Promise.all(
    specs.map(async spec => {
      const model = modelOf(spec)
      const plan = planModel('m', model, {})
      const weights = treeOf(plan.layout, weightsFor(plan, spec.seed))
      const x = unwrap(tensor([spec.rows, spec.width], rowsOf(spec)))
      const out = await unwrapped(
        predict(model, weights as never, x as never, { target: spec.target, relaxed: false }),
      )
      return hex((out as { readonly data: ArrayLike<number> }).data)
    }),
  )

describe('an emitted module has the bits of densor', () => {
  test.prop([fc.array(arbitraryModel, { minLength: 10, maxLength: 10 })], { numRuns: 3 })(
    'random models, loaded in a fresh process',
    async specs => {
      expect(await viaModules(specs)).toEqual(await viaDensor(specs))
    },
  )

  test.prop([model()], { numRuns: 12 })('models of densor/testing, blocks and all', async sample => {
    const [rows = 1, ...shape] = sample.x.dims
    const closedModel = closed(sample.model, sample.x.dims)
    const plan = planModel('sample', closedModel, { batch: 4 })
    const weights = weightsFor(plan, 2)
    const files = await emitModule({ plan, weights }, {})
    await folder.write({
      ...Object.fromEntries(files.map(f => [f.name, f.content])),
      'sample-main.js': `
import { predict } from './sample.js'
const x = { dims: ${JSON.stringify([rows, ...shape])}, data: Float32Array.from(${JSON.stringify([...sample.x.data])}) }
console.log(Buffer.from(predict(x).buffer).toString('hex'))`,
    })
    const { out, err } = await folder.node('sample-main.js')
    const tree = treeOf(plan.layout, weights)
    const direct = await unwrapped(
      predict(closedModel as never, tree as never, sample.x as never, { relaxed: false }),
    )
    expect(out.trim(), err).toBe(hex((direct as { readonly data: ArrayLike<number> }).data))
  })

  test('control: another weight gives other bits', async () => {
    const spec: ModelSpec = {
      width: 3,
      layers: [{ kind: 'dense', units: 2, activation: 'linear', bias: true }],
      batch: 1,
      target: 'wasm',
      rows: 2,
      seed: 1,
    }
    expect(await viaModules([spec], 1 / 64)).not.toEqual(await viaDensor([spec]))
  })
})
