/**
 * The forms of the package beside ES modules, made of what `tsc` left in dist/; the last part of `npm run build`.
 *
 *   dist/cjs/               CommonJS, for `require` on every Node and for old test runners. The entries share their
 *                           files, so that they are one densor; `import.meta.url` is that of the ES module.
 *   dist/cjs/NAME.d.cts     their types: those of the ES modules, so that a type is the same on both ways.
 *   dist/densor.browser.js  the entry for pages as one file, for pages without a bundler.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, transform } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')
const folder = join(dist, 'cjs')

/** The entries by the name of their file in dist/cjs; those for pages are bundled for them. */
const ENTRIES = {
  node: {
    index: 'src/index.js',
    node: 'src/node.js',
    testing: 'src/testing/index.js',
    embed: 'src/embed/index.js',
    build: 'src/embed/library.js',
    runtime: 'runtime/index.js',
    csv: 'src/csv.js',
  },
  page: { page: 'src/page.js' },
}

const slashed = path => path.split(sep).join('/')

/** A module goes on to know itself by the place of its ES form, with what lies beside it. */
const ownPlaces = {
  name: 'own-places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const place = JSON.stringify(`../${slashed(relative(dist, path))}`)
      return {
        contents: text.replaceAll('import.meta.url', `new URL(${place}, densorFileUrl).href`),
        loader: 'js',
      }
    }),
}

const FILE_URL = "const densorFileUrl = require('node:url').pathToFileURL(__filename)\n"

const commonJs = async (platform, entries) => {
  const { outputFiles } = await build({
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: join(dist, file), out })),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    chunkNames: `${platform}-[hash]`,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: platform === 'node' ? 'node' : 'neutral',
    target: 'es2022',
    packages: 'external',
    plugins: [ownPlaces],
    logLevel: 'warning',
  })
  for (const { path, text } of outputFiles) {
    // A bundler splits ES modules only; each of its files becomes CommonJS by itself.
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'es2022',
      supported: { 'dynamic-import': false },
    })
    writeFileSync(path, code.includes('densorFileUrl') ? FILE_URL + code : code)
  }
}

const isClass = value =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))

/** Declarations of a CommonJS entry: each value is declared with the type that it has in the ES module. */
const declarations = async (name, file) => {
  const es = await import(pathToFileURL(join(dist, file)).href)
  const place = `'../${file}' with { 'resolution-mode': 'import' }`
  const lines = Object.entries(es).flatMap(([value, what]) => [
    `export declare const ${value}: typeof es.${value}`,
    ...(isClass(what) ? [`export type ${value} = es.${value}`] : []),
  ])
  const text = [`import type * as es from ${place}`, `export type * from ${place}`, ...lines, '']
  writeFileSync(join(folder, `${name}.d.cts`), text.join('\n'))
}

const onePage = () =>
  build({
    entryPoints: [join(dist, ENTRIES.page.page)],
    outfile: join(dist, 'densor.browser.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  })

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
await Promise.all([commonJs('node', ENTRIES.node), commonJs('page', ENTRIES.page), onePage()])
for (const entries of Object.values(ENTRIES))
  for (const [name, file] of Object.entries(entries)) await declarations(name, file)
console.log(`${basename(folder)}/ and densor.browser.js`)
