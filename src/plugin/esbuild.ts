/** `densor/esbuild`: modules of compiled models, replaced by what they compile to. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { OnLoadResult, PartialMessage, Plugin } from 'esbuild'
import { describeFault } from '../../runtime/fault.js'
import { Builder, type Failure } from '../embed/build.js'
import type { BuildResult } from '../embed/request.js'
import { type DensorOptions, type Location, locationOf, MODEL_FILES, requestOf } from './options.js'

export type { DensorOptions } from './options.js'

const ASSETS = 'densor-assets'

const lineOf = async ({ file, line }: Location): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).split(/\r?\n/)[line - 1] ?? ''

const messageOf = async ({ fault, place }: Failure): Promise<PartialMessage> => {
  const at = locationOf(place)
  if (at === undefined) return { text: describeFault(fault) }
  return { text: describeFault(fault), location: { ...at, lineText: await lineOf(at) } }
}

const loaded = (
  { files, inputs }: BuildResult,
  assets: Map<string, Uint8Array>,
  path: string,
): OnLoadResult => {
  const [module, ...beside] = files
  for (const { name, content } of beside) assets.set(join(dirname(path), name), Buffer.from(content))
  return {
    contents: String(module?.content ?? ''),
    loader: 'js',
    watchFiles: [...inputs],
    resolveDir: dirname(path),
  }
}

/**
 * A plugin for esbuild: it replaces each module that exports what `embed` gives (by default, the files
 * `*.model.ts`) by its compiled form, so that densor is not in the bundle. A mistake in a model is an error
 * of the build, at the call of `embed`.
 *
 * @example
 * ```ts
 * import { densor } from 'densor/esbuild'
 * import { build } from 'esbuild'
 *
 * await build({ entryPoints: ['page.ts'], bundle: true, format: 'esm', outdir: 'out', plugins: [densor()] })
 * ```
 */
export const densor = (options: DensorOptions = {}): Plugin => ({
  name: 'densor',
  setup: build => {
    const assets = new Map<string, Uint8Array>()
    const builder = new Builder({
      warm: true,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    })
    build.onLoad({ filter: options.include ?? MODEL_FILES }, async ({ path }) => {
      const outcome = await builder.build(requestOf(path, options))
      if ('result' in outcome) return loaded(outcome.result, assets, path)
      return { errors: [await messageOf(outcome.failure)], watchFiles: [...outcome.failure.inputs] }
    })
    build.onResolve({ filter: /^\.\/[\w$]+\.wasm$/ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path)
      return assets.has(file) ? { path: file, namespace: ASSETS } : undefined
    })
    build.onLoad({ filter: /.*/, namespace: ASSETS }, ({ path }) => ({
      contents: assets.get(path) ?? '',
      loader: 'copy',
    }))
    build.onDispose(() => builder.close())
  },
})
