import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dense, init, input, run, saveWeights, sequential, unwrap } from '../../src/index.js'
import { root, UserFolder } from './folder.js'

const modelText = (units = 6, more = ''): string => `
import { batchNorm, dense, input, sequential } from 'densor'
import { embed } from 'densor/embed'

const model = sequential(input(4), dense(${units}, 'tanh'), batchNorm(), dense(3, 'softmax')${more})
export const small = embed(model, {
  weights: new URL('./weights/small.safetensors', import.meta.url),
  batch: 4,
})`

const trainText = `
import { dense, init, input, sequential, unwrap } from 'densor'
import { embed } from 'densor/embed'
const model = sequential(input(4), dense(3, 'softmax'))
export const learner = embed(model, {
  weights: unwrap(init(model, { seed: 2 })),
  train: { loss: 'sparseCategoricalCrossentropy', batch: 4 },
})`

const page = `
import { small } from './small.model.ts'
import { learner } from './learner.model.ts'
const hex = x => Buffer.from(Float32Array.from(x).buffer).toString('hex')
const x = Float32Array.from({ length: 28 }, (_, i) => Math.sin(i))
const y = [0, 1, 2, 0, 1, 2, 0]
console.log(hex(small.predict(x)), hex(learner.fit(x, y, { epochs: 9 })), hex(learner.predict(x)))
try { small.predict([1, 2, 3]) } catch (error) { console.log(String(error)) }`

const writeWeights = async (folder: UserFolder, seed: number, units = 6): Promise<void> => {
  const { batchNorm } = await import('../../src/index.js')
  const model = sequential(input(4), dense(units, 'tanh'), batchNorm(), dense(3, 'softmax'))
  await run(saveWeights(folder.in('weights/small.safetensors'), unwrap(init(model, { seed }))))
}

const makeFolder = async (): Promise<UserFolder> => {
  const folder = await UserFolder.make({
    'small.model.ts': modelText(),
    'learner.model.ts': trainText,
    'page.js': page,
    'plain.mjs': `
import { build } from 'esbuild'
await build({ entryPoints: ['page.js'], bundle: true, format: 'esm', platform: 'node', packages: 'external',
  outfile: 'plain.js', define: { 'import.meta.url': JSON.stringify(new URL('./small.model.ts', import.meta.url).href) } })`,
  })
  for (const name of ['vite', 'rolldown'])
    await symlink(join(root, 'node_modules', name), folder.in(`node_modules/${name}`))
  await mkdir(folder.in('weights'))
  await writeWeights(folder, 5)
  return folder
}

/** Build scripts of each bundler; all write `bundle.js`. */
const scripts = {
  esbuild: `
import { build } from 'esbuild'
import { densor } from 'densor/esbuild'
await build({ entryPoints: ['page.js'], bundle: true, format: 'esm', platform: 'node', outfile: 'bundle.js', plugins: [densor()], logLevel: 'error' })`,
  rolldown: `
import { rolldown } from 'rolldown'
import { densor } from 'densor/rolldown'
const bundle = await rolldown({ input: 'page.js', platform: 'node', plugins: [densor()] })
await bundle.write({ file: 'bundle.js', format: 'esm' })
await bundle.close()`,
  vite: `
import { build } from 'vite'
import { densor } from 'densor/vite'
await build({ configFile: false, logLevel: 'error', plugins: [densor()], build: {
  lib: { entry: 'page.js', formats: ['es'], fileName: () => 'bundle.js' }, outDir: '.', emptyOutDir: false, copyPublicDir: false } })`,
} as const

