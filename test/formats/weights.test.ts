import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm } from '../../dsl/layers/normalization.js'
import { seq } from '../../dsl/layers/seq.js'
import { input, sequential } from '../../dsl/model.js'
import { run, unwrap } from '../../src/errors.js'
import { loadWeights, saveWeights } from '../../src/formats/weights.js'
import { init } from '../../src/train/init.js'
import { leavesOf, type WeightTree } from '../../src/train/weights.js'

const model = sequential(input(3), dense(4), seq(batchNorm(), dense(2).as('inner')), dense(2).as('head'))

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor weights '))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const numbers = (weights: object) =>
  leavesOf(weights as WeightTree).map(([name, { dims, data }]) => [name, dims, [...data]])

describe('weights', () => {
  test.prop([fc.nat()], { numRuns: 10 })('save then load is the identity', async seed => {
    const weights = unwrap(init(model, { seed }))
    const path = join(folder, 'my weights.safetensors')
    await run(saveWeights(path, weights))
    expect(numbers(await run(loadWeights(model, path)))).toEqual(numbers(weights))
    expect(await readdir(folder)).toEqual(['my weights.safetensors'])
  })

  test('control: other weights are other numbers', () => {
    expect(numbers(unwrap(init(model, { seed: 1 })))).not.toEqual(numbers(unwrap(init(model, { seed: 2 }))))
  })

  test('the file of another model is refused, every mismatch listed', async () => {
    const path = join(folder, 'other.safetensors')
    await run(saveWeights(path, unwrap(init(sequential(input(5), dense(4), dense(9).as('tail'))))))
    const read = await loadWeights(sequential(input(3), dense(4), dense(2).as('head')), path)()
    if (E.isRight(read)) throw new Error('it was accepted')
    expect(read.left.message).toBe(`${path} are not the weights of this model`)
    expect(read.left.notes).toEqual([
      'layer0/kernel: is [5, 4], the model needs [3, 4]',
      'head/kernel: missing, the model needs [4, 2]',
      'head/bias: missing, the model needs [2]',
      'tail/kernel: [4, 9] has no place in the model',
      'tail/bias: [9] has no place in the model',
    ])
    await rm(path)
  })

  test('a missing and a broken file are faults', async () => {
    const path = join(folder, 'broken.safetensors')
    await writeFile(path, 'not a file of weights')
    for (const [file, code] of [
      [path, 'malformed-file'],
      [join(folder, 'none'), 'unreadable-file'],
    ] as const) {
      const read = await loadWeights(model, file)()
      expect(E.isLeft(read) && read.left.code).toBe(code)
    }
    await rm(path)
  })
})
