import { randomBytes } from 'node:crypto'
import { rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildFailure, build, type Plugin } from 'esbuild'
import { userFault } from '../../runtime/fault.js'

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * Packages stay outside the bundle, found from where the user's file is: the module then shares densor with us.
 * Everything written with `./` is bundled, whatever its language.
 */
const packagesOutside: Plugin = {
  name: 'packages-outside',
  setup({ onResolve, resolve: find }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (importer === '' || pluginData === packagesOutside.name || path.startsWith('node:')) return undefined
      const found = await find(path, { resolveDir, kind, pluginData: packagesOutside.name })
      if (found.errors.length > 0) return { errors: found.errors }
      return { path: found.external ? found.path : pathToFileURL(found.path).href, external: true }
    })
  },
}

/** The exports of a TypeScript or JavaScript module of the user's. Faults where it cannot be read, compiled or run. */
export const loadModule = async (file: string): Promise<Exports> => {
  const path = resolve(file)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) {
    throw userFault('file-not-found', `${file} is not a file that can be read`, {
      suggestion: 'Give the path of the module that exports your model.',
    })
  }
  const code = await bundle(path, file)
  const bundled = join(tmpdir(), `densor-${randomBytes(8).toString('hex')}.mjs`)
  await writeFile(bundled, code, { mode: 0o600 })
  try {
    return await import(pathToFileURL(bundled).href)
  } catch (error) {
    throw userFault('module-throws', `${file} throws while it is loaded: ${messageOf(error)}`)
  } finally {
    await rm(bundled, { force: true })
  }
}

const bundle = async (path: string, file: string): Promise<string> => {
  try {
    const { outputFiles } = await build({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      logLevel: 'silent',
      plugins: [packagesOutside],
    })
    return outputFiles[0]?.text ?? ''
  } catch (error) {
    const [first] = isBuildFailure(error) ? error.errors : []
    const place = first?.location ? `${first.location.file}:${first.location.line}: ` : ''
    throw userFault('module-syntax', `${file} cannot be compiled: ${place}${first?.text ?? messageOf(error)}`)
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure => error instanceof Error && 'errors' in error

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
