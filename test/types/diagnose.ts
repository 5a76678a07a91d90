/**
 * Compiles small programs written in the DSL's words and reads back what TypeScript says: diagnostics and
 * hovers.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { API, type Diagnostic } from 'typescript/unstable/sync'

/** Where programs take the DSL from: its declared words, which are cheap to compile, or all of densor. */
export type Words = 'declared' | 'real'

const entries: Readonly<Record<Words, string>> = { declared: '../words.js', real: '../../../src/index.js' }

const headerOf = (words: Words): string => `
import { input, sequential, graph, graphs, seq, residual } from '${entries[words]}'
import { dense, activation, batchNorm, layerNorm, dropout, flatten, reshape } from '${entries[words]}'
import { conv2d, depthwiseConv2d, maxPool2d, averagePool2d, globalAveragePool2d } from '${entries[words]}'
import { asNode, add, sub, mul, where, concat, matmul, einsum, permute, mean, sum } from '${entries[words]}'
import { fit, evaluate, predict, init, tensor, asShape, asShapes } from '${entries[words]}'
import { categoricalCrossentropy, sparseCategoricalCrossentropy } from '${entries[words]}'
import type { Sym, Tensor, WeightsOf, ParamsOf, Shape, ShapeError } from '../../../dsl/types/index.js'
import type * as d from '../../../dsl/types/index.js'
import { T, sym, nodes, any, type Equal, type Check } from '../words.js'
`

/** A diagnostic: the text under the squiggle, its number, and all that it says. */
export interface Found {
  readonly at: string
  readonly code: number
  readonly text: string
}

const here = fileURLToPath(new URL('.', import.meta.url))

/** Settings of TypeScript beside the project's own. */
export type Settings = Readonly<Record<string, boolean>>

const configurationOf = (words: Words, settings: Settings = {}) => ({
  extends: '../../../tsconfig.json',
  compilerOptions: {
    ...settings,
    noEmit: true,
    noUnusedLocals: false,
    types: words === 'real' ? ['node'] : [],
    rootDir: '../../..',
  },
  include: ['*.ts'],
  exclude: [],
})

/** Writes programs into a folder that git ignores, each after the header, and returns the folder. */
export const writePrograms = (
  folder: string,
  programs: Readonly<Record<string, string>>,
  words: Words = 'declared',
  settings: Settings = {},
): string => {
  const path = join(here, `.gen-${folder}`)
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(path, `${name}.ts`), sourceOf(text, words))
  }
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify(configurationOf(words, settings)))
  return path
}

const sourceOf = (text: string, words: Words): string => `${headerOf(words)}${text}\nexport {}\n`

const inProject = <T>(path: string, read: (project: ReturnType<typeof open>) => T): T => {
  const api = new API({ cwd: path })
  try {
    return read(open(api, path))
  } finally {
    api.close()
  }
}

const open = (api: API, path: string) => {
  const config = join(path, 'tsconfig.json')
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
  if (project === undefined) throw new Error(`${config} does not open`)
  return project
}

const foundIn = (source: string, { pos, end, code, text, messageChain }: Diagnostic): Found => {
  const last = lastOf(messageChain ?? [])
  return {
    at: source.slice(pos, end).replace(/\s+/g, ' '),
    code,
    // a mistake about nodes is said by the last line, which is about the marker in their types
    text: last?.includes('a node of a graph') === true ? `${text} … ${last}` : text,
  }
}

/** The innermost reason that TypeScript gives. */
const lastOf = (chain: readonly Diagnostic[]): string | undefined => {
  const last = chain.at(-1)
  return last === undefined ? undefined : (lastOf(last.messageChain ?? []) ?? last.text)
}

/** What TypeScript says about each program. */
export const diagnose = <Name extends string>(
  folder: string,
  programs: Readonly<Record<Name, string>>,
  words: Words = 'declared',
  settings: Settings = {},
): Readonly<Record<Name, readonly Found[]>> => {
  const path = writePrograms(folder, programs, words, settings)
  return inProject(path, project => {
    const found: Partial<Record<Name, readonly Found[]>> = {}
    for (const name in programs) {
      const file = join(path, `${name}.ts`)
      const source = sourceOf(programs[name], words)
      found[name] = [
        ...project.program.getSyntacticDiagnostics(file),
        ...project.program.getSemanticDiagnostics(file),
      ].map(diagnostic => foundIn(source, diagnostic))
    }
    return found as Record<Name, readonly Found[]>
  })
}

/** What TypeScript says about a file that stands on its own in this folder. */
export const diagnoseFile = (file: URL): readonly Found[] => {
  const path = writePrograms('file', {})
  const files = [fileURLToPath(file)]
  writeFileSync(
    join(path, 'tsconfig.json'),
    JSON.stringify({ ...configurationOf('declared'), include: [], files }),
  )
  const source = readFileSync(file, 'utf8')
  return inProject(path, ({ program }) =>
    files
      .flatMap(name => program.getSemanticDiagnostics(name))
      .map(diagnostic => foundIn(source, diagnostic)),
  )
}

const NO_TRUNCATION = 1

/** The type that a hover shows for each of the exported constants of a program. */
export const hovers = (folder: string, program: string): Readonly<Record<string, string>> => {
  const path = writePrograms(folder, { program })
  const source = sourceOf(program, 'declared')
  return inProject(path, ({ checker }) => {
    const shown: Record<string, string> = {}
    for (const match of source.matchAll(/export const (\w+)/g)) {
      const name = match[1] ?? ''
      const at = match.index + 'export const '.length
      const type = checker.getTypeAtPosition(join(path, 'program.ts'), at)
      shown[name] = type === undefined ? 'no type' : checker.typeToString(type, undefined, NO_TRUNCATION)
    }
    return shown
  })
}
