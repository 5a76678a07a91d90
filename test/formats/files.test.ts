import { spawnSync } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
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

describe('what is replaced', () => {
  test('a link stays a link, and the file that it leads to is written', async () => {
    const [real, link] = [join(folder, 'real'), join(folder, 'link')]
    await writeFile(real, 'old')
    await symlink('real', link)
    await writeFileAtomic(link, 'new')
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readFile(real, 'utf8')).toBe('new')
    const [dangling, far] = [join(folder, 'dangling'), join(folder, 'far', 'file')]
    await symlink(far, dangling)
    await writeFileAtomic(dangling, 'there')
    expect(await readFile(far, 'utf8')).toBe('there')
  })

  test('links in a circle are a fault', async () => {
    await symlink('b', join(folder, 'a'))
    await symlink('a', join(folder, 'b'))
    await expect(writeFileAtomic(join(folder, 'a'), 'x')).rejects.toMatchObject({ code: 'unwritable-file' })
  })

  test('permissions stay', async () => {
    const path = join(folder, 'private')
    await writeFile(path, 'old')
    await chmod(path, 0o600)
    await writeFileAtomic(path, 'new')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toBe('new')
  })

  test('a device or a pipe is refused and stays', async () => {
    const fifo = join(folder, 'fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    for (const path of [fifo, '/dev/null'])
      await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({ code: 'unwritable-file' })
    expect((await stat(fifo)).isFIFO()).toBe(true)
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  test('what killed processes left goes at the next save; what is new, or of another file, stays', async () => {
    const leftover = (of: string) => `.${of}.${crypto.randomUUID()}.tmp`
    const [old, fresh, other] = [leftover('w'), leftover('w'), leftover('v')]
    for (const name of [old, fresh, other]) await writeFile(join(folder, name), 'half')
    for (const name of [old, other]) await utimes(join(folder, name), 1, 1)
    await writeFileAtomic(join(folder, 'w'), 'whole')
    expect((await readdir(folder)).sort()).toEqual([fresh, other, 'w'].sort())
  })

  test.each([undefined, null, 5, '', new URL('file:///x'), {}, 'a\0b'])('%s is not a path', async path => {
    await expect(writeFileAtomic(path as never, 'x')).rejects.toMatchObject({
      code: 'bad-path',
      kind: 'user',
    })
  })
})
