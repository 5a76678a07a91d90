/**
 * Promises that each family of primitives is whole: a program with nothing but one function of it, and its derivatives,
 * compiles and runs from a bundle that holds only what that program imports, as a page would load it.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'densor-families-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a module exports as `result`; it is bundled from dist/ for pages, then run. */
const runAlone = async (name: string, source: string): Promise<unknown> => {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    stdin: { contents: source, resolveDir: root },
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'browser',
  })
  const loaded: { readonly result: unknown } = await import(pathToFileURL(outfile).href)
  return loaded.result
}

/** The sum of the gradient of f(x) for x f32[2, 4, 4, 1], all 0.5. */
const gradientOf = (imports: string, f: string): string => `
import { grad, jit, sum, tensor, unwrap, ${imports} } from 'densor'
const x = unwrap(tensor([2, 4, 4, 1], Array(32).fill(0.5)))
const g = await jit(grad(x => sum(${f})))(x)
export const result = Math.fround(g.data.reduce((a, b) => a + b, 0))`

/** A training step of a model, whether the loss is finite. */
const fitOf = (imports: string, layers: string): string => `
import { fit, input, sequential, tensor, unwrap, ${imports} } from 'densor'
const model = sequential(input([4, 4, 1]), ${layers})
const data = { x: unwrap(tensor([8, 4, 4, 1], Array(128).fill(0.5))), y: unwrap(tensor([8, 1], Array(8).fill(1))) }
const { history } = await fit(model, data, { loss: 'meanSquaredError', optimizer: 'adam', epochs: 1, verbose: 'silent' })
export const result = history.history.loss.every(Number.isFinite)`

describe.skipIf(!existsSync(`${root}dist/src/page.js`))('alone in a bundle', () => {
  test.each([
    ['no family', gradientOf('mul', 'mul(x, x)'), 32],
    ['products', gradientOf('matmul, reshape', 'matmul(reshape(x, [8, 4]), reshape(x, [4, 8]))'), 256],
    ['checkpoint', gradientOf('mul, checkpoint', 'checkpoint(y => mul(y, y))(x)'), 32],
    ['convolution', fitOf('conv2d, flatten, dense', 'conv2d(2, 3), flatten(), dense(1)'), true],
    [
      'the default optimizer',
      fitOf('flatten, dense', 'flatten(), dense(1)').replace("optimizer: 'adam', ", ''),
      true,
    ],
    ['pooling', fitOf('maxPool2d, flatten, dense', 'maxPool2d(2), flatten(), dense(1)'), true],
  ])('%s', async (name, source, expected) => {
    expect(await runAlone(name.replace(' ', '-'), source)).toBe(expected)
  })
})
