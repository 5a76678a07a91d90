import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadAssembler } from '../../compiler/targets/assemble.js'
import { acceptsRelaxed } from '../../compiler/targets/relaxed.js'
import { webAssembly } from '../../runtime/webassembly.js'

test('the engine is asked, and its answer holds', async () => {
  const assemble = await loadAssembler()
  const code = assemble(
    '(module (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0))))',
  )
  expect(acceptsRelaxed(assemble)).toBe(webAssembly?.validate(code))
})

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
  const show = (...flags: readonly string[]): string =>
    execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  expect(show()).toBe('true')
  // Node 20 has it behind a flag, which later ones do not know
  if (process.versions.node.startsWith('20.')) expect(show('--experimental-wasm-relaxed-simd')).toBe('true')
})
