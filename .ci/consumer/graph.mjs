/** Bundles densor/runtime for a browser: nothing but its own files may be in it. Prints its size. */
import { build } from 'esbuild'

const bundle = entry =>
  build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: import.meta.dirname ?? '.', loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'error',
  })

const { metafile, outputFiles } = await bundle('densor/runtime')
const files = Object.keys(metafile.inputs).filter(name => name !== '<stdin>')
const foreign = files.filter(name => !/node_modules\/densor\/dist\/runtime\//.test(name))
if (files.length === 0 || foreign.length > 0) {
  console.error(`densor/runtime carries what is not its own: ${foreign.join(', ') || 'nothing at all'}`)
  process.exit(1)
}
console.log(outputFiles[0].contents.length)
