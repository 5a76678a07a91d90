/** The iris example is at most 25 lines, runs on the real measures, and knows the flowers that it has not seen. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleExample, examples, linesOf } from './bundled.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = join(here, '.gen-iris', 'iris.mjs')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor iris '))
  await cp(join(examples, 'iris.csv'), join(folder, 'examples', 'iris.csv'))
  await bundleExample('iris', program)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(join(here, '.gen-iris'), { recursive: true, force: true })
})

test('it fits on 25 lines', async () => {
  const text = await readFile(join(examples, 'iris.ts'), 'utf8')
  expect(linesOf(text)).toBeLessThanOrEqual(25)
})

test('it reads, trains, counts, saves, loads, and answers for one row', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder })
  expect(stdout).toContain("[ 'setosa', 'versicolor', 'virginica' ]")
  expect(stdout).toContain('one row: setosa')
  const numbers = [...stdout.matchAll(/\[\s*(\d+), (\d+), (\d+)\s*\]/g)].map(row => row.slice(1).map(Number))
  expect(numbers.flat().reduce((a, b) => a + b, 0)).toBe(30)
  const right = numbers.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
  expect(right).toBeGreaterThanOrEqual(27)
})
