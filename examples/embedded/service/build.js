/** One file that runs alone: `node out/embedded/service.js`. */
import { join } from 'node:path'
import { densor } from 'densor/esbuild'
import { build } from 'esbuild'

await build({
  entryPoints: [join(import.meta.dirname, 'server.js')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile: join(import.meta.dirname, '..', '..', '..', 'out', 'embedded', 'service.js'),
  plugins: [densor()],
})
console.log('wrote out/embedded/service.js')
