/**
 * Promises what densor costs in a page: the bytes of two programs, bundled from dist/ as a user's bundler does, and that
 * what a program does not import costs it nothing.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A program of a page: its size, and what each file of densor adds before it is compressed. */
interface Bundled {
  readonly gzip: number
  readonly files: ReadonlyMap<string, number>
}

const bundled = async (names: readonly string[]): Promise<Bundled> => {
  const list = names.join(', ')
  const { outputFiles, metafile } = await build({
    stdin: { contents: `import { ${list} } from 'densor'; console.log(${list})`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
  })
  const inputs = Object.values(metafile.outputs).flatMap(output => Object.entries(output.inputs))
  return {
    gzip: gzipSync(outputFiles[0]?.contents ?? '').length,
    files: new Map(inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput])),
  }
}

/** The files that add most, one a line. */
const largest = ({ files }: Bundled): string =>
  [...files]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 25)
    .map(([file, bytes]) => `${String(bytes).padStart(7)}  ${file}`)
    .join('\n')

/** Files of densor that add something and whose names match. */
const having = ({ files }: Bundled, name: RegExp): readonly string[] =>
  [...files].flatMap(([file, bytes]) => (bytes > 0 && name.test(file) ? [file] : []))

const FIT = ['fit', 'sequential', 'input', 'dense']
const JIT = ['jit', 'grad', 'mul', 'sum']
const WINDOWS =
  /families\/windows|schedule\/convolution|ops\/(convolution|windows)|layers\/(convolution|pooling)/

describe.skipIf(!existsSync(`${root}dist/src/page.js`))('in a page', () => {
  test.each([
    [FIT, 113_000],
    [JIT, 61_500],
  ])('%s cost at most %i bytes', async (names, most) => {
    const bundle = await bundled(names)
    expect(bundle.gzip, `${bundle.gzip} bytes; the largest files:\n${largest(bundle)}`).toBeLessThan(most)
  })

  test('a layer costs nobody who does not import it', async () => {
    expect(having(await bundled(FIT), WINDOWS)).toEqual([])
    expect(having(await bundled([...FIT, 'conv2d', 'maxPool2d']), WINDOWS).length).toBeGreaterThan(4)
  })

  test('nor do products, elementary functions and text, who computes without them', async () => {
    const unused =
      /loop\/(contraction|math\/(exp|trig|power|special))|ir\/(print|parse|check|params)|fp-ts|io-ts/
    expect(having(await bundled(JIT), unused)).toEqual([])
    expect(having(await bundled([...JIT, 'matmul', 'exp']), unused).length).toBeGreaterThan(4)
  })
})