describe('plugins', () => {
  let folder: UserFolder
  let expected = ''
  beforeAll(async () => {
    folder = await makeFolder()
    await folder.node('plain.mjs')
    const plain = await folder.node('plain.js')
    expect(plain.code, plain.err).toBe(0)
    expected = plain.out
  })
  afterAll(() => folder.remove())

  test.each(Object.entries(scripts))(
    '%s: the bits of the module itself, and densor is not in the bundle',
    async (name, script) => {
      await folder.write({ [`${name}.mjs`]: script })
      const built = await folder.node(`${name}.mjs`)
      expect(built.code, built.err).toBe(0)
      const bundle = await readFile(folder.in('bundle.js'), 'utf8')
      expect(bundle.length).toBeLessThan(100_000)
      expect(bundle).not.toMatch(/from ?["'](?!node:)|wabt|safetensors/)
      const { out, err } = await folder.node('--disallow-code-generation-from-strings', 'bundle.js')
      expect(out, err).toBe(expected)
      expect(out).toContain('TypeError: predict: expected [N, 4], received 3 numbers')
    },
  )

  test.each(Object.entries(scripts))(
    '%s: a shape mistake fails the build, at the call of embed',
    async (name, script) => {
      await folder.write({
        [`${name}.mjs`]: script,
        'small.model.ts': modelText(6, ', dense(2, { in: 5 } as never)'),
      })
      try {
        const { code, err } = await folder.node(`${name}.mjs`)
        expect(code).not.toBe(0)
        expect(err).toContain('dense: expected last dimension 5, received 3')
        expect(err).toMatch(/small\.model\.ts:6\b/)
        if (name === 'esbuild') expect(err).toContain('export const small = embed(model, {')
      } finally {
        await folder.write({ 'small.model.ts': modelText() })
      }
    },
  )

  test('their types are complete where no bundler is installed, also for who checks libraries', async () => {
    const bundlers = ['vite', 'rollup', 'rolldown', 'webpack', 'rspack']
    const lines = bundlers.map(
      name =>
        `import { densor as ${name} } from 'densor/${name}'\nexport const by_${name} = ${name}({ limit: 1 })`,
    )
    await folder.write({
      'types.ts': `${lines.join('\n')}\nexport const hooked: { readonly name: string } = by_vite\n`,
      'wrong.ts': `import { densor } from 'densor/vite'\nexport const wrong = densor({ limt: 1 })`,
    })
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
    const typed = [tsc, ...options, '--lib', 'es2023', '--skipLibCheck', 'false', '--types', '']
    const { code, out } = await folder.node(...typed, 'types.ts')
    expect(code, out).toBe(0)
    expect((await folder.node(...typed, 'wrong.ts')).out).toContain("'limit'")
  })

  test('a module exports its models under words of the language: default, if', async () => {
    await folder.write({
      'odd.model.ts': `
import { dense, init, input, sequential, unwrap } from 'densor'
import { embed } from 'densor/embed'
const model = sequential(input(2), dense(1))
const own = embed(model, { weights: unwrap(init(model)) })
export default own
export { own as if }`,
      'odd.js': `
import own, { if as other } from './odd.model.ts'
console.log([own, other].map(m => m.predict([1, 2]).length).join())`,
      'odd.mjs': scripts.esbuild.replace('page.js', 'odd.js').replace('bundle.js', 'odd.bundle.js'),
    })
    const built = await folder.node('odd.mjs')
    expect(built.code, built.err).toBe(0)
    const { out, err } = await folder.node('odd.bundle.js')
    expect(out, err).toBe('1,1\n')
  })

  test('a bundler that goes on after an error gets no TypeScript to complain of', async () => {
    await folder.write({
      'broken.model.ts': 'export const broken: number = 3',
      'goes-on.mjs': `
import { plugins } from ${JSON.stringify(pathToFileURL(join(root, 'dist/src/plugin/unplugin.js')).href)}
const { load } = plugins.raw(undefined, { framework: 'webpack' })
const context = { addWatchFile() {}, error: ({ message }) => console.log(message) }
console.log((await load.call(context, process.argv[2])).code)
process.exit()`,
    })
    const { out, err } = await folder.node('goes-on.mjs', folder.in('broken.model.ts'))
    const [told, given] = out.split('\n')
    expect(told, err).toMatch(/exports nothing that embed made \[no-model\]$/)
    expect(out).toContain('throw new Error("')
    expect(given).not.toContain('number')
  })

  test('esbuild: WebAssembly as an import, for engines that compile no bytes', async () => {
    await folder.write({
      'import.mjs': `
import { build } from 'esbuild'
import { densor } from 'densor/esbuild'
await build({ entryPoints: ['page.js'], bundle: true, format: 'esm', platform: 'node', outdir: 'imported', plugins: [densor({ wasm: 'import' })] })`,
    })
    const built = await folder.node('import.mjs')
    expect(built.code, built.err).toBe(0)
    const bundle = await readFile(folder.in('imported/page.js'), 'utf8')
    expect(bundle.match(/from "\.\/\w+-\w+\.wasm"|import \w+ from "\.\/\w+-\w+\.wasm"/g)).toHaveLength(2)
  })

  test('watching: a change of the model or of its weights is seen', async () => {
    await folder.write({
      'watch.mjs': `
import { readFile, writeFile } from 'node:fs/promises'
import { context } from 'esbuild'
import { densor } from 'densor/esbuild'
let built = () => {}
const times = []
const report = { name: 'report', setup(build) {
  let began = 0
  build.onStart(() => { began = performance.now() })
  build.onEnd(result => { times.push(performance.now() - began); built(result) })
} }
const next = () => new Promise(done => { built = done })
const first = next()
const watched = await context({ entryPoints: ['page.js'], bundle: true, format: 'esm', platform: 'node', outfile: 'watched.js', plugins: [densor(), report], logLevel: 'silent' })
await watched.watch()
await first
const seen = [await readFile('watched.js', 'utf8')]
for (const change of process.argv.slice(2)) {
  await new Promise(done => setTimeout(done, 1500))
  const [to, from] = change.split('=')
  const after = next()
  await writeFile(to, await readFile(from))
  const { errors } = await after
  seen.push(errors.length > 0 ? errors[0].text : await readFile('watched.js', 'utf8'))
}
await watched.dispose()
console.log(JSON.stringify({ times, same: seen.map(s => seen.indexOf(s)), last: seen.at(-1).slice(0, 200) }))`,
      'other.model.txt': modelText(7),
      'first.model.txt': modelText(),
    })
    await folder.write({ 'first.bytes': await readFile(folder.in('weights/small.safetensors')) })
    await writeWeights(folder, 9)
    await folder.write({ 'other.bytes': await readFile(folder.in('weights/small.safetensors')) })
    await folder.write({ 'weights/small.safetensors': await readFile(folder.in('first.bytes')) })
    const changes = [
      'weights/small.safetensors=other.bytes',
      'weights/small.safetensors=first.bytes',
      'small.model.ts=other.model.txt',
    ]
    const { out, err } = await folder.node('watch.mjs', ...changes)
    await folder.write({ 'small.model.ts': modelText() })
    const { same, last, times } = JSON.parse(out === '' ? err : out)
    expect(same).toEqual([0, 1, 0, 3])
    expect(last).toMatch(/not the weights of this model/)
    expect(times).toHaveLength(4)
  })
})
