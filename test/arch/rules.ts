/** The rules of the house, each a function from a tree to the sentences that say where it is broken. */
import { filesOf, foldersOf, type Import, importsOf, textOf } from './tree.js'

/** The product, from the left to the right of the arrows; an import may only point right. */
export const LAYERS = ['src', 'dsl', 'compiler', 'runtime'] as const

/** Which packages may be imported, and by which files. Built-in modules are here too, as `node:`. */
const PACKAGES: readonly (readonly [name: RegExp, where: RegExp, why: string])[] = [
  [/^fp-ts\//, /^src\//, 'fp-ts is for the public edge'],
  // The signatures of the public functions say Either and TaskEither; types only, checked below.
  [/^fp-ts\//, /^dsl\/types\/signatures(-\w+)?\.ts$/, 'fp-ts is for the public edge'],
  [/^io-ts/, /^src\//, 'io-ts is for the public edge'],
  [/^fast-check$/, /^src\/testing\//, 'fast-check is a peer dependency that only densor/testing may ask for'],
  [
    /^esbuild$/,
    /^src\/(cli|embed|plugin)\//,
    'esbuild loads the files given to the command, and bundles modules',
  ],
  [/^unplugin$/, /^src\/plugin\//, 'unplugin is for the plugins'],
  [/^picocolors$/, /^src\/(platform\/node|cli\/\w+)\.ts$/, 'colours are for the terminal'],
  [/^papaparse$/, /^src\/csv\.ts$/, 'tables are an entry of their own: who has none pays nothing'],
  [/^node:/, /^src\//, 'the compiler and the runtime work in a browser'],
  // The native target alone needs a C compiler, files and a foreign call; nothing loads it before it is asked for.
  [
    /^node:/,
    /^compiler\/targets\/(native|cc?|cc?-\w+)\.ts$|^runtime\/native\.ts$/,
    'only the native target may',
  ],
  [/^koffi$/, /^runtime\/native\.ts$/, 'only the native executor calls foreign functions'],
]

const top = (path: string): string => path.split('/')[0] ?? ''

const productImports = (base: string): readonly Import[] => importsOf(base, LAYERS)

/** Imports within the product that point left. */
export const wrongWay = (base: string): readonly string[] =>
  productImports(base).flatMap(({ from, file, specifier }) => {
    if (!/^[.#]/.test(specifier)) return []
    if (file === undefined) return [`${from} imports ${specifier}, which is no file of the project`]
    return rank(file) >= rank(from)
      ? []
      : [`${from} imports ${file}: an arrow may only point ${LAYERS.join(' → ')}`]
  })

const rank = (path: string): number => (LAYERS as readonly string[]).indexOf(top(path))

/** Imports by the examples of anything but src/ and packages: they see what a user sees. */
export const deepInside = (base: string): readonly string[] =>
  importsOf(base, ['examples']).flatMap(({ from, specifier, file }) =>
    !specifier.startsWith('.') || (file !== undefined && ['src', 'examples'].includes(top(file)))
      ? []
      : [`${from} imports ${specifier}: an example uses src/ and packages only`],
  )

/** Imports of packages and built-in modules where they may not be. */
export const foreign = (base: string): readonly string[] =>
  productImports(base).flatMap(({ from, specifier, types }) => {
    if (/^[.#]/.test(specifier)) return []
    const entries = PACKAGES.filter(([name]) => name.test(specifier))
    if (entries.length === 0) return [`${from} imports ${specifier}, which no rule allows`]
    if (!entries.some(([, where]) => where.test(from)))
      return [`${from} imports ${specifier}: ${entries[0]?.[2]}`]
    return top(from) === 'dsl' && !types ? [`${from} imports ${specifier} at run time`] : []
  })

/** What may not be loaded by importing an entry, and why. */
const ENTRIES: readonly (readonly [entry: string, packages: RegExp, why: string])[] = [
  ['src/index.ts', /^(fast-check|esbuild)$/, 'importing densor must not load tools'],
  ['src/index.ts', /^(fp-ts\/|io-ts$|koffi$)/, 'what only some programs need is loaded when they need it'],
  ['runtime/index.ts', /./, 'a shipped model carries only the runtime'],
  ['compiler/compile.ts', /^(node:|koffi$)/, 'models are compiled in browsers too'],
  ['src/cli/main.ts', /^fast-check$/, 'fast-check is a peer dependency that users of the command may lack'],
]

/** Entries that load, at whatever distance, a package that they may not. */
export const overloaded = (base: string): readonly string[] => {
  const imports = productImports(base).filter(({ types, dynamic }) => !types && !dynamic)
  return ENTRIES.flatMap(([entry, packages, why]) => {
    const reached = new Set([entry])
    // A set hands out what is added while it is walked.
    for (const path of reached)
      for (const { from, file } of imports) if (from === path && file !== undefined) reached.add(file)
    return imports
      .filter(
        ({ from, specifier }) => reached.has(from) && !/^[.#]/.test(specifier) && packages.test(specifier),
      )
      .map(({ from, specifier }) => `${entry} loads ${specifier}, through ${from}: ${why}`)
  })
}

/** Imports of types that may close a circle, with the reason. Nothing of them is left at run time. */
export interface Excuse {
  readonly from: RegExp
  readonly to: RegExp
  readonly why: string
}

/**
 * Groups of files that import one another in a circle: by values only, or by any import but the excused.
 * One sentence for each group.
 */
export const cycles = (base: string, excuses: 'values' | readonly Excuse[]): readonly string[] => {
  const edges = new Map<string, string[]>()
  const counts = ({ from, file, types }: Import): boolean =>
    !types || (excuses !== 'values' && !excuses.some(e => e.from.test(from) && e.to.test(file ?? '')))
  for (const entry of productImports(base)) {
    const { from, file } = entry
    if (file !== undefined && counts(entry)) edges.set(from, [...(edges.get(from) ?? []), file])
  }
  return circles(edges).map(group => [...group].sort().join(' ↔ '))
}

/** Strongly connected components of more than one file, or of one that imports itself (Tarjan 1972). */
const circles = (edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] => {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string): number => {
    const number = index.size
    index.set(file, number)
    stack.push(file)
    let lowest = number
    for (const next of edges.get(file) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next))
      else if (stack.includes(next)) lowest = Math.min(lowest, low.get(next) ?? index.get(next) ?? number)
    }
    low.set(file, lowest)
    if (lowest === number) {
      const group = stack.splice(stack.indexOf(file))
      if (group.length > 1 || edges.get(file)?.includes(file)) found.push(group)
    }
    return lowest
  }
  for (const file of edges.keys()) if (!index.has(file)) visit(file)
  return found
}

/** Folders without a README.md. In test/ the README of a folder above speaks for those below. */
export const unexplained = (base: string): readonly string[] => {
  const files = new Set(filesOf(base))
  const tops = [...LAYERS, 'examples', 'bench', 'test', '.ci']
  return foldersOf(base)
    .filter(folder => tops.includes(top(folder)))
    .filter(folder => files.has(`${folder}/README.md`) === false && !holdsNothing(folder, files))
    .filter(folder => !['test', '.ci', 'bench', 'examples'].includes(top(folder)) || folder === top(folder))
    .map(folder => `${folder}/ has no README.md`)
}

const holdsNothing = (folder: string, files: ReadonlySet<string>): boolean =>
  ![...files].some(file => file.startsWith(`${folder}/`))

const NAMED = /`([\w./-]+\.(?:ts|js|mjs|py|sh))`/g

/** Files that a document names in backquotes, and that are nowhere in the tree. `NAME.ts` is a place for a name. */
export const misnamed = (base: string): readonly string[] => {
  const files = filesOf(base)
  const names = new Set(files.map(path => path.split('/').at(-1)?.replace(/\.js$/, '.ts')))
  return files
    .filter(path => path.endsWith('.md') && path !== 'CHANGELOG.md')
    .flatMap(path =>
      [...textOf(base, path).matchAll(NAMED)]
        .map(([, named = '']) => named.split('/').at(-1) ?? '')
        .filter(name => name !== 'NAME.ts' && !names.has(name.replace(/\.js$/, '.ts')))
        .map(name => `${path} names ${name}, which is no file of the project`),
    )
}

/** Words that may not stand in our own text, by the files they are looked for in. */
const WORDS: readonly (readonly [words: RegExp, where: RegExp, what: string])[] = [
  [/(?<![\w.])\/(?:work|root|home|Users|tmp|mnt)\/[\w.]/, /./, 'a path of one machine'],
  [/@ts-(?:ignore|nocheck)/, /\.(ts|js|mjs)$/, 'a silenced type error'],
  [/@ts-expect-error/, /^(src|dsl|compiler|runtime|examples)\//, 'a silenced type error'],
  [/\bas unknown as\b|\bas any\b/, /^(src|dsl|compiler|runtime|examples)\/.*\.ts$/, 'a forced cast'],
  [/\b(?:test|it|describe)\.(?:skip|only|todo|fails)\b/, /^test\/.*\.ts$/, 'a test that is set apart'],
  [/\b(?:TODO|FIXME|XXX)\b|\bfor now\b|\bnot implemented\b/i, /\.(ts|js|mjs|sh)$/, 'unfinished work'],
]

// The rules themselves, and their controls, quote what they forbid.
const QUOTES = /^test\/arch\//

/** Text that may not be in the project: local paths, silenced errors, skipped tests, unfinished work. */
export const forbidden = (base: string): readonly string[] =>
  filesOf(base)
    .filter(path => /\.(ts|js|mjs|sh|py|md|json|txt)$|^\.ci\/run$/.test(path) && !QUOTES.test(path))
    .flatMap(path => {
      const rules = WORDS.filter(([, where]) => where.test(path))
      const text = textOf(base, path)
      if (!rules.some(([words]) => words.test(text))) return []
      return text
        .split('\n')
        .flatMap((line, i) =>
          rules.flatMap(([words, , what]) =>
            words.test(line) ? [`${path}:${i + 1}: ${what}: ${line.trim()}`] : [],
          ),
        )
    })
