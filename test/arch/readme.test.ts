import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, type Ended, execute, type Program } from './programs.js'
import { root, textOf } from './tree.js'

/*
 * The programs in the documents: each compiles against the built package and runs, or is followed by the error that
 * TypeScript gives for it, to the letter. They import `densor` as a user does, so `dist/` must be built (npm test does).
 */

interface Sample extends Program {
  /** The diagnostics that the document shows. */
  readonly shown: string | undefined
}

const BLOCK = /```ts\n([\s\S]*?)```(?:\n+```text\n([\s\S]*?)```)?/g

const samplesIn = (document: string, text: string): readonly Sample[] =>
  [...text.matchAll(BLOCK)].map(([, code = '', shown], i) => ({
    name: `${document.toLowerCase().replace('.md', '').replaceAll('/', '-')}-${i + 1}`,
    code,
    shown: shown?.trim(),
  }))

const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'dsl/layers/README.md', 'src/testing/README.md']

const samples = DOCUMENTS.flatMap(document => samplesIn(document, textOf(root, document)))

/** A program is run by node, a test of the user's by vitest. */
const runSample = (folder: string, name: string, code: string): Promise<Ended> => {
  if (!code.includes("from 'vitest'")) return execute(process.execPath, [`${name}.js`], folder)
  renameSync(join(folder, `${name}.js`), join(folder, `${name}.test.js`))
  // The user's folder, which knows nothing of the configuration above it.
  writeFileSync(join(folder, 'vitest.config.js'), 'export default { test: { testTimeout: 60_000 } }\n')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return execute(process.execPath, [vitest, 'run', '--root', folder, `${name}.test.js`], folder)
}

describe('the programs in the documents', () => {
  const folder = join(root, 'test', 'arch', '.gen-readme')
  let said: ReadonlyMap<string, readonly string[]> = new Map()
  beforeAll(async () => {
    said = await compile(folder, samples)
  })

  test('there are some, with and without an error', () => {
    expect(samples.filter(({ shown }) => shown === undefined).length).toBeGreaterThan(3)
    expect(samples.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(2)
  })

  test.each(samples)('$name: what TypeScript says is what the document shows', ({ name, shown }) => {
    expect(said.get(name)?.join('\n')).toBe(shown ?? '')
  })

  test.each(samples.filter(({ shown }) => shown === undefined))('$name runs', async ({ name, code }) => {
    const { status, out } = await runSample(join(folder, 'out'), name, code)
    expect({ status, out }).toMatchObject({ status: 0 })
  })
})

test('control: a wrong program and a wrong sentence are noticed', async () => {
  const text = [
    "```ts\nimport { nothingOfTheKind } from 'densor'\n```",
    '```ts\nexport const n: number = 1\n```\n\n```text\nTS2322: never said\n```',
  ].join('\n\n')
  const wrong = samplesIn('CONTROL.md', text)
  const said = await compile(join(root, 'test', 'arch', '.gen-readme-control'), wrong)
  expect(wrong.map(({ name, shown }) => said.get(name)?.join('\n') === (shown ?? ''))).toEqual([false, false])
})
