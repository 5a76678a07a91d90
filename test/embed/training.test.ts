import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initialWeights, type WeightVectors } from '../../dsl/trace/initial.js'
import { sizeOf } from '../../runtime/dtype.js'
import { emitModule } from '../../src/embed/emit.js'
import { type EmbedPlan, planModel } from '../../src/embed/plan.js'
import { encodeSafetensors } from '../../src/formats/safetensors.js'
import {
  batchNorm,
  compile,
  dense,
  dropout,
  input,
  run,
  sequential,
  tensor,
  trainStep,
  unwrap,
} from '../../src/index.js'
import { uniformFrom } from '../../src/testing/dice.js'
import { treeOf } from '../../src/train/weights.js'
import { UserFolder } from './folder.js'

let folder: UserFolder
beforeAll(async () => {
  folder = await UserFolder.make()
})
afterAll(() => folder.remove())

const ROWS = 8
const STEPS = 5
const model = sequential(input(12), dense(20, 'relu'), batchNorm(), dropout(0.3), dense(3, 'softmax'))
const next = uniformFrom(7)
const batches = Array.from({ length: STEPS }, () => ({
  x: Float32Array.from({ length: ROWS * 12 }, () => 2 * next() - 1),
  y: Float32Array.from({ length: ROWS * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
}))

const hex = (x: ArrayLike<number>): string => Buffer.from(Float32Array.from(x).buffer).toString('hex')

const build = async (storage: Parameters<typeof emitModule>[1] = {}) => {
  const train = { loss: 'categoricalCrossentropy', optimizer: 'adam', batch: ROWS, seed: 3 } as const
  const plan = planModel('learner', model, { train })
  const weights = initialWeights(plan.layout, 1)
  const files = await emitModule({ plan, weights }, storage)
  await folder.write(Object.fromEntries(files.map(f => [f.name, f.content])))
  return { plan, weights }
}

describe('training on the device', () => {
  test('steps have the bits of densor, losses and weights', async () => {
    const { plan, weights } = await build()
    await folder.write({
      'batches.json': JSON.stringify(batches.map(({ x, y }) => ({ x: [...x], y: [...y] }))),
      'main.js': `
import { readFileSync } from 'node:fs'
import { trainStep, weights } from './learner.js'
const losses = JSON.parse(readFileSync('batches.json', 'utf8')).map(({ x, y }) => trainStep(x, y))
const hex = x => Buffer.from(Float32Array.from(x).buffer).toString('hex')
console.log(hex(losses))
console.log(hex(weights()))`,
    })
    const { out, err, code } = await folder.node('main.js')
    expect(code, err).toBe(0)
    const trainer = await run(
      compile(model, {
        loss: 'categoricalCrossentropy',
        optimizer: 'adam',
        batchSize: ROWS,
        seed: 3,
        relaxed: false,
        initialWeights: treeOf(plan.layout, weights) as never,
      }),
    )
    const losses = batches.map(({ x, y }) =>
      unwrap(
        trainStep(trainer, {
          x: unwrap(tensor([ROWS, 12], x)),
          y: unwrap(tensor([ROWS, 3], y)) as never,
        }),
      ),
    )
    const leaves = Object.values(trainer.weights() as object).flatMap(layer => Object.entries(layer))
    const flat = (isState: boolean) =>
      leaves.flatMap(([name, t]) =>
        /^moving/.test(name) === isState ? [...(t as { data: Float32Array }).data] : [],
      )
    expect(out.trim().split('\n')).toEqual([hex(losses), hex([...flat(false), ...flat(true)])])
  })

  test('fit learns, any number of rows will do, and weights can be put back', async () => {
    await build()
    await folder.write({
      'fit.js': `
import assert from 'node:assert'
import { fit, predict, setLearningRate, setWeights, weights } from './learner.js'
const x = Float32Array.from({ length: 13 * 12 }, (_, i) => Math.sin(i * i))
const y = Float32Array.from({ length: 13 * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0))
const before = weights()
const first = predict(x)
setLearningRate(0.01)
const losses = fit(x, y, { epochs: 60 })
assert(losses.length === 60 && losses[59] < losses[0] / 2, String(losses))
assert.notDeepEqual(predict(x), first)
setWeights(before)
assert.deepEqual(predict(x), first)
for (const [bad, message] of [
  [() => fit(x, y.subarray(3)), /fit: y: expected \\[13, 3\\], received 36 numbers/],
  [() => fit(x.subarray(1), y), /fit: x: expected \\[N, 12\\], received 155 numbers/],
  [() => setWeights(before.subarray(1)), /setWeights: expected \\d+ numbers/],
]) assert.throws(bad, message)`,
    })
    const { err, code } = await folder.node('fit.js')
    expect(code, err).toBe(0)
  })

  /** The file that `saveWeights` writes. */
  const fileOf = (plan: EmbedPlan, { params, state }: WeightVectors): Uint8Array => {
    const tensors = plan.layout.weights.map(({ path, shape, trainable, offset }) => ({
      name: path.join('/'),
      dtype: 'f32' as const,
      shape,
      data: (trainable ? params : state).slice(offset, offset + sizeOf(shape)),
    }))
    return encodeSafetensors({ tensors, metadata: {} })
  }

  test('a module without weights takes a file of them, and says so before', async () => {
    const plan = planModel('empty', model, {})
    const weights = initialWeights(plan.layout, 1)
    const files = await emitModule({ plan, weights: undefined }, {})
    const full = await emitModule({ plan: { ...plan, name: 'full' }, weights }, {})
    const file = fileOf(plan, weights)
    await folder.write({
      ...Object.fromEntries([...files, ...full].map(f => [f.name, f.content])),
      'w.safetensors': file,
      'cut.safetensors': file.subarray(0, file.length - 9),
      'load.js': `
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { load, predict } from './empty.js'
import * as full from './full.js'
const x = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i))
assert.throws(() => predict(x), /built without weights: call load first/)
assert.throws(() => load(readFileSync('cut.safetensors')), /load: layer4\\/bias is|load: layer\\d/)
assert.throws(() => load(new Uint8Array(5)), /not a whole safetensors file/)
const good = readFileSync('w.safetensors')
const longer = new Uint8Array(good.length + 4)
longer.set(good)
assert.throws(() => load(longer), /load: /)
const high = Uint8Array.from(good)
high[6] = 1
assert.throws(() => load(high), /not a whole safetensors file/)
const noise = Uint8Array.from(good)
noise.fill(120, 8, 20)
assert.throws(() => load(noise), /not a whole safetensors file/)
assert.throws(() => predict(x), /call load first/)
load(readFileSync('w.safetensors'))
assert.deepEqual(predict(x), full.predict(x))`,
    })
    const { err, code } = await folder.node('load.js')
    expect(code, err).toBe(0)
  })

  test('what is packed of the weights is packed again when others are loaded', async () => {
    const wide = sequential(input(80), dense(64, 'relu'), dense(3))
    const plan = planModel('wide', wide, { batch: 8 })
    expect(plan.prepares).toEqual(['predict8_prepare', 'predict1_prepare'])
    const files = [...(await emitModule({ plan, weights: undefined }, {}))]
    const seeds = [1, 2]
    for (const seed of seeds) {
      const weights = initialWeights(plan.layout, seed)
      const full = await emitModule({ plan: { ...plan, name: `full${seed}` }, weights }, {})
      files.push(...full, { name: `w${seed}`, content: fileOf(plan, weights) })
    }
    await folder.write({
      ...Object.fromEntries(files.map(f => [f.name, f.content])),
      'again.js': `
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { load, predict } from './wide.js'
const x = Float32Array.from({ length: 8 * 80 }, (_, i) => Math.sin(i))
const seen = []
for (const seed of ${JSON.stringify(seeds)}) {
  load(readFileSync('w' + seed))
  seen.push(predict(x))
  assert.deepEqual(seen.at(-1), (await import('./full' + seed + '.js')).predict(x))
}
assert.notDeepEqual(seen[0], seen[1])`,
    })
    const { err, code } = await folder.node('again.js')
    expect(code, err).toBe(0)
  })
})
