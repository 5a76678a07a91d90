/** Examples as programs that run alone: densor's sources are bundled into them. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The folder of the examples. */
export const examples = join(here, '..', '..', 'examples')

/** Writes the example as one program; packages are found from where it lies. */
export const bundleExample = (name: string, program: string): Promise<unknown> =>
  build({
    entryPoints: [join(examples, `${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    conditions: ['densor-source'],
    outfile: program,
  })

/** How many lines a program has, blank ones counted. */
export const linesOf = (text: string): number => text.trimEnd().split('\n').length
