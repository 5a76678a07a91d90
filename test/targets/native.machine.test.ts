import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { afterAll, afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { compileProgram, loadPlan } from '../../compiler/compile.js'
import { Builder } from '../../compiler/ir/build.js'
import * as e from '../../compiler/loop/expr.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { printC } from '../../compiler/targets/c.js'
import { cComment } from '../../compiler/targets/c-text.js'
import { buildLibrary, openToolchain } from '../../compiler/targets/native.js'
import { Arena } from '../../runtime/arena.js'
import { Fault } from '../../runtime/fault.js'
import { openC, temporaryFolder } from './c-run.js'

const folder = temporaryFolder()
afterAll(folder.dispose)

/** y = x + x, of four elements. */
const double = () => {
  const b = new Builder('double')
  const x = b.input('x', { shape: [4], dtype: 'f32' })
  return b.finish([{ name: 'y', value: b.add(x, x) }])
}

const runDouble = async (target: 'native' | 'auto', notify?: (sentence: string) => void) => {
  const arena = new Arena()
  const plan = await compileProgram(double(), {
    target,
    reserve: bytes => arena.reserve(bytes),
    ...(notify === undefined ? {} : { notify }),
  })
  const executable = await loadPlan(plan, arena)
  executable.port('x').set([1, 2, 3, -4])
  executable.step()
  return { plan, y: [...executable.port('y')], executable, arena }
}

/** What a promise was rejected with. */
const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  return undefined
}

