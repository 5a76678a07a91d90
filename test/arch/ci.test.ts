import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { root } from './tree.js'

/** The driver of CI, on small stages of our own: what it lets pass and what it must not. */
describe('.ci/run', () => {
  const made: string[] = []
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true })
  })

  /** Runs `names` of the stages `list` with their `scripts`; a script that sleeps is taken to hang, the others are not timed. */
  const run = (list: string, scripts: Readonly<Record<string, string>>, ...names: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'stages-'))
    made.push(folder)
    writeFileSync(join(folder, 'list'), list)
    for (const [name, text] of Object.entries(scripts))
      writeFileSync(join(folder, `${name}.sh`), `source "$CI_LIB"\n${text}\n`)
    const hangs = Object.values(scripts).some(text => text.includes('sleep'))
    const env = { ...process.env, CI_STAGES: folder, CI_STAGE_LIMIT: hangs ? '5' : '600' }
    return new Promise<{
      readonly status: unknown
      readonly last: string | undefined
      readonly text: string
    }>(done =>
      execFile('bash', [join(root, '.ci/run'), ...names], { env }, (error, stdout, stderr) =>
        done({ status: error?.code ?? 0, last: stdout.trim().split('\n').at(-1), text: stdout + stderr }),
      ),
    )
  }

  test('passes when every listed stage did its work', async () => {
    const { status, last, text } = await run('# two\none\n\ntwo\n', {
      one: 'did 3 things',
      two: 'did 4 things',
    })
    expect([status, last]).toEqual([0, 'stages: 2 passed, 0 failed'])
    expect(text).toMatch(/one +\d+ s {2}3 things/)
  })

  test.each([
    ['a stage that fails', 'false\ndid nothing'],
    ['a failure in the middle of a pipe', 'false | true\ndid nothing'],
    ['a stage that ends early without a word', 'exit 0\ndid nothing'],
    ['an empty stage', ''],
    ['a stage that hangs', 'sleep 600\ndid nothing'],
    ['a stage that waits for input', 'read -r line\ndid "$line"'],
  ])('fails on %s, and still runs the others', async (_, bad) => {
    const { status, last } = await run('bad\ngood\n', { bad, good: 'did it' })
    expect([status, last]).toEqual([1, 'stages: 1 passed, 1 failed'])
  })

  test('fails on a listed stage without a script', async () => {
    const { status, last } = await run('one\ntwo\n', { one: 'did it' })
    expect([status, last]).toEqual([1, 'stages: 1 passed, 1 failed'])
  })

  test('fails on a script that is not listed', async () => {
    const { status, text } = await run('one\n', { one: 'did it', two: 'did it' })
    expect(status).toBe(2)
    expect(text).toContain('two.sh is not in')
  })

  test('runs nothing more when the packages cannot be installed', async () => {
    const { last, text } = await run('install\none\n', { install: 'false', one: 'did it' })
    expect(last).toBe('stages: 0 passed, 2 failed')
    expect(text).toContain('did not run')
  })

  test('runs the stages that are named, and knows their names', async () => {
    const scripts = { one: 'did it', two: 'false' }
    expect((await run('one\ntwo\n', scripts, 'one')).last).toBe('stages: 1 passed, 0 failed')
    expect((await run('one\ntwo\n', scripts, 'three')).status).toBe(2)
  })
})
