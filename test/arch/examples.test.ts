import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from './programs.js'
import { docOf, exportsOf, type PublicFunction, publicFunctions } from './public.js'
import { root } from './tree.js'

/*
 * Every function that densor exports has a docstring in plain English: a first sentence that says what it is, and one
 * example, a complete program that compiles against the built package.
 */

const EXAMPLE = /@example\n```ts\n([\s\S]*?)```$/

const exampleIn = (doc: string): string => EXAMPLE.exec(doc)?.[1] ?? ''

/** Words of this house that a stranger does not understand, with what to write. */
const IDIOMS: readonly (readonly [RegExp, string])[] = [
  [/\bunless (given|told|said)\b/i, "'unless given': write 'Default: 1.'"],
  [/\bLeft\b/, "'Left: …': write 'Fails with a fault if …'"],
  [/\basked for\b/i, "'asked for': write 'requested', or name the thing"],
  [
    /(?<!there )\b(?:is|are) no (?!longer|more|different|better|worse|larger|smaller|need)\b/i,
    "'is no …': write 'is not a …'",
  ],
  [/(?<!\bin )\bplaces?\b/i, "'place': write 'position', or 'where'"],
  [/\bis said\b|\bto say\b|\bsaid\b/i, "'said': write 'given', 'named' or 'shown'"],
  [/\bof the user's own\b/i, "'of the user's own': write 'your own'"],
  [/\bMay not\b/, "'May not': write 'never'"],
]

/** What a docstring lacks, in words. */
const lacks = ({ name, entries, doc }: PublicFunction): readonly string[] => {
  if (doc === '') return ['there is no docstring right above it']
  const [sentence = ''] = /^[\s\S]*?[.:](?=\s|$)/.exec(doc) ?? []
  const examples = doc.match(/@example\b/g)?.length ?? 0
  const code = exampleIn(doc)
  const [plain = name] = name.split('.')
  const imports = [...code.matchAll(/import (?:type )?\{([^}]*)\} from '([^']+)'/g)]
  const own = imports.find(([, names = '']) => new RegExp(`\\b${plain}\\b`).test(names))
  return [
    ...(/^[A-Z0-9]/.test(sentence) && sentence.split(/\s+/).length > 3
      ? []
      : ['its first sentence does not say what it is']),
    ...(examples === 1 ? [] : [`it has ${examples} @example, expected 1`]),
    ...(code === '' ? ['it does not end with an @example and a program between ```ts and ```'] : []),
    ...(code === '' || own !== undefined ? [] : [`its example does not import ${plain}`]),
    ...(own === undefined || entries.includes(own[2] ?? '') ? [] : [`'${own[2]}' does not export ${plain}`]),
    ...IDIOMS.flatMap(([idiom, advice]) => (idiom.test(doc.replace(EXAMPLE, '')) ? [advice] : [])),
  ]
}

describe('the docstrings of the public functions', () => {
  let all: readonly PublicFunction[] = []
  let said: ReadonlyMap<string, readonly string[]> = new Map()
  const fileOf = ({ file, name }: PublicFunction): string => `${file} ${name}`.replaceAll(/[/. ]/g, '-')
  beforeAll(async () => {
    all = await publicFunctions(root)
    const programs = all.map(one => ({ name: fileOf(one), code: exampleIn(one.doc) }))
    const control = { name: 'control', code: "import { nothingOfTheKind } from 'densor'" }
    const written = [...programs.filter(({ code }) => code !== ''), control]
    // the types of unplugin name packages that nobody has
    said = await compile(join(root, 'test', 'arch', '.gen-examples'), written, { skipLibCheck: true })
  })

  test('there are many', () => {
    expect(all.length).toBeGreaterThan(150)
    expect(all.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dense', 'fit', 'fromCsv', 'saveWeights']),
    )
  })

  test('each says what the function is, and has one example', () => {
    const missing = all.flatMap(one => lacks(one).map(what => `${one.file} ${one.name}: ${what}`))
    expect(missing).toEqual([])
  })

  test('each example compiles', () => {
    const wrong = all.flatMap(one =>
      (said.get(fileOf(one)) ?? []).map(what => `${one.file} ${one.name}: ${what}`),
    )
    expect(wrong).toEqual([])
    expect(said.get('control')?.join('\n')).toContain('nothingOfTheKind')
  })
})

describe('control', () => {
  const example = "@example\n```ts\nimport { twice } from 'densor'\n\ntwice(2)\n```"
  const twice = (doc: string): PublicFunction => ({ name: 'twice', file: 'a.ts', entries: ['densor'], doc })

  test('a good docstring lacks nothing', () => {
    expect(lacks(twice(`The double of a number.\n\n${example}`))).toEqual([])
  })

  test.each([
    ['', 'no docstring'],
    [`twice x.\n\n${example}`, 'first sentence'],
    ['The double of a number.', '0 @example'],
    [`The double of a number.\n\n${example}\n\n${example}`, '2 @example'],
    [`The double of a number.\n\n${example.replace('twice }', 'thrice }')}`, 'does not import twice'],
    [`The double of a number.\n\n${example.replace("'densor'", "'densor/csv'")}`, 'does not export twice'],
    [`The double of a number, 1 unless given.\n\n${example}`, 'Default: 1'],
  ])('%j', (doc, what) => {
    expect(lacks(twice(doc)).join('\n')).toContain(what)
  })

  test('a docstring is found through re-exports, and that of another name is not taken', () => {
    expect(exportsOf(root, 'src/index.ts').get('dense')).toEqual({
      file: 'dsl/layers/dense.ts',
      name: 'dense',
    })
    expect(exportsOf(root, 'src/page.ts').get('text.grouped')).toEqual({
      file: 'src/text.ts',
      name: 'grouped',
    })
    const text =
      '/** One. */\nexport const one = 1\nexport const two = 2\n/**\n * Three\n * lines.\n */\nexport function three() {}\n'
    expect(['one', 'two', 'three'].map(name => docOf(text, name))).toEqual(['One.', '', 'Three\nlines.'])
  })
})
