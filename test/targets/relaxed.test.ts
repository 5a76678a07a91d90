import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { assemble } from '../../compiler/targets/assemble.js'
import { acceptsRelaxed } from '../../compiler/targets/relaxed.js'
import { webAssembly } from '../../runtime/webassembly.js'

test('the engine is asked, and its answer holds', () => {
  const code = assemble(
    '(module (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0))))',
  )
  expect(acceptsRelaxed()).toBe(webAssembly?.validate(code))
})

/** What a program prints in a process of its own. */
const printed = (program: string, ...flags: readonly string[]): string =>
  execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()

/** The flags of an engine without relaxed SIMD and of one with it: Node 20 has it behind one, later ones always. */
const engines: readonly (readonly string[])[] = process.versions.node.startsWith('20.')
  ? [[], ['--experimental-wasm-relaxed-simd']]
  : [[]]

test('with relaxed SIMD a product is right, whichever way this engine comes by it', () => {
  const program = `
import { jit, matmul, run, tensor, unwrap } from 'densor'
const a = unwrap(tensor([32, 40], Float32Array.from({ length: 1280 }, (_, i) => Math.sin(i))))
const b = unwrap(tensor([40, 24], Float32Array.from({ length: 960 }, (_, i) => Math.cos(i))))
const { data } = await run(jit(matmul)(a, b))
let worst = 0
for (let i = 0; i < 32; i++) for (let j = 0; j < 24; j++) {
  let sum = 0
  for (let p = 0; p < 40; p++) sum += a.data[i * 40 + p] * b.data[p * 24 + j]
  worst = Math.max(worst, Math.abs(sum - data[i * 24 + j]))
}
console.log(worst < 1e-5)`
  for (const flags of engines) expect(printed(program, ...flags)).toBe('true')
})

test('with relaxed SIMD a row has the same bits in a batch of any size, and without it those of js', () => {
  const program = `
import { dense, init, input, layerNorm, predict, run, sequential, tensor, unwrap } from 'densor'
const model = sequential(input(21), dense(7, 'tanh'), layerNorm(), dense(5, 'gelu'), dense(3, 'softmax'))
const weights = unwrap(init(model, { seed: 4 }))
const x = unwrap(tensor([9, 21], Float32Array.from({ length: 189 }, (_, i) => Math.sin(i))))
const bits = async options => {
  const { data } = await run(predict(model, weights, x, options))
  return Buffer.from(data.buffer).toString('hex')
}
const whole = await bits({})
for (const batchSize of [1, 2, 4]) console.log((await bits({ batchSize })) === whole)
console.log((await bits({ relaxed: false })) === (await bits({ target: 'js' })))`
  for (const flags of engines) expect(printed(program, ...flags)).toBe('true\ntrue\ntrue\ntrue')
})