let caches = 0
let cache = ''
beforeEach(() => {
  cache = join(folder.path, `cache ${caches++}`)
  vi.stubEnv('DENSOR_CACHE', cache)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const libraries = (): readonly string[] =>
  readdirSync(cache).filter(f => f.endsWith('.so') || f.endsWith('.dylib'))

describe('the native target', () => {
  test('runs a program', async () => {
    const { plan, y } = await runDouble('native')
    expect(plan.target).toBe('native')
    expect(y).toEqual([2, 4, 6, -8])
  })

  test('follows the arena when it grows', async () => {
    const { executable, arena } = await runDouble('native')
    arena.reserve(2 ** 27)
    executable.port('x').set([5, 6, 7, 8])
    executable.step()
    expect([...executable.port('y')]).toEqual([10, 12, 14, 16])
  })

  test('auto is native where there is a compiler', async () => {
    const { plan, y } = await runDouble('auto')
    expect([plan.target, y]).toEqual(['native', [2, 4, 6, -8]])
  })

  test('without a compiler, native says what to install', async () => {
    vi.stubEnv('CC', '')
    vi.stubEnv('PATH', join(folder.path, 'nothing here'))
    const fault = await rejection(runDouble('native'))
    expect(fault).toBeInstanceOf(Fault)
    expect(fault).toMatchObject({ kind: 'limitation', code: 'no-compiler' })
    expect((fault as Fault).suggestion).toContain('Install GCC or Clang')
  })

  test('without a compiler, auto is wasm and says so once', async () => {
    vi.stubEnv('CC', join(folder.path, 'no such compiler'))
    const said: string[] = []
    const [first, second] = [
      await runDouble('auto', s => said.push(s)),
      await runDouble('auto', s => said.push(s)),
    ]
    expect([first.plan.target, first.y, second.plan.target]).toEqual(['wasm', [2, 4, 6, -8], 'wasm'])
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('C compiler')
  })

  /** A program in the place of a C compiler: it does `work`, a line of shell in which $out is the file to make. */
  const compiler = (name: string, work: string): string => {
    const script = join(folder.path, name)
    const find = 'for a; do [ "$last" = -o ] && out=$a; [ "$last" = c ] && src=$a; last=$a; done'
    writeFileSync(script, `#!/bin/sh\n${find}\n${work}\n`)
    chmodSync(script, 0o755)
    return script
  }

  test.each([
    ['makes nothing', 'exit 0', /C compiler .* does not work/],
    [
      'makes what does not load',
      'case "$*" in *-shared*) echo no >"$out";; *) exec cc "$@";; esac',
      /not load/,
    ],
    ['refuses a flag', 'case "$*" in *-fPIC*) echo no PIC >&2; exit 1;; *) exec cc "$@";; esac', /no PIC/],
    [
      'compiles the smallest program only',
      'case "$*" in *-shared*) grep -q typedef "$src" && exit 1;; esac; exec cc "$@"',
      /rejects/,
    ],
  ])('with a compiler that %s, auto is wasm and says why', async (what, work, why) => {
    vi.stubEnv('CC', compiler(what, work))
    const said: string[] = []
    const { plan, y } = await runDouble('auto', s => said.push(s))
    expect([plan.target, y]).toEqual(['wasm', [2, 4, 6, -8]])
    expect(said.join()).toMatch(why)
  })

  test('where the cache cannot be executed or written, auto is wasm', async () => {
    const file = join(folder.path, 'a file')
    writeFileSync(file, '')
    vi.stubEnv('DENSOR_CACHE', file)
    vi.stubEnv('TMPDIR', join(folder.path, 'no such folder'))
    const { plan, y } = await runDouble('auto', () => undefined)
    expect([plan.target, y]).toEqual(['wasm', [2, 4, 6, -8]])
  })

  test("a compiler's complaint is a bug with its first lines", async () => {
    const fault = await rejection(openC('int densor_step(void) { return nonsense; }', folder.path))
    expect(fault).toMatchObject({ kind: 'bug' })
    expect((fault as Fault).notes.join('\n')).toContain('nonsense')
  })

  test('a compiler in a folder with spaces, and words in CC, work', async () => {
    const place = join(folder.path, 'my compilers')
    mkdirSync(place)
    const script = join(place, 'c c')
    writeFileSync(script, '#!/bin/sh\nexec cc "$@"\n')
    chmodSync(script, 0o755)
    vi.stubEnv('CC', script)
    expect((await runDouble('native')).y).toEqual([2, 4, 6, -8])
    vi.stubEnv('CC', 'cc -DUNUSED=1')
    expect((await runDouble('native')).y).toEqual([2, 4, 6, -8])
    expect(libraries()).toHaveLength(2)
  })

  test('a compiler that does not work is a limitation', async () => {
    const script = join(folder.path, 'broken')
    writeFileSync(script, '#!/bin/sh\necho sorry >&2\nexit 1\n')
    chmodSync(script, 0o755)
    vi.stubEnv('CC', script)
    expect(await rejection(runDouble('native'))).toMatchObject({
      kind: 'limitation',
      code: 'compiler-broken',
    })
  })
})

describe('the cache', () => {
  test('is private, and found again without the compiler running', async () => {
    const first = await runDouble('native')
    expect(statSync(cache).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(cache)) expect(statSync(join(cache, file)).mode & 0o077).toBe(0)
    const files = readdirSync(cache)
    const times = files.map(f => statSync(join(cache, f)).mtimeMs)
    const second = await runDouble('native')
    expect(second.plan.code).toBe(first.plan.code)
    expect(readdirSync(cache)).toEqual(files)
    expect(files.map(f => statSync(join(cache, f)).mtimeMs)).toEqual(times)
  })

  test.each([0o755, 0o750, 0o700])('a folder that is there keeps its permissions: %o', async mode => {
    mkdirSync(cache)
    chmodSync(cache, mode)
    await runDouble('native')
    expect(statSync(cache).mode & 0o7777).toBe(mode)
    expect(libraries()).toHaveLength(1)
  })

  test.each([0o1777, 0o2775, 0o777])(
    'in a folder that others may write to it is a private one: %o',
    async mode => {
      mkdirSync(cache)
      chmodSync(cache, mode)
      const { y } = await runDouble('native')
      expect([statSync(cache).mode & 0o7777, readdirSync(cache), y]).toEqual([
        mode,
        ['densor'],
        [2, 4, 6, -8],
      ])
      expect(statSync(join(cache, 'densor')).mode & 0o777).toBe(0o700)
    },
  )

  test.each([
    ['a byte changed', (good: Buffer) => good.map((b, i) => (i === 5000 ? ~b : b))],
    ['cut short', (good: Buffer) => good.subarray(0, 1000)],
    ['another file', () => Buffer.from('not a library')],
  ])('a library that is not what was written is made anew: %s', async (_, spoil) => {
    await runDouble('native')
    const [library = ''] = libraries()
    const good = readFileSync(join(cache, library))
    // in a file of its own: this process has the old one mapped
    rmSync(join(cache, library))
    writeFileSync(join(cache, library), spoil(good))
    const toolchain = await openToolchain()
    const { plan, y } = await runDouble('native')
    expect(y).toEqual([2, 4, 6, -8])
    expect(readFileSync(String(plan.code)).equals(good)).toBe(true)
    expect(toolchain.folder).toBe(cache)
  })

  test('an entry cannot lead out of the folder', async () => {
    await runDouble('native')
    const victim = join(folder.path, 'elsewhere.so')
    writeFileSync(victim, 'not a library')
    for (const file of readdirSync(cache).filter(f => f.endsWith('.json'))) {
      writeFileSync(join(cache, file), JSON.stringify({ file: '../elsewhere.so', sha256: 'x' }))
    }
    expect((await runDouble('native')).y).toEqual([2, 4, 6, -8])
  })

  test('builds side by side agree, and leave nothing behind', async () => {
    const toolchain = await openToolchain()
    const source = 'int densor_step(void) { return 1; }'
    const paths = await Promise.all(Array.from({ length: 4 }, () => buildLibrary(toolchain, source)))
    expect(new Set(paths).size).toBe(1)
    expect(existsSync(paths[0] ?? '')).toBe(true)
    expect(readdirSync(cache).filter(f => f.startsWith('making'))).toEqual([])
  })
})

/** Texts that would end a comment, join lines, begin a directive, or be a word of C. */
const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '*/',
          '/*',
          '//',
          '\\',
          '\n',
          '\r',
          '??/',
          '??/\n',
          '"',
          "'",
          '#define',
          '\u2028',
          '%:',
          '$',
          ' ',
          ';',
          '}',
        ],
        ...[
          'int',
          'while',
          '__FILE__',
          'AT',
          'f32x4',
          'max_f32',
          'm',
          'printf',
          'densor_step',
          'k_step',
          '_t',
          'linux',
        ],
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map(parts => parts.join('')),
)

