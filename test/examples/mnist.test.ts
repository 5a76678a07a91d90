import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/errors.js'
import { loadHistory } from '../../src/formats/history.js'
import { readTensors } from '../../src/formats/weights.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = join(here, '.gen-mnist', 'mnist.mjs')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor digits '))
  const entry = join(here, '..', '..', 'examples', 'mnist.ts')
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: program,
  })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(join(here, '.gen-mnist'), { recursive: true, force: true })
})

/** Runs the example in a folder of its own; Ctrl-C is pressed once its output matches. */
const runExample = (
  cwd: string,
  interruptAt?: RegExp,
): Promise<{ readonly code: number | null; readonly text: string }> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [program], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    let pressed = false
    const hear = (chunk: Buffer): void => {
      text += chunk.toString()
      if (interruptAt === undefined || pressed || !interruptAt.test(text)) return
      pressed = true
      child.kill('SIGINT')
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', fail)
    child.on('close', code => done({ code, text }))
  })

describe('the digits example', () => {
  test('reads at least 95 % of the held-out digits, and leaves weights, history and report', async () => {
    const { code, text } = await runExample(folder)
    expect(code, text).toBe(0)
    expect(text).toContain('layer0 (dense)')
    expect(text.match(/^epoch +\d+\/15 /gm)).toHaveLength(15)
    const out = join(folder, 'out', 'mnist')
    expect((await readdir(out)).sort()).toEqual(['history.json', 'report.html', 'weights.safetensors'])
    const history = await run(loadHistory(join(out, 'history.json')))
    expect(history.testAccuracy).toBeGreaterThanOrEqual(0.95)
    expect(history.history.val_accuracy).toHaveLength(15)
    const weights = await readTensors(join(out, 'weights.safetensors'))
    expect(weights.map(([name]) => name)).toEqual([
      'layer0/kernel',
      'layer0/bias',
      'layer1/gamma',
      'layer1/beta',
      'layer1/movingMean',
      'layer1/movingVariance',
      'layer3/kernel',
      'layer3/bias',
    ])
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('Handwritten digits')
  }, 300_000)

  test('Ctrl-C ends the training with what was learned', async () => {
    const cwd = join(folder)
    const { code, text } = await runExample(cwd, /epoch +2\/15/)
    expect(code, text).toBe(0)
    expect(text).toMatch(/stopped after \d+ of 15 epochs: interrupted/)
    const history = await run(loadHistory(join(cwd, 'out', 'mnist', 'history.json')))
    expect(history.stopped).toBe('interrupted')
    expect(history.testAccuracy).toBeGreaterThan(0.8)
  }, 300_000)
})
