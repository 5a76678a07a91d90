/**
 * What `densor build` wrote runs alone, and the plugin for esbuild, from the installed package, gives the same numbers
 * as the module of the model itself: bundle.mjs FOLDER
 */
import { deepEqual, ok, throws } from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { pathToFileURL } from 'node:url'
import { densor } from 'densor/esbuild'
import { build } from 'esbuild'

const built = await import(pathToFileURL(`${argv[2]}/model.js`).href)
throws(() => built.predict([0, 1]), /call load first/)

writeFileSync(
  'xor.model.js',
  `import { init, unwrap } from 'densor'
import { embed } from 'densor/embed'
import { model } from './model.js'
export const xor = embed(model, { weights: unwrap(init(model, { seed: 4 })) })`,
)
writeFileSync(
  'model.js',
  `import { dense, input, sequential } from 'densor'
export const model = sequential(input(2), dense(8, 'tanh'), dense(1, 'sigmoid'))`,
)
const { outputFiles } = await build({
  entryPoints: ['xor.model.js'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
  logLevel: 'error',
  plugins: [densor()],
})
const [bundle] = outputFiles
ok(bundle.contents.length < 30_000, `the bundle is ${bundle.contents.length} bytes`)
writeFileSync('xor.bundle.js', bundle.contents)
const [direct, bundled] = [await import('./xor.model.js'), await import('./xor.bundle.js')]
const x = [0, 0, 0, 1, 1, 0, 1, 1]
deepEqual(bundled.xor.predict(x), direct.xor.predict(x))
for (const file of ['model.js', 'xor.model.js', 'xor.bundle.js']) rmSync(file)
