/** A module and a `.wasm` file that it imports, for a runtime that compiles no bytes itself. */
import { join } from 'node:path'
import { densor } from 'densor/esbuild'
import { build } from 'esbuild'

await build({
  entryPoints: [join(import.meta.dirname, 'worker.js')],
  bundle: true,
  platform: 'neutral',
  format: 'esm',
  target: 'es2022',
  outdir: join(import.meta.dirname, '..', '..', '..', 'out', 'embedded', 'worker'),
  assetNames: '[name]',
  plugins: [densor({ wasm: 'import' })],
})
console.log('wrote out/embedded/worker')
