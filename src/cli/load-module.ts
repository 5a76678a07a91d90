import { randomBytes } from 'node:crypto'
import { access, constants, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildFailure, Loader, Plugin } from 'esbuild'
import { Fault, userFault } from '../../runtime/fault.js'
import { hasEsbuild, loadEsbuild } from '../embed/esbuild.js'
import { removeLeftovers } from '../formats/files.js'

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

/** `import.meta` keeps meaning the file in which it is written, though all of them are run as one, elsewhere. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      if (!text.includes('import.meta')) return undefined
      const contents = text
        .replace(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(path).href))
        .replace(/\bimport\.meta\.dirname\b/g, JSON.stringify(dirname(path)))
        .replace(/\bimport\.meta\.filename\b/g, JSON.stringify(path))
      const loaders: Readonly<Record<string, Loader>> = { ts: 'ts', tsx: 'tsx', jsx: 'jsx' }
      return { contents, loader: loaders[extname(path).replace(/^\.[cm]?/, '')] ?? 'js' }
    })
  },
}

/** A module of the user's, run: its exports, and every file that it is made of. */
export interface LoadedModule {
  readonly exports: Exports
  readonly files: readonly string[]
}

/** The exports of a TypeScript or JavaScript module of the user's. Faults where it cannot be read, compiled or run. */
export const loadModule = async (file: string): Promise<Exports> => (await loadModuleWithFiles(file)).exports

const BUNDLED = /^densor-[0-9a-f]{16}\.mjs$/

/** Removes the modules that builds which were killed, with the processes that ran them, have left. */
const removeOldModules = (): Promise<void> => removeLeftovers(tmpdir(), name => BUNDLED.test(name))

/** Where a bundled module is written while it is run: a new file of the system's folder for temporary files. */
export const temporaryModule = (): string => join(tmpdir(), `densor-${randomBytes(8).toString('hex')}.mjs`)

/**
 * The same, with the files: what a watcher has to look at. `bundled` is where the module is written while it runs, for
 * callers that remove it when they end this process.
 */
export const loadModuleWithFiles = async (
  file: string,
  bundled = temporaryModule(),
): Promise<LoadedModule> => {
  const path = resolve(file)
  const found = await stat(path).catch(() => undefined)
  const isReadable = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
  if (found?.isFile() !== true || !isReadable) {
    throw userFault('file-not-found', `${file} is not a file that can be read`, {
      suggestion: 'Give the path of the module that exports your model.',
    })
  }
  if (isForNode(path) && !(await hasEsbuild())) return { exports: await run(path, file), files: [path] }
  const { code, files } = await bundle(path, file)
  await removeOldModules()
  await writeFile(bundled, code, { mode: 0o600 })
  try {
    return { exports: await run(bundled, file), files }
  } finally {
    await rm(bundled, { force: true })
  }
}

/** Whether this Node runs the file as it is: JavaScript, and TypeScript from Node 22.18 on. */
const isForNode = (path: string): boolean =>
  /\.[cm]?js$/.test(path) || (/\.[cm]?ts$/.test(path) && Boolean(Reflect.get(process.features, 'typescript')))

const run = async (path: string, file: string): Promise<Exports> => {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    if (isFaultError(error)) throw error.fault
    throw userFault('module-throws', `${file} throws while it is loaded: ${messageOf(error)}`)
  }
}

interface Bundled {
  readonly code: string
  readonly files: readonly string[]
}

const bundle = async (path: string, file: string): Promise<Bundled> => {
  const { build } = await loadEsbuild(`Loading ${file}`)
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      sourceRoot: pathToFileURL(`${dirname(path)}/`).href,
      logLevel: 'silent',
      plugins: [packagesOutside, ownPlaces],
    })
    const files = Object.keys(metafile.inputs).map(input => resolve(dirname(path), input))
    return { code: outputFiles[0]?.text ?? '', files }
  } catch (error) {
    const [first] = isBuildFailure(error) ? error.errors : []
    const place = first?.location ? `${first.location.file}:${first.location.line}: ` : ''
    throw userFault('module-syntax', `${file} cannot be compiled: ${place}${first?.text ?? messageOf(error)}`)
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure => error instanceof Error && 'errors' in error

/** What `run` and `unwrap` throw, of whichever copy of densor: the fault in it is the better message. */
const isFaultError = (error: unknown): error is { readonly fault: Fault } =>
  error instanceof Error && 'fault' in error && error.fault instanceof Fault

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
