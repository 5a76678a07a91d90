/** The functions that densor exports by any of its entries, with the docstrings above them. */
import { join, posix } from 'node:path'
import { textOf } from './tree.js'

export interface PublicFunction {
  readonly name: string
  /** The file that declares it. */
  readonly file: string
  /** The entries that export it, as a user writes them: `densor`, `densor/csv`. */
  readonly entries: readonly string[]
  /** The text of its docstring; empty where it has none. */
  readonly doc: string
}

/** A name that a module exports, where it is declared, and under which name. */
interface Declared {
  readonly file: string
  readonly name: string
}

// Statements begin a line; type-only ones export no function.
const NAMED = /^export \{([^}]*)\}(?: from '([^']+)')?/gm
const ALL = /^export \* (?:as (\w+) )?from '([^']+)'/gm
const OWN = /^export (?:declare )?(?:abstract )?(?:const|async function|function|class) (\w+)/gm

const besides = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')

/** What a module of the tree exports, by name; members of `export * as text` by `text.name`. */
export const exportsOf = (base: string, file: string): ReadonlyMap<string, Declared> => {
  const text = textOf(base, file)
  const found = new Map<string, Declared>()
  for (const [, name = ''] of text.matchAll(OWN)) found.set(name, { file, name })
  for (const [, names = '', from] of text.matchAll(NAMED))
    for (const part of names.split(',').map(each => each.trim())) {
      if (part === '' || part.startsWith('type ')) continue
      const [name = '', as = name] = part.split(' as ')
      const there = from?.startsWith('.') ? exportsOf(base, besides(file, from)).get(name) : undefined
      found.set(as, there ?? { file, name })
    }
  for (const [, as, from = ''] of text.matchAll(ALL))
    for (const [name, declared] of exportsOf(base, besides(file, from)))
      found.set(as === undefined ? name : `${as}.${name}`, declared)
  return found
}

/** The text of the docstring right above the declaration of a name, without its stars. */
export const docOf = (text: string, name: string): string => {
  const declaration = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n(?:// [^\\n]*\\n)*export (?:abstract )?(?:const|async function|function|class) ${name}\\b`,
  )
  const [, inside = ''] = declaration.exec(text) ?? []
  return inside.replace(/^[ \t]*\*? ?/gm, '').trim()
}

/** The entries that package.json names, each with its source: `densor/csv` is `src/csv.ts`. */
export const entriesOf = (base: string): readonly (readonly [string, string])[] => {
  const { name, exports } = JSON.parse(textOf(base, 'package.json'))
  return Object.entries(exports).flatMap(([path, targets]) => {
    const sources = [...JSON.stringify(targets).matchAll(/"\.\/dist\/((?!cjs)[^"]+)\.d\.ts"/g)]
    return sources.map(([, source]) => [posix.join(name, path), `${source}.ts`] as const)
  })
}

const memberOf = (module: object, path: string): unknown =>
  path.split('.').reduce<unknown>((from, key) => Object(from)[key], module)

/** Every function and class that an entry exports, once each. */
export const publicFunctions = async (base: string): Promise<readonly PublicFunction[]> => {
  const found = new Map<string, PublicFunction>()
  for (const [entry, source] of entriesOf(base)) {
    const module: object = await import(join(base, source))
    for (const [as, { file, name }] of exportsOf(base, source)) {
      if (typeof memberOf(module, as) !== 'function') continue
      const key = `${file} ${name}`
      const before = found.get(key)?.entries ?? []
      const entries = before.includes(entry) ? before : [...before, entry]
      found.set(key, { name: as, file, entries, doc: docOf(textOf(base, file), name) })
    }
  }
  return [...found.values()]
}
