import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initialWeights } from '../../dsl/trace/initial.js'
import { planModel } from '../../src/embed/plan.js'
import { add, dense, graphs, init, input, run, saveWeights, sequential, unwrap } from '../../src/index.js'
import { uniformFrom } from '../../src/testing/dice.js'
import { root, UserFolder } from './folder.js'

/** The name of an input, as text of a program. */
const ODD = JSON.stringify('it\'s\n"@0@')

let folder: UserFolder
beforeAll(async () => {
  folder = await UserFolder.make({
    'model.ts': `
import { dense, input, sequential } from 'densor'
export const small: ReturnType<typeof make> = make()
function make() { return sequential(input(4), dense(6, 'tanh'), dense(3, 'softmax')) }`,
    'two.ts': `
import { dense, input, sequential } from 'densor'
export const first = sequential(input(4), dense(2))
export const second = sequential(input(2), dense(1))`,
    'clash.ts': `
import { dense, input, sequential } from 'densor'
export const small = sequential(input(4), dense(2))
export const Small = sequential(input(2), dense(1))`,
    'nothing.ts': 'export const three: number = 3',
    'throws.ts': "throw new Error('no luck today')",
    'endless.ts': 'for (;;) {}\nexport {}',
    'waits.ts': 'await new Promise(() => setInterval(() => {}, 1000))',
    'exits.ts': 'process.exit(0)',
    'sends.ts': `
import { dense, input, sequential } from 'densor'
process.send?.({ hello: 'from the module' })
export const small = sequential(input(4), dense(6))`,
    'alike.ts': `
import { add, dense, graphs, input } from 'densor'
export const joined = graphs({ 'a-b': input(2), a_b: input(2), ${ODD}: input(2) }, xs => ({
  'c d': add(dense(3).as('p')(xs['a-b']), dense(3).as('q')(xs.a_b)),
  c_d: dense(3).as('r')(xs[${ODD}]),
}))`,
    'syntax.ts': 'export const = 3',
    'wrong.ts': `
import { dense, input, sequential } from 'densor'
export const small = sequential(input(4), dense(6), dense(3, { in: 5 } as never))`,
    'noisy.ts': `
import { dense, input, sequential } from 'densor'
console.log('hello from the module')
setInterval(() => {}, 1000)
export const small = sequential(input(4), dense(6))`,
    'text.txt': 'no safetensors at all, but long enough to be read as one',
  })
  const small = sequential(input(4), dense(6, 'tanh'), dense(3, 'softmax'))
  await run(saveWeights(folder.in('small.safetensors'), unwrap(init(small, { seed: 5 }))))
  await run(saveWeights(folder.in('other.safetensors'), unwrap(init(sequential(input(4), dense(5))))))
  const whole = await readFile(folder.in('small.safetensors'))
  await writeFile(folder.in('cut.safetensors'), whole.subarray(0, whole.length - 20))
})
afterAll(() => folder.remove())

