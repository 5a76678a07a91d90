/** From planned models to the files of a module: source with its glue bundled in, types, and what lies beside. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WeightVectors } from '../../dsl/trace/initial.js'
import { aboutModel, bannerOf } from './banner.js'
import { declarationsOf } from './declarations.js'
import { loadEsbuild } from './esbuild.js'
import type { EmbedPlan } from './plan.js'
import { type ModelSource, sourceOf } from './source.js'
import type { StorageOptions } from './storage.js'

/** A model with its weights; without, the module takes them. */
export interface ModelParts {
  readonly plan: EmbedPlan
  readonly weights: WeightVectors | undefined
}

/** One module for each model, or one for all. */
export type EmitForm = 'modules' | 'models'

/** A file of the output: its name, and what is in it. */
export interface EmittedFile {
  readonly name: string
  readonly content: string | Uint8Array
}

const glueFolder = join(dirname(fileURLToPath(import.meta.url)), 'glue')

/** Bundles the glue that sources use into one text. */
const bundle = async (
  sources: readonly ModelSource[],
  exports: readonly string[],
  banner: string,
): Promise<string> => {
  const imports = new Map(sources.flatMap(s => s.imports))
  const contents = [
    ...[...imports].map(([name, file]) => `import { ${name} } from './${file}.js'`),
    ...sources.flatMap(s => s.assetImports),
    ...sources.flatMap(s => s.lines),
    ...exports,
  ].join('\n')
  const { build } = await loadEsbuild('Building a module')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: glueFolder, sourcefile: 'model.js', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['*.wasm'],
    minifySyntax: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: banner },
    tsconfigRaw: '{}',
  })
  const text = outputFiles[0]?.text ?? ''
  // esbuild names each file of the glue in a comment; the folder of densor does not belong in the output
  const shown = text.replace(/^\/\/ .*\n/gm, '').replace(/\n{2,}/g, '\n')
  const literals = new Map(sources.flatMap(s => [...s.literals]))
  return shown.replace(/@\w*@/g, stand => literals.get(stand) ?? stand)
}

/** With `weights: 'none'` a module takes them, and so it does where there are none. */
const settled = ({ plan, weights: given }: ModelParts, storage: StorageOptions) => {
  const weights = storage.weights === 'none' ? undefined : given
  const empty = weights === undefined && plan.layout.weights.length > 0
  return { plan, weights, empty, stored: { ...storage, ...(empty ? { weights: 'none' as const } : {}) } }
}

/** A model as a module of its own: `NAME.js` exports its functions, `NAME.d.ts` says their shapes. */
export const emitModule = async (
  parts: ModelParts,
  storage: StorageOptions,
): Promise<readonly EmittedFile[]> => {
  const { plan, weights, empty, stored } = settled(parts, storage)
  const source = sourceOf(plan, stored, weights)
  const about = aboutModel(plan, stored)
  const exports = source.api.map(([name, expression]) =>
    name === expression ? `export { ${name} };` : `export const ${name} = ${expression};`,
  )
  return [
    { name: `${plan.name}.js`, content: await bundle([source], exports, bannerOf(about)) },
    { name: `${plan.name}.d.ts`, content: declarationsOf(plan, stored, empty) },
    ...source.assets.map(([name, content]) => ({ name, content })),
  ]
}

/** Several models as one module, each an object of its functions: what a `*.model.ts` becomes. */
export const emitModels = async (
  models: readonly ModelParts[],
  storage: StorageOptions,
): Promise<readonly EmittedFile[]> => {
  const all = models.map(parts => settled(parts, storage))
  const sources = all.map(({ plan, weights, stored }, i) => sourceOf(plan, stored, weights, `m${i}_`))
  const exports = sources.map((source, i) => {
    const members = source.api.map(([name, expression]) => `${name}: ${expression}`)
    // what is exported may be a word of the language, as `default` is
    return `const m${i} = { ${members.join(', ')} };\nexport { m${i} as ${models[i]?.plan.name} };`
  })
  const banner = bannerOf(all.flatMap(({ plan, stored }) => aboutModel(plan, stored)))
  return [
    { name: 'models.js', content: await bundle(sources, exports, banner) },
    ...sources.flatMap(s => s.assets.map(([name, content]) => ({ name, content }))),
  ]
}
