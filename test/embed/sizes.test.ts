import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { initialWeights } from '../../dsl/trace/initial.js'
import { type EmittedFile, emitModule } from '../../src/embed/emit.js'
import type { PlanOptions } from '../../src/embed/options.js'
import { planModel } from '../../src/embed/plan.js'
import type { StorageOptions } from '../../src/embed/storage.js'
import { batchNorm, conv2d, dense, dropout, flatten, input, maxPool2d, sequential } from '../../src/index.js'

const digits = sequential(input(784), dense(256, 'relu'), batchNorm(), dropout(0.3), dense(10, 'softmax'))

const cnn = sequential(
  input([28, 28, 1]),
  conv2d(8, 3, { activation: 'relu' }),
  maxPool2d(2),
  conv2d(16, 3, { activation: 'relu' }),
  maxPool2d(2),
  flatten(),
  dense(10, 'softmax'),
)

const build = async (
  options: PlanOptions,
  storage: StorageOptions,
  model: unknown = digits,
): Promise<readonly EmittedFile[]> => {
  const plan = planModel('digits', model, options)
  return emitModule({ plan, weights: initialWeights(plan.layout, 0) }, storage)
}

/** Bytes of what is shipped when every file is compressed, without the weights. */
const shipped = (files: readonly EmittedFile[]): number =>
  files
    .filter(({ name }) => !/\.(d\.ts|weights)$/.test(name))
    .map(({ content }) =>
      typeof content === 'string' ? content.replace(/\["[A-Za-z0-9+/=]{400,}"[^\]]*\]/g, '[]') : content,
    )
    .reduce((n, content) => n + gzipSync(content, { level: 9 }).length, 0)

const train = { loss: 'categoricalCrossentropy' } as const

describe('what is shipped of the digits model, compressed, without weights', () => {
  test.each([
    ['prediction, a row at a time', {}, {}, 6000],
    ['prediction, up to 16 rows at a time', { batch: 16 }, {}, 6000],
    ['prediction, with files beside', {}, { wasm: 'file', weights: 'file' }, 6000],
    ['prediction, with weights that it is given', {}, { weights: 'none' }, 6000],
    ['prediction in JavaScript', { target: 'js' }, {}, 6000],
    ['with the Adam step', { train }, {}, 13_500],
    ['with the Adam step and weights that it is given', { train }, { weights: 'none' }, 14_000],
    ['with the Adam step, the code in a file beside', { train }, { wasm: 'file' }, 13_000],
  ] as const)('%s', async (_, options, storage, most) => {
    const bytes = shipped(await build(options, storage))
    expect(bytes).toBeLessThanOrEqual(most)
    expect(bytes).toBeGreaterThan(1000)
  })

  test.each([
    ['weights inlined', {}],
    ['weights in a file', { weights: 'file' }],
    ['weights that it is given', { weights: 'none' }],
  ] as const)('a small convolutional network, %s', async (_, storage) => {
    const bytes = shipped(await build({}, storage, cnn))
    expect(bytes).toBeLessThanOrEqual(8000)
    expect(bytes).toBeGreaterThan(1000)
  })

  test('control: the weights are not in the count, and are in the files', async () => {
    const files = await build({}, {})
    expect(files.find(f => f.name === 'digits.js')?.content.length).toBeGreaterThan(1_000_000)
  })

  test('the same input gives the same bytes', async () => {
    const options = { batch: 4, train }
    expect(await build(options, { wasm: 'file' })).toEqual(await build(options, { wasm: 'file' }))
  })
})
