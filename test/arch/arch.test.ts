import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  cycles,
  deepInside,
  type Excuse,
  forbidden,
  foreign,
  misnamed,
  overloaded,
  unexplained,
  wrongWay,
} from './rules.js'
import { importsIn, importsOf, root } from './tree.js'

const EXCUSES: readonly Excuse[] = [
  {
    from: /^compiler\/ops\//,
    to: /^compiler\/ir\/build\.ts$/,
    why: 'the builder looks up a primitive’s type rule in the table; a row’s derivative is handed a builder',
  },
]

describe('the project keeps its rules', () => {
  test('imports only point right: src → dsl → compiler → runtime', () => {
    expect(importsOf(root, ['src']).length).toBeGreaterThan(20)
    expect(wrongWay(root)).toEqual([])
  })

  test('packages are imported only where they may be; runtime imports none', () => {
    expect(foreign(root)).toEqual([])
  })

  test('importing densor, or running its command, loads no tool', () => {
    expect(overloaded(root)).toEqual([])
  })

  test('no circles among imports of values', () => {
    expect(cycles(root, 'values')).toEqual([])
  })

  test('no circles among imports of types either, but for the excused', () => {
    expect(cycles(root, EXCUSES)).toEqual([])
  })

  test.each(EXCUSES)('an excuse that is needed: $why', excuse => {
    expect(
      cycles(
        root,
        EXCUSES.filter(other => other !== excuse),
      ),
    ).not.toEqual([])
  })

  test('examples use what a user has', () => {
    expect(deepInside(root)).toEqual([])
  })

  test('every folder says what it is', () => {
    expect(unexplained(root)).toEqual([])
  })

  test('documents name files that are there', () => {
    expect(misnamed(root)).toEqual([])
  })

  test('no local paths, silenced errors, skipped tests or unfinished work', () => {
    expect(forbidden(root)).toEqual([])
  })
})

