/**
 * The examples of functions of one's own fit on 40 lines, blank ones and imports counted, and two of them run here and
 * reach what they claim; CI runs all of them.
 */
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { bundleExample, examples, linesOf } from './bundled.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = join(here, '.gen-short')
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the example prints. */
const printed = async (name: string): Promise<string> => {
  const program = join(folder, `${name}.mjs`)
  await bundleExample(name, program)
  return (await promisify(execFile)(process.execPath, [program])).stdout
}

test.each(['wgan-gp', 'vae', 'cartpole', 'siamese'])('%s fits on 40 lines', async name => {
  expect(linesOf(await readFile(join(examples, `${name}.ts`), 'utf8'))).toBeLessThanOrEqual(40)
})

test('control: lines are counted', () => {
  expect(linesOf('a\n\nb\n')).toBe(3)
})

test('cartpole: the pole learns to stand', async () => {
  const lasts = [...(await printed('cartpole')).matchAll(/lasts (\d+) steps/g)].map(([, steps]) =>
    Number(steps),
  )
  expect(lasts).toHaveLength(3)
  // a cart that is pushed at random falls after about 20
  expect(lasts.at(-1)).toBeGreaterThan(100)
})

test('wgan-gp: noise comes to lie by the circle', async () => {
  const [, near] = /(\d+) of 64/.exec(await printed('wgan-gp')) ?? []
  // of points that are drawn at random in [-2, 2] × [-2, 2], about 20 do
  expect(Number(near)).toBeGreaterThan(40)
})
