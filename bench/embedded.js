/**
 * What an embedded model weighs and costs: `npm run build && node bench/embedded.js [--only sizes,start] [--rounds 51]`.
 * The model is the digits network, 784-256-10 with batch normalisation, 816 kB of weights; see README.md.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { context } from 'esbuild'
import { densor } from '../dist/src/plugin/esbuild.js'
import { onPrediction } from './embedded-predict.js'
import { median } from './measure.js'

const parts = ['sizes', 'start', 'build', 'rebuild', 'prediction']
const { values } = parseArgs({
  options: { only: { type: 'string', default: parts.join() }, rounds: { type: 'string', default: '51' } },
})
const rounds = Number(values.rounds)
const unknown = values.only.split(',').find(part => !parts.includes(part))
if (unknown !== undefined || !(rounds > 0)) {
  console.error(`--only takes some of ${parts.join()}, --rounds a number above 0`)
  process.exit(2)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'densor-bench-'))
const inFolder = name => join(folder, name)
const write = files => {
  for (const [name, text] of Object.entries(files)) writeFileSync(inFolder(name), text)
}

const digits = (units = 256) => `
import { batchNorm, dense, dropout, init, input, sequential, unwrap } from 'densor'
import { embed } from 'densor/embed'
export const network = sequential(
  input(784), dense(${units}, 'relu'), batchNorm(), dropout(0.3), dense(10, 'softmax'))
export const digits = embed(network, { weights: unwrap(init(network, { seed: 1 })) })`

const files = {
  'package.json': '{ "type": "module" }',
  'digits.model.ts': digits(),
  'plain.ts': digits().replace(/export const digits.*/, ''),
  'cnn.ts': `
import { conv2d, dense, flatten, input, maxPool2d, sequential } from 'densor'
export const cnn = sequential(
  input([28, 28, 1]), conv2d(8, 3, { activation: 'relu' }), maxPool2d(2),
  conv2d(16, 3, { activation: 'relu' }), maxPool2d(2), flatten(), dense(10, 'softmax'))`,
  'page.js': `
import { digits } from './digits.model.ts'
console.log(digits.predict(new Float32Array(784)))`,
  'empty.js': '',
  'first.js': `
import { predict } from './one/digits.js'
predict(new Float32Array(784))`,
}

const node = (...args) => {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder })
  if (status !== 0) throw new Error(String(stderr))
  return performance.now() - began
}

const build = (file, out, ...more) =>
  node(join(root, 'dist', 'src', 'cli', 'main.js'), 'build', file, '-o', out, ...more)

const row = (what, figure, unit, bound) =>
  console.log(`${what.padEnd(58)} ${figure.padStart(8)} ${unit.padEnd(6)} ${bound}`)

/** Bytes of the module when compressed; its weights are loaded, or lie beside it. */
const sizes = () => {
  const training = ['--train', '--loss', 'categoricalCrossentropy']
  const all = [
    ['predict only', 'digits.model.ts', 'digits', ['--sidecar'], 6000],
    ['predict only, takes its weights', 'plain.ts', 'network', [], 6000],
    ['with the Adam step', 'digits.model.ts', 'digits', ['--sidecar', ...training], 12_000],
    ['with the Adam step, takes its weights', 'plain.ts', 'network', training, 12_000],
    ['a small convolutional network, predict only', 'cnn.ts', 'cnn', [], 8000],
  ]
  for (const [what, file, name, options, most] of all) {
    build(file, 'sized', ...options)
    const bytes = gzipSync(readFileSync(inFolder(`sized/${name}.js`)), { level: 9 }).length
    row(`size, compressed: ${what}`, String(bytes), 'bytes', `<= ${most}`)
  }
}

/** Whole processes in turn, one that predicts once and one that does nothing. */
const start = () => {
  build('digits.model.ts', 'one')
  const pairs = []
  for (let i = -2; i < rounds; i++) {
    const pair = { empty: node('empty.js'), first: node('first.js') }
    // the first runs fill the file cache
    if (i >= 0) pairs.push(pair)
  }
  const more = median(pairs.map(({ empty, first }) => first - empty))
  const empty = median(pairs.map(pair => pair.empty))
  row('from import to the first prediction, weights inlined', more.toFixed(1), 'ms', '<= 10')
  row('  beside an empty process', empty.toFixed(1), 'ms', '')
}

const buildTime = () => {
  const times = Array.from({ length: 7 }, () => build('digits.model.ts', 'built'))
  row('densor build of the digits model', median(times).toFixed(0), 'ms', '<= 1500')
}

/** The model's file is written again and again, another width each time, while esbuild watches. */
const rebuild = async () => {
  const times = []
  let built = () => {}
  const report = {
    name: 'report',
    setup({ onStart, onEnd }) {
      let began = 0
      onStart(() => {
        began = performance.now()
      })
      onEnd(({ errors }) => {
        if (errors.length > 0) throw new Error(errors[0].text)
        times.push(performance.now() - began)
        built()
      })
    },
  }
  const next = () =>
    new Promise(done => {
      built = done
    })
  const first = next()
  const watched = await context({
    entryPoints: [inFolder('page.js')],
    bundle: true,
    format: 'esm',
    outfile: inFolder('page.bundle.js'),
    plugins: [densor(), report],
    logLevel: 'silent',
  })
  await watched.watch()
  await first
  for (let i = 1; i <= 7; i++) {
    // as long as nobody types faster
    await new Promise(done => setTimeout(done, 2000))
    const again = next()
    write({ 'digits.model.ts': digits(256 + (i % 2)) })
    await again
  }
  await watched.dispose()
  write({ 'digits.model.ts': digits() })
  row('rebuild by the plugin while watching', median(times.slice(1)).toFixed(0), 'ms', '<= 300')
}

const prediction = async () => {
  build('digits.model.ts', 'one')
  build('digits.model.ts', 'many', '--batch', '16')
  const modules = await Promise.all(
    ['one', 'many'].map(name => import(pathToFileURL(inFolder(`${name}/digits.js`)).href)),
  )
  for (const { what, micros, ratio, bound } of await onPrediction(modules)) {
    row(what, micros.toFixed(1), 'us', '')
    if (ratio !== undefined) row('  the module over it', ratio.toFixed(2), 'ratio', bound)
  }
}

const run = { sizes, start, build: buildTime, rebuild, prediction }

try {
  mkdirSync(inFolder('node_modules'))
  symlinkSync(root, inFolder('node_modules/densor'), 'junction')
  write(files)
  for (const part of values.only.split(',')) await run[part]()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