describe('control: each planted violation is caught', () => {
  const planted: string[] = []
  afterEach(() => {
    for (const folder of planted.splice(0)) rmSync(folder, { recursive: true })
  })

  const plant = (files: Readonly<Record<string, string>>): string => {
    const base = mkdtempSync(join(tmpdir(), 'arch-'))
    planted.push(base)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(base, path)), { recursive: true })
      writeFileSync(join(base, path), text)
    }
    return base
  }

  const good = {
    'src/index.ts': "import { a } from '../dsl/a.js'\nimport * as E from 'fp-ts/lib/Either.js'\n",
    'src/README.md': '',
    'dsl/a.ts': "import type { B } from '../compiler/b.js'\n",
    'dsl/README.md': '',
    'compiler/b.ts': "import {\n  c,\n  d,\n} from '../runtime/c.js'\n",
    'compiler/README.md': '',
    'runtime/c.ts':
      '/** import { x } from "../src/index.js" */\n// import \'../dsl/a.js\'\nexport const c = 1\n',
    'runtime/README.md': '',
  }

  test('a tree that keeps them passes', () => {
    const base = plant(good)
    const all = [wrongWay, foreign, unexplained, forbidden].flatMap(rule => rule(base))
    expect([...all, ...cycles(base, [])]).toEqual([])
  })

  test.each([
    ['a static import', "import { a } from '../dsl/a.js'"],
    ['an import of a type', "import type { A } from '../dsl/a.js'"],
    ['an import over several lines', "import {\n  a,\n  b,\n} from '../dsl/a.js'"],
    ['a re-export', "export * from '../dsl/a.js'"],
    ['an import for its effect', "import '../dsl/a.js'"],
    ['a dynamic import', "const a = await import('../dsl/a.js')"],
  ])('wrong way: %s', (_, text) => {
    expect(wrongWay(plant({ ...good, 'runtime/c.ts': text }))).toEqual([
      'runtime/c.ts imports dsl/a.ts: an arrow may only point src → dsl → compiler → runtime',
    ])
  })

  test('an entry that loads a tool at a distance', () => {
    const files = {
      'src/cli/main.ts': "import '../b.js'",
      'src/b.ts': "import './c.js'",
      'src/c.ts': "import 'fast-check'",
    }
    expect(overloaded(plant(files))).toHaveLength(1)
    expect(overloaded(plant({ ...files, 'src/b.ts': "import type { C } from './c.js'" }))).toEqual([])
    expect(overloaded(plant({ ...files, 'src/b.ts': "const c = () => import('./c.js')" }))).toEqual([])
    expect(
      overloaded(plant({ 'runtime/index.ts': "import './a.js'", 'runtime/a.ts': "import 'koffi'" })),
    ).toHaveLength(1)
  })

  test('an example that reaches inside', () => {
    const files = {
      ...good,
      'examples/e.ts': "import '../src/index.js'\nimport '../dsl/a.js'\nimport 'mnist'",
    }
    expect(deepInside(plant(files))).toEqual([
      'examples/e.ts imports ../dsl/a.js: an example uses src/ and packages only',
    ])
  })

  test('a document that names a file which is not there', () => {
    const text = 'Start with `a.ts`, then `../runtime/c.js` and `gone.ts`; a new one is `NAME.ts`.'
    expect(misnamed(plant({ ...good, 'dsl/README.md': text }))).toEqual([
      'dsl/README.md names gone.ts, which is no file of the project',
    ])
  })

  test('an import of a file that is not there', () => {
    expect(wrongWay(plant({ ...good, 'dsl/z.ts': "import '../gone.js'" }))).toHaveLength(1)
  })

  test.each([
    ['runtime/c.ts', 'wabt'],
    ['runtime/c.ts', 'node:fs'],
    ['compiler/b.ts', 'wabt'],
    ['compiler/b.ts', 'fp-ts/lib/Either.js'],
    ['dsl/a.ts', 'io-ts'],
    ['dsl/types/signatures.ts', 'fp-ts/lib/Either.js'],
    ['src/index.ts', 'lodash'],
    ['src/index.ts', 'fast-check'],
  ])('a package where it may not be: %s imports %s', (path, name) => {
    expect(foreign(plant({ ...good, [path]: `import { x } from '${name}'` }))).toHaveLength(1)
  })

  test('a circle of values, and one of types', () => {
    const values = plant({ ...good, 'dsl/a.ts': "import './b.js'", 'dsl/b.ts': "export * from './a.js'" })
    expect(cycles(values, 'values')).toEqual(['dsl/a.ts ↔ dsl/b.ts'])
    const types = plant({
      ...good,
      'dsl/a.ts': "import './b.js'",
      'dsl/b.ts': "import type { A } from './a.js'",
    })
    expect(cycles(types, 'values')).toEqual([])
    expect(cycles(types, [])).toEqual(['dsl/a.ts ↔ dsl/b.ts'])
    expect(cycles(types, [{ from: /b\.ts$/, to: /a\.ts$/, why: '' }])).toEqual([])
    expect(cycles(values, [{ from: /b\.ts$/, to: /a\.ts$/, why: '' }])).toHaveLength(1)
  })

  test('a circle through five files, beside a diamond, which is none', () => {
    const next = (name: string): string => `import './${name}.js'\n`
    const base = plant({
      'dsl/a.ts': next('b') + next('c'),
      'dsl/b.ts': next('d'),
      'dsl/c.ts': next('d'),
      'dsl/d.ts': next('e'),
      'dsl/e.ts': next('f'),
      'dsl/f.ts': next('g'),
      'dsl/g.ts': next('h'),
      'dsl/h.ts': next('d'),
    })
    expect(cycles(base, 'values')).toEqual(['dsl/d.ts ↔ dsl/e.ts ↔ dsl/f.ts ↔ dsl/g.ts ↔ dsl/h.ts'])
  })

  test('a folder without a README', () => {
    expect(unexplained(plant({ ...good, 'compiler/deep/x.ts': '' }))).toEqual([
      'compiler/deep/ has no README.md',
    ])
  })

  test.each([
    ['README.md', 'see /home/somebody/notes.txt'],
    ['src/x.ts', '// @ts-ignore'],
    ['dsl/x.ts', 'const a = b as unknown as C'],
    ['test/x.test.ts', "test.skip('later', () => {})"],
    ['compiler/x.ts', '// TODO: write this'],
  ])('forbidden text in %s', (path, text) => {
    expect(forbidden(plant({ [path]: text }))).toHaveLength(1)
  })

  test('an import with only types among its names is still an import of a value', () => {
    const found = importsIn('dsl/a.ts', "import { type B } from './b.js'", new Set(['dsl/b.ts']))
    expect(found.map(({ file, types }) => [file, types])).toEqual([['dsl/b.ts', false]])
  })
})
