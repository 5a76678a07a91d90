/** The files of a source tree, and the imports they make. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

const IGNORED = new Set(['node_modules', 'dist', 'out', 'coverage'])

/** Paths below `base`, relative to it and with forward slashes; folders that git ignores are left out. */
const walk = (base: string, folder: string, kind: 'files' | 'folders'): readonly string[] =>
  readdirSync(join(base, folder), { withFileTypes: true }).flatMap(entry => {
    const path = posix.join(folder, entry.name)
    if (!entry.isDirectory()) return kind === 'files' ? [path] : []
    if (IGNORED.has(entry.name) || /^\.(git|venv|gen)/.test(entry.name)) return []
    return [...(kind === 'folders' ? [path] : []), ...walk(base, path, kind)]
  })

/** Every file of the tree that git would keep, by path. */
export const filesOf = (base: string): readonly string[] => walk(base, '', 'files')

/** Every folder of the tree, by path. */
export const foldersOf = (base: string): readonly string[] => walk(base, '', 'folders')

/** The text of a file of the tree. */
export const textOf = (base: string, path: string): string => readFileSync(join(base, path), 'utf8')

/** One import or re-export. `types` is true where nothing of it is left in the emitted JavaScript. */
export interface Import {
  readonly from: string
  readonly specifier: string
  /** The file of the tree that is meant, or `undefined` for a package or a built-in module. */
  readonly file: string | undefined
  readonly types: boolean
  /** True for `import(…)`, which loads only when it is reached. */
  readonly dynamic: boolean
}

// Statements begin a line; a line of a comment does not.
const STATIC = /^(?:import|export)\b(\s+type\b)?[^'"`;=]*?\bfrom\s*['"]([^'"]+)['"]/gm
const BARE = /^import\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(,])\/\/.*$/gm

/** The imports that a module's text makes, in three forms: static, for effect only, dynamic. */
export const importsIn = (
  from: string,
  text: string,
  files: ReadonlySet<string>,
  seams: ReadonlyMap<string, string> = new Map(),
): readonly Import[] => {
  const code = text.replace(COMMENT, '')
  const entry = (specifier: string, types: boolean, dynamic = false): Import => ({
    from,
    specifier,
    file: seams.get(specifier) ?? resolve(from, specifier, files),
    types,
    dynamic,
  })
  return [
    ...[...code.matchAll(STATIC)].map(([, types, specifier = '']) => entry(specifier, types !== undefined)),
    ...[...code.matchAll(BARE)].map(([, specifier = '']) => entry(specifier, false)),
    ...[...code.matchAll(DYNAMIC)].map(([, specifier = '']) => entry(specifier, false, true)),
  ]
}

const resolve = (from: string, specifier: string, files: ReadonlySet<string>): string | undefined => {
  if (!specifier.startsWith('.')) return undefined
  const path = posix.join(posix.dirname(from), specifier)
  return [path, path.replace(/\.js$/, '.ts')].find(candidate => files.has(candidate))
}

/** The files behind `#names`, on one platform: what package.json says, as sources. */
const seamsOf = (base: string, platform: Platform): ReadonlyMap<string, string> => {
  if (!existsSync(join(base, 'package.json'))) return new Map()
  const { imports = {} } = JSON.parse(textOf(base, 'package.json'))
  const built = Object.entries<Readonly<Record<string, string>>>(imports)
  return new Map(
    built.map(([name, targets]) => [
      name,
      (targets[platform] ?? '').replace('./dist/', '').replace(/\.js$/, '.ts'),
    ]),
  )
}

/** Which of the files behind a `#name` is meant: Node's, or that of pages. */
export type Platform = 'node' | 'default'

/** All imports made by the TypeScript files in the given top folders. */
export const importsOf = (
  base: string,
  tops: readonly string[],
  platform: Platform = 'node',
): readonly Import[] => {
  const files = filesOf(base)
  const seams = seamsOf(base, platform)
  const known = new Set(files)
  return files
    .filter(path => /\.ts$/.test(path) && tops.includes(path.split('/')[0] ?? ''))
    .flatMap(path => importsIn(path, textOf(base, path), known, seams))
}
