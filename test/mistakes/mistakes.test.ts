/**
 * Promises that a beginner's mistakes are told: of 108 of them, at least 100 get exactly one diagnostic, or at run time
 * one sentence that says what to do, and none is called a bug or ends in a raw exception of densor's. What is said stands in a golden file.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../arch/tree.js'

/** What was a mistake once, and does what was meant. */
const RIGHT: Readonly<Record<string, string>> = {
  'labels-f32': 'whole numbers of any dtype are class numbers',
  'optimizer-typo': 'Keras’s names are taken',
  'loss-keras-snake': 'Keras’s names are taken',
  'loss-mse-alias': 'Keras’s names are taken',
  'plain-arrays': 'arrays are taken as data',
  'typed-array-x': 'typed arrays of the right length are taken as data',
  'await-not-run': 'a task can be awaited',
  'batchsize-too-big': 'it is one batch of all rows',
  'metric-typo': 'Keras’s names are taken',
  'metric-mae': 'Keras’s names are taken',
  float64array: 'other numbers are converted',
  'dtype-f64': 'other numbers are converted',
  'uint8-clamped': 'other numbers are converted',
}

/** Programs whose mistake neither compiler nor run time tells, and why. */
const QUIET: Readonly<Record<string, string>> = {
  'nan-in-data': 'a tensor may hold NaN; fit and predict tell where it is',
  'nan-from-csv': 'a tensor may hold NaN; fit and predict tell where it is',
  'layer-twice-sequential':
    'a layer is a definition: each place has weights of its own, as names and summary show',
  'uint8-images': 'it trains, and pixels from 0 to 255 may be meant',
  'training-false-batch1-bn': 'it trains as Keras does',
}

/** Programs with several diagnostics, and why. */
const TWICE: Readonly<Record<string, string>> = {
  'history-typo': 'they are two mistakes',
  'customloss-math': 'TypeScript tells each operand of `-`',
  'operators-on-syms': 'TypeScript tells the operand of `*` and what comes of it',
}

const PRELUDE = `import { adam, asShape, batchNorm, compile, concat, conv2d, customLoss, dense, earlyStopping, evaluate, fit, flatten, fromArrays, graph, init, input, l2, loadWeights, maxPool2d, oneHot, predict, predictor, run, saveWeights, seq, sequential, sgd, split, tensor, trainStep, unwrap, type Tensor } from 'densor'
const model = sequential(input(4), dense(8, 'relu'), dense(3, 'softmax'))
const x = unwrap(tensor([60, 4], Float32Array.from({ length: 240 }, (_, i) => Math.sin(i * 7))))
const y = unwrap(tensor([60], Int32Array.from({ length: 60 }, (_, i) => i % 3), 'i32'))
const hot = unwrap(oneHot(y, 3))
const loss = 'sparseCategoricalCrossentropy'
const quiet = { verbose: 'silent' } as const
`

interface Mistake {
  readonly name: string
  readonly code: string
}

const mistakes: readonly Mistake[] = readFileSync(join(root, 'test', 'mistakes', 'programs.txt'), 'utf8')
  .split(/^### /m)
  .slice(1)
  .map(block => {
    const [name = '', ...lines] = block.trim().split('\n')
    return { name, code: lines.join('\n') }
  })

/** What came of a program that was run. */
interface Outcome {
  readonly kind: 'value' | 'user' | 'limitation' | 'bug' | 'raw' | 'thrown'
  readonly text: string
  /** Whether it says what to do. */
  readonly says?: boolean
  /** What the progress says is likely wrong, and what is said at the end about tasks that nobody ran. */
  readonly notes: readonly string[]
}

interface Told extends Mistake {
  readonly types: readonly string[]
  readonly outcome: Outcome
}

const execute = (args: readonly string[], cwd: string): Promise<string> =>
  new Promise(done => execFile(process.execPath, args, { cwd }, (_, stdout, stderr) => done(stdout + stderr)))

const CONFIGURATION = {
  extends: '../../../tsconfig.json',
  compilerOptions: { outDir: 'out', rootDir: '.', noUnusedLocals: false, customConditions: [] },
  include: ['*.ts'],
  exclude: [],
}

/** Each diagnostic's first sentence, with its number. */
const diagnosticsIn = (said: string): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, readonly string[]>()
  for (const line of said.split('\n')) {
    const [, name = '', message = ''] = /^([\w.-]+)\.ts\(\d+,\d+\): error (TS.*)$/.exec(line) ?? []
    if (name !== '') found.set(name, [...(found.get(name) ?? []), message])
  }
  return found
}