describe('densor build', () => {
  test('what a module sends by itself is not taken for an answer', async () => {
    const { code, err } = await folder.densor('build', 'sends.ts', '-o', 'sent')
    expect(code, err).toBe(0)
  })

  test('leaves no file behind where a module never ends', async () => {
    const left = async () => (await readdir(tmpdir())).filter(name => /^densor-[0-9a-f]{16}\.mjs$/.test(name))
    const before = new Set(await left())
    const { err } = await folder.densor('build', 'endless.ts', '--time-limit', '1', '-o', 'never')
    expect(err).toContain('module-endless')
    expect((await left()).filter(name => !before.has(name))).toEqual([])
  })

  test('names that are alike as identifiers, and names of any letters, stay apart', async () => {
    const joined = graphs({ 'a-b': input(2), a_b: input(2), 'it\'s\n"@0@': input(2) }, xs => ({
      'c d': add(dense(3).as('p')(xs['a-b']), dense(3).as('q')(xs.a_b)),
      c_d: dense(3).as('r')(xs['it\'s\n"@0@']),
    }))
    await run(saveWeights(folder.in('joined.safetensors'), unwrap(init(joined, { seed: 1 }))))
    const args = ['build', 'alike.ts', '--load', 'joined.safetensors']
    const js = await folder.densor(...args, '-o', 'alike')
    expect(js.code, js.err).toBe(0)
    const c = await folder.densor(...args, '--target', 'c', '-o', 'alike in c')
    expect(c.code, c.err).toBe(0)
    const header = await readFile(folder.in('alike in c/joined.h'), 'utf8')
    const parameters = /joined_predict\((.*)\)/
      .exec(header)?.[1]
      ?.split(', ')
      .map(text => text.split('*')[1])
    expect(parameters).toEqual(['x_a_b', 'x_a_b_2', 'x_it_s___0_', 'out_c_d', 'out_c_d_2'])
    await folder.write({
      'use-alike.mjs': `
import { predict } from './alike/joined.js'
const x = [1, 2]
console.log(Object.entries(predict({ 'a-b': x, a_b: x, ${ODD}: x })).map(([k, v]) => [k, v.length]).join())`,
      'use-alike.ts': `
import { predict } from './alike/joined.js'
const x = new Float32Array(2)
export const { 'c d': cd, c_d } = predict({ 'a-b': x, a_b: x, ${ODD}: x })`,
    })
    const used = await folder.node('use-alike.mjs')
    expect(used.out, used.err).toBe('c d,3,c_d,3\n')
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { out } = await folder.node(tsc, '--noEmit', '--strict', '--module', 'nodenext', 'use-alike.ts')
    expect(out).toBe('')
  })

  test('writes a module that runs alone, the same bytes each time', async () => {
    const args = ['build', 'model.ts', '--load', 'small.safetensors', '-o']
    const first = await folder.densor(...args, 'out one')
    expect(first.code, first.err).toBe(0)
    expect(first.out).toMatch(
      /^small: \[N, 4\] -> \[N, 3\]\n {2}51 weights, \d+ kernels, [\d,]+ bytes of wasm\n/,
    )
    expect((await readdir(folder.in('out one'))).sort()).toEqual(['small.d.ts', 'small.js'])
    expect((await folder.densor(...args, 'out two')).code).toBe(0)
    for (const name of ['small.js', 'small.d.ts'])
      expect(await readFile(folder.in(`out one/${name}`))).toEqual(
        await readFile(folder.in(`out two/${name}`)),
      )
    const source = await readFile(folder.in('out one/small.js'), 'utf8')
    expect(source).not.toMatch(/from ["']|import\(["']|eval\(|new Function/)
    expect(source).not.toContain(folder.path)
    await folder.write({
      'use.js': `
import { predict } from './out one/small.js'
const [a] = predict([1, 2, 3, 4])
console.log(predict(new Float32Array(12)).length, a > 0 && a < 1)`,
    })
    expect((await folder.node('--disallow-code-generation-from-strings', 'use.js')).out).toBe('9 true\n')
  })

  test.each([
    ['WebAssembly in a file', ['--wasm', 'file'], ['small.d.ts', 'small.js', 'small.wasm']],
    ['weights in a file', ['--sidecar'], ['small.d.ts', 'small.js', 'small.weights']],
    ['half precision', ['--weights', 'f16', '--sidecar'], ['small.d.ts', 'small.js', 'small.weights']],
    ['int8', ['--weights', 'int8'], ['small.d.ts', 'small.js']],
    ['JavaScript', ['--target', 'js', '--batch', '4'], ['small.d.ts', 'small.js']],
  ])('%s: predicts as the plain module does', async (name, options, files) => {
    const out = `out ${name}`
    const built = await folder.densor(
      'build',
      'model.ts',
      '--load',
      'small.safetensors',
      '-o',
      out,
      ...options,
    )
    expect(built.code, built.err).toBe(0)
    expect((await readdir(folder.in(out))).sort()).toEqual(files)
    await folder.densor('build', 'model.ts', '--load', 'small.safetensors', '-o', 'out plain')
    await folder.write({
      'compare.js': `
import * as plain from './out plain/small.js'
const other = await import(process.argv[2])
const x = Float32Array.from({ length: 36 }, (_, i) => Math.sin(i))
const [a, b] = [plain.predict(x), other.predict(x)]
console.log(Math.max(...a.map((v, i) => Math.abs(v - b[i]))))`,
    })
    const { out: text, err } = await folder.node('compare.js', `./${out}/small.js`)
    const most = options.includes('f16') ? 1e-3 : options.includes('int8') ? 2e-2 : 0
    expect(Number(text), err).toBeLessThanOrEqual(most)
    expect(text, err).toMatch(/\d/)
  })

  test('says what fewer bits cost, on a validation set', async () => {
    const next = uniformFrom(3)
    const x = Float32Array.from({ length: 80 }, () => next())
    const y = Int32Array.from({ length: 20 }, () => Math.floor(3 * next()))
    const { encodeSafetensors } = await import('../../src/formats/safetensors.js')
    const tensors = [
      { name: 'x', dtype: 'f32' as const, shape: [20, 4], data: x },
      { name: 'y', dtype: 'i32' as const, shape: [20], data: y },
    ]
    await folder.write({ 'held.safetensors': encodeSafetensors({ tensors, metadata: {} }) })
    const { out, err } = await folder.densor(
      ...['build', 'model.ts', '--load', 'small.safetensors', '-o', 'out q'],
      ...['--weights', 'int8', '--validation', 'held.safetensors'],
    )
    expect(out, err).toMatch(/accuracy [\d.]+ % with int8 weights, [\d.]+ % with f32, on 20 rows/)
  })

  test('a module of embedded models: as it says, unless the command line says otherwise', async () => {
    await folder.write({
      'small.model.ts': `
import { dense, input, sequential } from 'densor'
import { embed } from 'densor/embed'
const model = sequential(input(4), dense(6, 'tanh'), dense(3, 'softmax'))
export const small = embed(model, {
  weights: new URL('./small.safetensors', import.meta.url), batch: 4, train: { loss: 'meanSquaredError' },
})`,
    })
    const own = await folder.densor('build', 'small.model.ts', '-o', 'out own')
    expect(own.code, own.err).toBe(0)
    expect(await readFile(folder.in('out own/small.d.ts'), 'utf8')).toMatch(
      /rows at a time: 4 or 1[\s\S]*trainStep/,
    )
    const other = await folder.densor(
      'build',
      'small.model.ts',
      '-o',
      'out other',
      '--target',
      'js',
      '--batch',
      '2',
    )
    expect(other.code, other.err).toBe(0)
    expect(await readFile(folder.in('out other/small.js'), 'utf8')).toMatch(
      /rows at a time: 2 or 1[\s\S]*\* js: /,
    )
    const c = await folder.densor('build', 'small.model.ts', '-o', 'out c', '--target', 'c')
    expect(c.code, c.err).toBe(0)
    expect((await readdir(folder.in('out c'))).sort()).toEqual(['small.c', 'small.h', 'small_test.c'])
  })

  test('what the module prints or leaves running does not matter', async () => {
    const { code, out, err } = await folder.densor('build', 'noisy.ts', '-o', 'out noisy')
    expect(code, err).toBe(0)
    expect(out).not.toContain('hello')
    expect(err).toContain('hello from the module')
  })

  const badInput: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no model', ['nothing.ts'], /nothing\.ts exports no model \[no-model\]/],
    ['a module that throws', ['throws.ts'], /throws while it is loaded: no luck today \[module-throws\]/],
    [
      'a module that never ends',
      ['endless.ts', '--time-limit', '1'],
      /still running after 1 s \[module-endless\]/,
    ],
    ['a module that waits', ['waits.ts', '--time-limit', '1'], /\[module-endless\]|\[module-ends\]/],
    [
      'a module that exits',
      ['exits.ts'],
      /ended the process that loads it \(exit status 0\) \[module-ends\]/,
    ],
    ['a syntax error', ['syntax.ts'], /cannot be compiled: syntax\.ts:1: .* \[module-syntax\]/],
    ['a shape mistake', ['wrong.ts'], /dense: expected last dimension 5, received 6/],
    [
      'weights of another model',
      ['model.ts', '--load', 'other.safetensors'],
      /not the weights of this model \[wrong-weights\]\n {2}note: layer0\/kernel: is \[4, 5\], the model needs \[4, 6\]\n[\s\S]*layer1\/bias: missing/,
    ],
    ['cut weights', ['model.ts', '--load', 'cut.safetensors'], /cut\.safetensors.*\[malformed-file\]/],
    ['a text as weights', ['model.ts', '--load', 'text.txt'], /text\.txt.*\[malformed-file\]/],
    ['missing weights', ['model.ts', '--load', 'gone.safetensors'], /cannot read .*gone\.safetensors/],
    [
      'one file for two models',
      ['two.ts', '--load', 'small.safetensors'],
      /exports 2 models.*\[several-models\]/,
    ],
    [
      'two models of one name',
      ['clash.ts'],
      /two models have the name Small or small \[name-twice\]|small or Small/,
    ],
    [
      'an unknown format',
      ['model.ts', '--weights', 'f8'],
      /--weights takes one of f32, f16, int8, received f8/,
    ],
    [
      'a format that C does not store',
      ['model.ts', '--target', 'c', '--weights', 'f16'],
      /--weights is of no use with --target c/,
    ],
    [
      'WebAssembly beside JavaScript',
      ['model.ts', '--target', 'js', '--wasm', 'file'],
      /--wasm is of no use with --target js/,
    ],
    [
      'a format of no weights',
      ['model.ts', '--weights', 'f16'],
      /no weights to be stored as f16 \[no-weights\]/,
    ],
    ['a file of no weights', ['model.ts', '--sidecar'], /no weights to be stored in a file \[no-weights\]/],
    ['a loss nobody knows', ['model.ts', '--train', '--loss', 'luck'], /luck/],
    ['a missing file', ['gone.ts'], /gone\.ts is not a file that can be read/],
  ]
  test.each(badInput)('%s: an error, nothing written', async (_, args, message) => {
    const { code, out, err } = await folder.densor('build', ...args, '-o', 'out bad')
    expect(err).toMatch(message)
    expect(code).not.toBe(0)
    expect(out).toBe('')
    expect(err).not.toMatch(/^ +at /m)
    expect((await readdir(folder.path)).filter(name => /bad|tmp/.test(name))).toEqual([])
  })

  test('a folder that cannot be written: an error, nothing half-written', async () => {
    await folder.write({ 'a file': 'text' })
    const args = ['build', 'model.ts', '--load', 'small.safetensors', '-o']
    expect((await folder.densor(...args, 'a file')).err).toMatch(
      /cannot write into a file.*\[unwritable-file\]/,
    )
    expect((await folder.densor(...args, 'a file/below')).err).toMatch(/cannot write.*\[unwritable-file\]/)
    expect(await readFile(folder.in('a file'), 'utf8')).toBe('text')
    if (process.platform === 'linux')
      expect((await folder.densor(...args, '/proc/no such/out')).err).toMatch(
        /cannot write.*\[unwritable-file\]/,
      )
    if (process.getuid?.() === 0) return
    await mkdir(folder.in('locked'))
    await chmod(folder.in('locked'), 0o500)
    expect((await folder.densor(...args, 'locked/out')).err).toMatch(/\[unwritable-file\]/)
  })

  test('models of names: inputs and outputs by name', async () => {
    const many = `
import { add, dense, graphs, input } from 'densor'
export const many = graphs({ a: input(3), b: input(2) }, ({ a, b }) => {
  const hidden = add(dense(4).as('da')(a), dense(4).as('db')(b))
  return { sum: dense(2).as('s')(hidden), max: dense(1).as('m')(hidden) }
})`
    await folder.write({ 'many.ts': many })
    const built = await folder.densor('build', 'many.ts', '-o', 'out many', '--batch', '4')
    expect(built.out, built.err).toContain('many: a [N, 3], b [N, 2] -> sum [N, 2], max [N, 1]')
    await folder.write({
      'many-use.js': `
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { load, predict } from './out many/many.js'
load(readFileSync('many.safetensors'))
const { sum, max } = predict({ a: new Float32Array(18).fill(1), b: new Float32Array(12) })
assert.equal(sum.length, 12)
assert.equal(max.length, 6)
assert.throws(() => predict({ a: [1, 2, 3], b: [1, 2, 3, 4] }), /the inputs have 1 and 2 rows/)
assert.throws(() => predict({ a: [1, 2, 3] }), /predict: b: expected \\[N, 2\\], received undefined/)
assert.throws(() => predict(), /predict: a: expected/)`,
    })
    const { many: model } = await manyModel()
    const plan = planModel('many', model, {})
    const { params } = initialWeights(plan.layout, 1)
    const { encodeSafetensors } = await import('../../src/formats/safetensors.js')
    const tensors = plan.layout.weights.map(({ path, shape, offset }) => ({
      name: path.join('/'),
      dtype: 'f32' as const,
      shape,
      data: params.slice(offset, offset + shape.reduce((n, d) => n * d, 1)),
    }))
    await folder.write({ 'many.safetensors': encodeSafetensors({ tensors, metadata: {} }) })
    const { code, err } = await folder.node('many-use.js')
    expect(code, err).toBe(0)
  })
})

const manyModel = async () => {
  const { add, dense, graphs, input } = await import('../../src/index.js')
  return {
    many: graphs({ a: input(3), b: input(2) }, ({ a, b }) => {
      const hidden = add(dense(4).as('da')(a), dense(4).as('db')(b))
      return { sum: dense(2).as('s')(hidden), max: dense(1).as('m')(hidden) }
    }),
  }
}
