/**
 * densor on wasm, one thread, from the build in `dist/`.
 *
 * Each runner returns `{ run(n), proof() }`, as every peer's does: `run` does `n` units of work (it may return
 * a promise), `proof` gives the number that `workloads.js` names. Training chains its `n` steps inside one call
 * of the module; inference, W5 and GEMM take typed arrays and give a typed array the caller may keep, per unit.
 * `W1-compile` sets up (and compiles W3, to warm the compiler) before it returns; its `run(1)` is one cold compile.
 */
import { existsSync } from 'node:fs'

const build = new URL('../../dist/src/index.js', import.meta.url)
if (!existsSync(build)) throw new Error('densor build not found: run `npm run build` first')

export const densor = await import(build.href)

export const runners = {}