/** Compiles programs in one run of TypeScript, and runs what comes of them in one process. */
const tell = async (folder: string, programs: readonly Mistake[]): Promise<readonly Told[]> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { name, code } of programs) writeFileSync(join(folder, `${name}.ts`), `${PRELUDE}${code}\n`)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIGURATION))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const said = diagnosticsIn(await execute([tsc, '-p', folder, '--pretty', 'false'], folder))
  const files = programs.map(({ name }) => join(folder, 'out', `${name}.js`))
  const answer = join(folder, 'answer.json')
  const runner = join(root, 'test', 'mistakes', 'run.mjs')
  const out = await execute([runner, JSON.stringify(files), answer], folder)
  const { results, rejected } = JSON.parse(readFileSync(answer, 'utf8'))
  if (rejected.length > 0) throw new Error(`${rejected.join('\n')}\n${out}`)
  return programs.map((mistake, i) => ({
    ...mistake,
    types: said.get(mistake.name) ?? [],
    outcome: results[files[i] ?? ''],
  }))
}

/** Digits that differ from machine to machine are left out, and so is the folder. */
const steady = (text: string): string =>
  text.replaceAll(root, '').replace(/-?\d+\.\d{4,}/g, number => Number(number).toPrecision(3))

const indented = (text: string): string => steady(text).replaceAll('\n', '\n    ')

const shown = ({ name, code, types, outcome }: Told): string =>
  [
    `### ${name}`,
    `  ${code.replaceAll('\n', '\n  ')}`,
    `  types: ${types.length === 0 ? 'nothing' : types.map(text => indented(text)).join('\n  types: ')}`,
    `  runs: ${outcome.kind}${outcome.text === '' ? '' : `: ${indented(outcome.text)}`}`,
    ...outcome.notes.map(line => `  says: ${line}`),
  ].join('\n')

/** Whether a mistake is told once and says what to do. */
const isTold = ({ types, outcome }: Told): boolean =>
  types.length === 1 || (types.length === 0 && (outcome.says === true || outcome.notes.length > 0))

describe('a beginner’s mistakes', () => {
  let told: readonly Told[] = []
  beforeAll(async () => {
    told = await tell(join(root, 'test', 'mistakes', '.gen-programs'), mistakes)
  }, 120_000)

  const namesOf = (is: (one: Told) => boolean): readonly string[] => told.filter(is).map(({ name }) => name)

  test('there are 108 programs', () => {
    expect(told.length).toBe(108)
  })

  test('what is said is in the golden file', async () => {
    await expect(`${told.map(shown).join('\n\n')}\n`).toMatchFileSnapshot('../golden/mistakes.txt')
  })

  test('none is called a bug, and what is thrown raw the compiler has told', () => {
    expect(namesOf(({ outcome }) => outcome.kind === 'bug' || outcome.kind === 'thrown')).toEqual([])
    expect(namesOf(({ outcome, types }) => outcome.kind === 'raw' && types.length !== 1)).toEqual([])
  })

  test('none gets two diagnostics, but for those of which it is known why', () => {
    expect(namesOf(({ types }) => types.length > 1)).toEqual(Object.keys(TWICE))
  })

  test('at least 100 are told or are none any more; of the others it is known why', () => {
    const others = [...Object.keys(RIGHT), ...Object.keys(QUIET), ...Object.keys(TWICE)]
    expect(namesOf(one => !isTold(one)).toSorted()).toEqual(others.toSorted())
    expect(namesOf(isTold).length + Object.keys(RIGHT).length).toBeGreaterThanOrEqual(100)
  })
})
