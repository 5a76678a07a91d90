/** Places that run programs in pages: bundlers with no setting, and pages without one, all in Chromium. */
import { createHash } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { SAY } from './program.mjs'
import { inExtension, inPage, node, run, write } from './tools.mjs'

const pageOf = script => `<!doctype html><meta charset="utf-8"><title>densor</title>${script}`
const PAGE = pageOf('<script type="module" src="./bundle.js"></script>')

/** A program that runs a bundler by its functions and fails when it warns. */
const bundlers = {
  esbuild: `import { build } from 'esbuild'
const { warnings } = await build({ entryPoints: ['main.js'], bundle: true, format: 'esm', platform: 'browser', outfile: 'site/bundle.js' })
if (warnings.length > 0) throw new Error(JSON.stringify(warnings))`,
  vite: `import { build, createLogger } from 'vite'
const warnings = []
const customLogger = { ...createLogger(), warn: text => warnings.push(text), warnOnce: text => warnings.push(text) }
await build({ customLogger, build: { outDir: 'site', target: 'es2022', chunkSizeWarningLimit: 5000 } })
if (warnings.length > 0) throw new Error(warnings.join('\\n'))`,
  webpack: `import { resolve } from 'node:path'
import webpack from 'webpack'
const output = { path: resolve('site'), filename: 'bundle.js' }
const stats = await new Promise((done, fail) =>
  webpack({ mode: 'production', entry: './main.js', output, performance: false }, (error, stats) => (error ? fail(error) : done(stats))))
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'))`,
  rollup: `import { rollup } from 'rollup'
import resolve from '@rollup/plugin-node-resolve'
import commonjs from '@rollup/plugin-commonjs'
const warnings = []
const bundle = await rollup({ input: 'main.js', plugins: [resolve({ browser: true }), commonjs()], onwarn: ({ message }) => warnings.push(message) })
await bundle.write({ dir: 'site', entryFileNames: 'bundle.js' })
if (warnings.length > 0) throw new Error(warnings.join('\\n'))`,
  rolldown: `import { build } from 'rolldown'
const warnings = []
await build({ input: 'main.js', platform: 'browser', output: { dir: 'site', entryFileNames: 'bundle.js' }, onwarn: ({ message }) => warnings.push(message) })
if (warnings.length > 0) throw new Error(warnings.join('\\n'))`,
}

const bundled = (name, tool, how, files = {}) => ({
  name,
  tool,
  how: `${how}, no warning, in Chromium`,
  try: async ({ folder, forms }) => {
    write(folder, {
      'main.js': forms.javascript,
      'build.mjs': bundlers[tool],
      'site/index.html': PAGE,
      ...files,
    })
    await node(['build.mjs'], { cwd: folder })
    return inPage(join(folder, 'site'))
  },
})

/** A bundle of densor's page, made beside the page that loads it. */
const bundle = (folder, entry, outfile) =>
  node(
    [
      '-e',
      `require('esbuild').buildSync(${JSON.stringify({ entryPoints: [entry], bundle: true, format: 'esm', outfile })})`,
    ],
    { cwd: folder },
  )

const manifest = {
  manifest_version: 3,
  name: 'densor',
  version: '1',
  content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
}

/** The id that Chromium gives an unpacked extension: its path's hash, in the letters a to p. */
const idOf = folder =>
  createHash('sha256')
    .update(folder)
    .digest('hex')
    .slice(0, 32)
    .replace(/./g, digit => String.fromCharCode(97 + Number.parseInt(digit, 16)))

export const IN_PAGES = [
  bundled('Vite', 'vite', '`vite build`', {
    'index.html': pageOf('<script type="module" src="./main.js"></script>'),
  }),
  bundled('esbuild', 'esbuild', '`--bundle --format=esm --platform=browser`'),
  bundled('webpack 5', 'webpack', '`mode: production`'),
  bundled('Rollup', 'rollup', 'with its plugins node-resolve and commonjs'),
  bundled('Rolldown', 'rolldown', '`platform: browser`'),
  {
    name: 'Bun, for pages',
    tool: 'bun',
    how: '`bun build --target browser`, in Chromium',
    try: async ({ folder, forms, bun }) => {
      write(folder, { 'main.js': forms.javascript, 'site/index.html': PAGE })
      await run(bun, ['build', 'main.js', '--target', 'browser', '--outfile', 'site/bundle.js'], {
        cwd: folder,
      })
      return inPage(join(folder, 'site'))
    },
  },
  {
    name: 'module worker',
    how: "`new Worker(url, { type: 'module' })`, in Chromium",
    try: async ({ folder, forms }) => {
      const script =
        "new Worker('./worker.js', { type: 'module' }).onmessage = ({ data }) => console.log(data)"
      write(folder, {
        'worker.js': `${forms.main}\n${SAY.replace('console.log(', 'postMessage(')}`,
        'site/index.html': pageOf(`<script type="module">${script}</script>`),
      })
      await bundle(folder, 'worker.js', 'site/worker.js')
      return inPage(join(folder, 'site'))
    },
  },
  {
    name: 'plain script',
    how: '`<script type="module">` with an import map to the one file of `densor/browser`, no bundler, in Chromium',
    try: ({ folder, forms, installed }) => {
      const map = JSON.stringify({ imports: { densor: './densor.browser.js' } })
      const scripts = `<script type="importmap">${map}</script><script type="module">${forms.javascript}</script>`
      write(folder, { 'index.html': pageOf(scripts) })
      cpSync(join(installed, 'dist', 'densor.browser.js'), join(folder, 'densor.browser.js'))
      return inPage(folder)
    },
  },
  {
    name: 'extension page',
    how: "manifest 3 with `'wasm-unsafe-eval'` in its policy, in Chromium",
    try: async ({ folder, forms }) => {
      const extension = join(folder, 'extension')
      write(extension, { 'manifest.json': JSON.stringify(manifest), 'page.html': PAGE })
      write(folder, { 'main.js': forms.javascript })
      await bundle(folder, 'main.js', 'extension/bundle.js')
      return inExtension(extension, idOf(extension), 'page.html')
    },
  },
]