/** Adds the numbers of the parameters' places in memory; every name in it is one of `names`. */
const namedModule = (names: readonly string[]): LoopModule => {
  const [callee = '', param = '', local = '', index = '', remark = ''] = names
  const sum = e.ref(local)
  return {
    functions: [
      {
        name: callee,
        params: [param],
        returns: true,
        exported: false,
        body: [
          e.comment(remark),
          e.var_(local, e.ref(param)),
          e.loop('serial', index, 0, 3, 1, [e.comment(local), e.set(local, e.add(sum, e.ref(index)))]),
          e.store(0, sum, 64),
          e.return_(sum),
        ],
      },
      { name: 'step', params: [], returns: false, exported: true, body: [e.call(callee, [e.i32(7)])] },
    ],
  }
}

const names = fc
  .uniqueArray(nasty, { minLength: 4, maxLength: 4 })
  .filter(([callee]) => callee !== 'step')
  .chain(four => nasty.map(remark => [...four, remark]))

const resultOf = async (sources: readonly string[]): Promise<readonly number[]> => {
  const numbers: number[] = []
  for (const source of sources) {
    const memory = new ArrayBuffer(128)
    const call = await openC(source, folder.path)
    call('step', memory)
    numbers.push(new Int32Array(memory)[16] ?? 0)
  }
  return numbers
}

describe('names and comments never become code', () => {
  test.prop([names], { numRuns: 25 })('whatever they hold', async given => {
    expect(await resultOf([printC(namedModule(given))])).toEqual([10])
  })

  test.prop([nasty], { numRuns: 500 })('a comment is one comment, on one line', text => {
    const printed = cComment(text)
    expect(printed).toMatch(/^\/\* [ -~]* \*\/$/)
    expect(printed.slice(2, -2)).not.toMatch(/\*\/|\/\*|\\|\?\?/)
  })

  test('control: a comment as it is would be code', async () => {
    const text = '*/ } int nonsense = /*'
    const source = printC(namedModule(['f', 'p', 's', 'i', text]))
    expect(source).toContain(cComment(text))
    const fault = await rejection(resultOf([source.replace(cComment(text), `/* ${text} */`)]))
    expect(fault).toBeInstanceOf(Fault)
  })
})

describe('plans of earlier runs', () => {
  const files = (): readonly string[] => readdirSync(cache).filter(f => f.endsWith('.plan'))

  test('are found for the same question at the same address, and made anew for another', async () => {
    const [first, second] = [await runDouble('native'), await runDouble('native')]
    expect(second.plan).toEqual(first.plan)
    const kept = files().length
    const arena = new Arena()
    arena.reserve(256)
    const moved = await compileProgram(double(), { target: 'native', reserve: bytes => arena.reserve(bytes) })
    expect(moved.base).toBe(first.plan.base + 256)
    expect(files().length).toBe(kept + 1)
  })

  test('reserve memory once, found or not', async () => {
    for (let time = 0; time < 2; time++) {
      const asked: number[] = []
      const plan = await compileProgram(double(), {
        target: 'native',
        reserve: bytes => {
          asked.push(bytes)
          return 128
        },
      })
      expect([plan.base, asked]).toEqual([128, [plan.memory.bytes]])
    }
  })

  test.each([
    ['cut short', (text: string) => text.slice(0, 40)],
    ['changed', (text: string) => text.replace(/"offset":\d+/, '"offset":4')],
  ])('are made anew where they are not as written: %s', async (_, spoil) => {
    const { plan } = await runDouble('native')
    for (const file of files()) {
      const path = join(cache, file)
      writeFileSync(path, spoil(readFileSync(path, 'utf8')))
    }
    const again = await runDouble('native')
    expect([again.plan, again.y]).toEqual([plan, [2, 4, 6, -8]])
  })
})
