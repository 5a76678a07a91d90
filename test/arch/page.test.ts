/** What a page gets of densor names nothing of Node: no module of its, no global, no package that needs either. */
import { build, type Plugin } from 'esbuild'
import { describe, expect, test } from 'vitest'
import * as node from '../../src/platform/node.js'
import * as web from '../../src/platform/web.js'
import { root } from './tree.js'

/** Global names that Node has and a page has not. */
const GLOBALS = [
  'process',
  'setImmediate',
  'clearImmediate',
  'Buffer',
  'global',
  'require',
  '__dirname',
  '__filename',
]

/** What of a bundle is Node's: modules that it imports, and globals that it reads. */
const ofNode = async (text: string): Promise<readonly string[]> => {
  const found: string[] = []
  const outside: Plugin = {
    name: 'outside',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^[^./#]/ }, ({ path, importer }) => {
        if (path.startsWith('fp-ts/') || path.startsWith('io-ts')) return undefined
        found.push(`${path} of ${importer.replace(root, '')}`)
        return { path, external: true }
      })
    },
  }
  // a name is replaced only where it is the global, and not where the code has given it a meaning of its own
  const define = Object.fromEntries(GLOBALS.map(name => [name, `node_global_${name}`]))
  const { outputFiles } = await build({
    stdin: { contents: text, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define,
    plugins: [outside],
    logLevel: 'silent',
  })
  const code = outputFiles[0]?.text ?? ''
  const globals = GLOBALS.filter(name => code.includes(`node_global_${name}`))
  // bundlers put a path of the machine that builds in its place, and CommonJS has none
  if (code.includes('import.meta')) globals.push('import.meta')
  return [...found, ...globals].sort()
}

describe('the entry for pages', () => {
  test('names nothing of Node', async () => {
    expect(await ofNode("export * from './dist/src/page.js'")).toEqual([])
  })

  test('control: a module, a package and a global of Node are each found', async () => {
    expect(await ofNode("export * from './dist/src/index.js'")).toContain(
      'node:fs/promises of /dist/src/formats/files.js',
    )
    expect(await ofNode("import pc from 'picocolors'\nexport const a = pc.bold('a')")).toEqual([
      'picocolors of <stdin>',
    ])
    expect(await ofNode('export const a = typeof process')).toEqual(['process'])
    expect(await ofNode('export const a = import.meta.url')).toEqual(['import.meta'])
    expect(await ofNode('const process = 1\nexport const a = process')).toEqual([])
  })
})

describe('the platforms', () => {
  test('have the same members', () => {
    expect(Object.keys(web).sort()).toEqual(Object.keys(node).sort())
  })
})
