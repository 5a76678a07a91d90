import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildRequest } from '../embed/request.js'
import type { StorageOptions } from '../embed/storage.js'

/** Options of every plugin of densor. */
export interface DensorOptions extends Pick<StorageOptions, 'format'> {
  /** The modules to compile. Default: those whose names end in `.model.ts` (or js, mts, …). */
  readonly include?: RegExp
  /** `import` is for engines that do not compile bytes at run time. Default: 'inline'. */
  readonly wasm?: 'inline' | 'import'
  /** Milliseconds for building one module. Default: 30,000. */
  readonly limit?: number
}

/** What the plugins take that know no modules of WebAssembly: it is always inlined. */
export type InlineOptions = Omit<DensorOptions, 'wasm'>
/**
 * A plugin of Vite, Rollup or Rolldown. Its hooks have the bundler's types, which are not repeated here: so that the
 * types of densor name no bundler that is not installed.
 */
export interface HookedPlugin {
  readonly name: string
}

/** A plugin of webpack or Rspack. */
export interface AppliedPlugin {
  apply(compiler: unknown): void
  readonly [more: string]: unknown
}

/** The modules that are compiled by default. */
export const MODEL_FILES = /\.model\.[cm]?[jt]s$/

/** What to ask the builder for a module. */
export const requestOf = (file: string, { format, wasm }: DensorOptions): BuildRequest => ({
  file,
  form: 'models',
  embeddedOnly: true,
  plan: {},
  storage: {
    ...(format === undefined ? {} : { format }),
    ...(wasm === undefined ? {} : { wasm }),
  },
})

/** Where a message belongs. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `file:line:column`, taken apart; columns count from 0. */
export const locationOf = (place: string | undefined): Location | undefined => {
  const found = /^(.*):(\d+):(\d+)$/.exec(place ?? '')
  const [, where = '', line, column] = found ?? []
  if (found === null) return undefined
  const file = where.startsWith('file:') ? fileURLToPath(where) : where
  return isAbsolute(file) ? { file, line: Number(line), column: Number(column) - 1 } : undefined
}
