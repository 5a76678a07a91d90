import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../runtime/fault.js'
import { run } from '../../src/errors.js'
import { readText, writeFileAtomic } from '../../src/formats/files.js'
import { loadHistory, saveHistory } from '../../src/formats/history.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor files '))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const history = {
  epoch: [0, 1],
  history: { loss: [0.5, 0.25], val_loss: [Number.NaN, Number.POSITIVE_INFINITY] },
  seconds: [1.5, 1.25],
  testAccuracy: 0.957,
}

describe('files', () => {
  test('a file is written whole, into folders that are made, with spaces in the path', async () => {
    const path = join(folder, 'a b', 'c d', 'x y.txt')
    await writeFileAtomic(path, 'hello')
    expect(await readText(path)).toBe('hello')
    expect(await readdir(join(folder, 'a b', 'c d'))).toEqual(['x y.txt'])
  })

  test('a write that fails leaves the old file and nothing else', async () => {
    const path = join(folder, 'kept')
    await writeFileAtomic(path, 'old')
    const inside = join(path, 'below a file')
    await expect(writeFileAtomic(inside, 'new')).rejects.toMatchObject({
      code: 'unwritable-file',
      kind: 'user',
    })
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['kept'])
  })

  test('a folder that can never be is a fault, and ends', async () => {
    await writeFileAtomic(join(folder, 'f'), 'x')
    const never = process.platform === 'linux' ? '/proc/no such' : join(folder, 'f')
    await expect(writeFileAtomic(join(never, 'a', 'b'), 'y')).rejects.toMatchObject({
      code: 'unwritable-file',
    })
  })

  test('a folder cannot be replaced by a file, and no temporary file stays', async () => {
    await writeFileAtomic(join(folder, 'sub', 'f'), 'x')
    await expect(writeFileAtomic(join(folder, 'sub'), 'y')).rejects.toBeInstanceOf(Fault)
    expect(await readdir(folder)).toEqual(['sub'])
  })

  test('a missing file is a fault that says so', async () => {
    const path = join(folder, 'none.json')
    await expect(readText(path)).rejects.toMatchObject({
      code: 'unreadable-file',
      message: `cannot read ${path}: there is no such file or folder`,
    })
  })
})

describe('history.json', () => {
  test('what is written is read back, NaN and infinity included', async () => {
    const path = join(folder, 'history.json')
    await run(saveHistory(path, history))
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      testAccuracy: 0.957,
      history: { val_loss: ['NaN', 'Infinity'] },
    })
    expect(await run(loadHistory(path))).toEqual(history)
  })

  test.each([
    ['{"epoch": [0', /is not JSON/, 0],
    ['{"epoch": [0], "history": {"loss": ["x"]}, "seconds": [1]}', /does not hold/, 1],
    ['{"epoch": [0.5], "history": {"loss": [1]}, "seconds": "no"}', /does not hold/, 2],
    ['{"epoch": [0, 1], "history": {"loss": [1]}, "seconds": [1, 1]}', /one number an epoch/, 1],
  ])('%s is refused in words', async (text, message, notes) => {
    const path = join(folder, 'history.json')
    await writeFile(path, text)
    const read = await loadHistory(path)()
    if (E.isRight(read)) throw new Error('it was accepted')
    expect(read.left.code).toBe('malformed-file')
    expect(read.left.message).toMatch(message)
    expect(read.left.notes).toHaveLength(notes)
  })
})
