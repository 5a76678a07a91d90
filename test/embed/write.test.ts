/**
 * A build's folder is of one build: an earlier one is replaced as a whole, at once. Folders with other files in them
 * stay what they are, and what killed builds left is removed after an hour.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeAll } from '../../src/embed/write.js'

const folder = mkdtempSync(join(tmpdir(), 'write-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NAMES = ['a.js', 'b.js', 'c.wasm', 'd.d.ts', 'e.bin']
const build = (version: number) => NAMES.map(name => ({ name, content: `${version}` }))
const held = (out: string) =>
  Object.fromEntries(readdirSync(out).map(name => [name, readFileSync(join(out, name), 'utf8')]))
const all = (version: number) => Object.fromEntries(NAMES.map(name => [name, `${version}`]))
const hidden = () => readdirSync(folder).filter(name => name.startsWith('.'))

describe('writeAll', () => {
  test('an earlier build is replaced as a whole folder, and keeps its permissions', async () => {
    const out = join(folder, 'whole')
    await writeAll(out, build(1))
    const [first, mode] = [statSync(out).ino, 0o750]
    chmodSync(out, mode)
    await writeAll(out, build(2))
    expect(held(out)).toEqual(all(2))
    // another folder: no file was moved by itself
    expect(statSync(out).ino).not.toBe(first)
    expect(statSync(out).mode & 0o777).toBe(mode)
    expect(hidden()).toEqual([])
  })

  test('a folder with other files in it stays; its other files, too', async () => {
    const out = join(folder, 'mixed')
    await writeAll(out, build(1))
    writeFileSync(join(out, 'mine.txt'), 'mine')
    const first = statSync(out).ino
    await writeAll(out, build(2))
    expect(held(out)).toEqual({ ...all(2), 'mine.txt': 'mine' })
    expect(statSync(out).ino).toBe(first)
    // a build of fewer files leaves those of the earlier one
    await writeAll(out, build(3).slice(0, 1))
    expect(held(out)).toEqual({ ...all(2), 'a.js': '3', 'mine.txt': 'mine' })
  })

  test('a link to a folder stays a link', async () => {
    const out = join(folder, 'real')
    await writeAll(out, build(1))
    symlinkSync(out, join(folder, 'link'))
    await writeAll(join(folder, 'link'), build(2))
    expect(held(out)).toEqual(all(2))
    expect(
      readdirSync(folder, { withFileTypes: true })
        .find(({ name }) => name === 'link')
        ?.isSymbolicLink(),
    ).toBe(true)
  })

  test('what killed builds left is removed after an hour, and nothing else', async () => {
    const out = join(folder, 'left')
    const [old, young, other] = [
      '.left.0123456789ab.tmp',
      '.left.ba9876543210.old',
      '.other.0123456789ab.tmp',
    ]
    for (const name of [old, young, other]) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'a.js'), '')
    }
    const past = new Date(Date.now() - 2 * 3_600_000)
    for (const name of [old, other]) utimesSync(join(folder, name), past, past)
    await writeAll(out, build(1))
    expect([old, young, other].map(name => existsSync(join(folder, name)))).toEqual([false, true, true])
  })
})
