import { readFileSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { densor, type Ended, folderWith, shell } from './densor.js'

const XOR = `import { dense, input, sequential } from 'densor'

export const model = sequential(input(2), dense(3, 'tanh'), dense(1, 'sigmoid'))
`
const TWO = `import { activation, dense, dropout, input, sequential } from 'densor'

export const first = sequential(input(3), dense(2, { batchNormalization: true }), dropout(0.5))
export const plain: unknown = sequential(input(3), activation('relu'))
export const number = 7
`
const JOINED = `import { add, dense, graphs, input } from 'densor'

export const model = graphs({ left: input(3), right: input(2) }, ({ left, right }) => ({
  sum: add(dense(4).as('a')(left), dense(4).as('b')(right)),
}))
`
const SYMBOLS = `import { dense, flatten, input, sequential } from 'densor'

export const model = sequential(input(['T', 'F']), dense(4), flatten(), dense(2))
`
const WRONG = `import { dense, input, sequential } from 'densor'

export const model: unknown = sequential(input(31), dense(4), dense(2, { in: 32 } as never))
`

const folder = folderWith({
  'xor.ts': XOR,
  'two.ts': TWO,
  'joined.ts': JOINED,
  'wrong.ts': WRONG,
  'a folder/with spaces.ts': XOR,
  'plain.mjs': XOR,
  'symbols.ts': SYMBOLS,
  'parts.ts': "import { model as inner } from './a folder/with spaces.js'\nexport const model = inner\n",
  'throws.ts': "throw new Error('the data is not there')\n",
  'throws-string.ts': "throw 'only words'\n",
  'syntax.ts': 'export const model = sequential(\n',
  'lost.ts': "import { nothing } from 'no-package-of-this-name'\nexport const model = nothing\n",
  'nothing.ts': 'export const x = 1\n',
  'empty.ts': '',
  'picture.ts': '\u0000\u0001\u0002',
  'timer.ts': `setInterval(() => {}, 1000)\n${XOR}`,
  'leaves.ts': `process.exit(0)\n${XOR}`,
  'awaits.ts': `await new Promise(() => {})\n${XOR}`,
  'chatty.ts': `console.log('said by the module')\n${XOR}`,
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]): Promise<Ended> => densor(folder, ...args)

/** What is printed where all went well. */
const printed = async (...args: readonly string[]): Promise<string> => {
  const { status, out, err } = await run(...args)
  expect({ status, err }).toEqual({ status: 0, err: '' })
  return out
}

describe('a module that does more than export', () => {
  test('and has a timer running does not keep the command waiting', async () => {
    expect(await printed('summary', 'timer.ts')).toContain('dense')
  })

  test.each(['leaves.ts', 'awaits.ts'])('and ends the process is told so: %s', async file => {
    const { status, err } = await run('summary', file)
    expect([status, err.includes(`${file} ended the process before densor was done`)]).toEqual([1, true])
  })
})

describe('symbols', () => {
  test('get their sizes from the command line', async () => {
    const sizes = ['symbols.ts', '--sizes', 'T=3,F=5', '--batch', '2']
    expect(await printed('summary', ...sizes)).toMatch(/layer2 \(dense\) +│ \[N, 2\] +│ +26 │/)
    expect(await printed('ir', ...sizes)).toContain('in x %1 : f32[2,3,5]')
    expect(await printed('check', ...sizes)).toContain('target wasm and the evaluator')
  })
})

describe('help and version', () => {
  test('help names every command and every option, and ends well', async () => {
    const out = await printed('--help')
    for (const word of ['summary', 'ir', 'check', 'build', '--stop-after', '--grad', '--wat', 'cse'])
      expect(out).toContain(word)
    expect(await printed('-h')).toBe(out)
    expect(await printed()).toBe(out)
    expect(await printed('summary', '--help')).toBe(out)
  })

  test('the version is that of the package', async () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(manifest).toMatchObject({ version: (await printed('--version')).trim() })
  })
})

describe('densor summary', () => {
  test('is a table of the layers and what the compiler made of them', async () => {
    const out = await printed('summary', 'xor.ts')
    const facts = out.replace(/\d+ kernels|(?<=compiled in )\d+|(?<=FLOPs per sample: |Arena: ).*/g, '…')
    expect(facts).toMatchInlineSnapshot(`
      "Model: "model"
      ┌────────────────┬──────────────┬─────────┐
      │ Layer (type)   │ Output shape │ Param # │
      ├────────────────┼──────────────┼─────────┤
      │ layer0 (dense) │ [N, 3]       │       9 │
      │ layer1 (dense) │ [N, 1]       │       4 │
      └────────────────┴──────────────┴─────────┘
       Total params: 41 (164 B)
       Trainable params: 13 (52 B)
       Non-trainable params: 0 (0 B)
       Optimizer params: 28 (112 B)
       Training step: … for wasm, batch 32, compiled in … ms
       FLOPs per sample: …
       Arena: …
      "
    `)
  })

  test('tells of every model of a file, also of one without weights, or of the one asked for', async () => {
    const both = await printed('summary', 'two.ts', '--batch', '1')
    expect([...both.matchAll(/^Model: "(\w+)"/gm)].map(([, name]) => name)).toEqual(['first', 'plain'])
    const one = await printed('summary', 'two.ts', '--model', 'first')
    expect([...one.matchAll(/^Model: "(\w+)"/gm)].map(([, name]) => name)).toEqual(['first'])
  })

  test.each(['a folder/with spaces.ts', 'plain.mjs', 'parts.ts', './xor.ts'])('reads %s', async file => {
    expect(await printed('summary', file)).toContain('layer1 (dense)')
  })

  test('lets the module speak', async () => {
    expect(await printed('summary', 'chatty.ts')).toMatch(/^said by the module\nModel: /)
  })
})

describe('densor ir', () => {
  test('prints the program as traced and after each pass', async () => {
    const out = await printed('ir', 'xor.ts', '--batch', '4')
    const stages = [...out.matchAll(/^; model, (as traced|after [\w-]+)/gm)].map(([, stage]) => stage)
    expect(stages).toEqual([
      'as traced',
      'after inline-custom',
      'after dce',
      'after fold',
      'after simplify',
      'after cse',
    ])
  })

  test('stops after a pass', async () => {
    const out = await printed('ir', 'xor.ts', '--batch', '4', '--stop-after', 'inline-custom')
    const [traced = '', ...stages] = out.split(/^(?=; model, after)/m)
    expect(traced).toMatchInlineSnapshot(`
      "; model, as traced
      program predict
        in params %0 : f32[13]
        in x %1 : f32[4,2]
        %2 = slice %0 {start: [0], limit: [6], strides: [1]} : f32[6]  ; layer0
        %3 = reshape %2 {shape: [2, 3]} : f32[2,3]  ; layer0
        %4 = slice %0 {start: [6], limit: [9], strides: [1]} : f32[3]  ; layer0
        %5 = slice %0 {start: [9], limit: [12], strides: [1]} : f32[3]  ; layer1
        %6 = reshape %5 {shape: [3, 1]} : f32[3,1]  ; layer1
        %7 = slice %0 {start: [12], limit: [13], strides: [1]} : f32[1]  ; layer1
        %8 = dot_general %1 %3 {lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0]} : f32[4,3]  ; layer0
        %9 = broadcast_in_dim %4 {shape: [4, 3], dimensions: [1]} : f32[4,3]  ; layer0
        %10 = add %8 %9 : f32[4,3]  ; layer0
        %11 = tanh %10 : f32[4,3]  ; layer0
        %12 = dot_general %11 %6 {lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0]} : f32[4,1]  ; layer1
        %13 = broadcast_in_dim %7 {shape: [4, 1], dimensions: [1]} : f32[4,1]  ; layer1
        %14 = add %12 %13 : f32[4,1]  ; layer1
        %15 = logistic %14 : f32[4,1]  ; layer1
        out out %15

      "
    `)
    expect(stages).toHaveLength(1)
  })

  test('prints the loss with its gradients, and the whole step of training', async () => {
    const gradient = await printed('ir', 'xor.ts', '--grad', '--loss', 'binaryCrossentropy')
    expect(gradient).toContain('params')
    expect(gradient).toContain('loss')
    const step = await printed('ir', 'xor.ts', '--train', '--optimizer', 'sgd')
    expect(step).toContain('optimizer')
  })

  test('prints loops, and WebAssembly', async () => {
    expect(await printed('ir', 'xor.ts', '--loops')).toMatch(/\bfor\b/)
    expect(await printed('ir', 'xor.ts', '--wat')).toMatch(/^\(module/)
  })

  test('ends well where its reader has seen enough', async () => {
    const { out, err } = await shell(folder, '"$node" "$main" ir xor.ts --train | head -n 1')
    expect({ out, err }).toEqual({ out: '; model, as traced\n', err: '' })
  })
})

describe('densor check', () => {
  test('says what was compared, and how far it was apart', async () => {
    const out = await printed('check', 'xor.ts', '--loss', 'binaryCrossentropy')
    const found = out.replace(/\d\.\de-\d+ apart|equal {2,}/g, text => '…'.padEnd(text.length))
    expect(found.replace(/of \d+ passes/g, 'of … passes')).toMatchInlineSnapshot(`
      "model: checked on 5 random samples
        predict
          ok  the program after each of … passes, and as traced             …              2e-4 allowed
          ok  target wasm and the evaluator                                 …              2e-4 allowed
          ok  target js and the evaluator                                   …              2e-4 allowed
        train step
          ok  the program after each of … passes, and as traced             …              2e-4 allowed
          ok  target wasm and the evaluator                                 …              2e-4 allowed
          ok  target js and the evaluator                                   …              2e-4 allowed
        loss
          ok  gradient by reverse mode and central differences, in f64      …              1e-6 allowed
          ok  gradient by forward mode and central differences, in f64      …              1e-6 allowed
      "
    `)
  })

  test('the differences are measured: no line gives what is allowed', async () => {
    const out = await printed('check', 'two.ts')
    const lines = [...out.matchAll(/(\S+) apart +(\S+) allowed/g)]
    expect(lines.length).toBeGreaterThan(2)
    for (const [, apart, allowed] of lines) expect(Number(apart)).toBeLessThan(Number(allowed) / 2)
  })

  test('takes models of several inputs', async () => {
    expect(await printed('check', 'joined.ts')).toContain('train step')
  })
})

describe('mistakes: one message, a status, nothing else', () => {
  /** The message of a run that fails with this status. */
  const message = async (status: number, ...args: readonly string[]): Promise<string> => {
    const ended = await run(...args)
    expect({ status: ended.status, out: ended.out }).toEqual({ status, out: '' })
    expect(ended.err).toMatch(/^error: /)
    expect(ended.err).not.toMatch(/^ +at /m)
    expect(ended.err).not.toContain('bug in densor')
    // Lists of names grow.
    return ended.err.trimEnd().replace(/(?<=[Uu]se one of ).*/, '…')
  }

  test.each([
    ['an unknown command', ['frobnicate', 'xor.ts']],
    ['an unknown option', ['summary', 'xor.ts', '--frobnicate']],
    ['an option of another command', ['summary', 'xor.ts', '--wat']],
    ['options that exclude each other', ['ir', 'xor.ts', '--wat', '--loops']],
    ['an option without its value', ['summary', 'xor.ts', '--model']],
    ['a batch that is no number', ['summary', 'xor.ts', '--batch', 'many']],
    ['sizes that are none', ['summary', 'symbols.ts', '--sizes', 'T']],
    ['a size of nothing', ['summary', 'symbols.ts', '--sizes', 'T=0,F=3']],
    ['a batch of nothing', ['summary', 'xor.ts', '--batch', '0']],
    ['an unknown pass', ['ir', 'xor.ts', '--stop-after', 'magic']],
    ['an unknown loss', ['ir', 'xor.ts', '--loss', 'gain']],
    ['an unknown optimizer', ['check', 'xor.ts', '--optimizer', 'luck']],
    ['no file', ['summary']],
    ['two files', ['summary', 'xor.ts', 'two.ts']],
  ])('%s: status 2', async (_, args) => {
    expect(await message(2, ...args)).toMatchSnapshot()
  })

  test.each([
    ['a file that is not there', ['summary', 'missing.ts']],
    ['a folder', ['summary', 'a folder']],
    ['a module that throws', ['summary', 'throws.ts']],
    ['a module that throws a string', ['summary', 'throws-string.ts']],
    ['a module that does not compile', ['ir', 'syntax.ts']],
    ['a module that imports what is not there', ['check', 'lost.ts']],
    ['a module without models', ['check', 'nothing.ts']],
    ['an empty module', ['summary', 'empty.ts']],
    ['no text', ['summary', 'picture.ts']],
    ['a symbol without a size', ['summary', 'symbols.ts', '--sizes', 'T=2']],
    ['the same, for ir, of a symbol', ['ir', 'symbols.ts', '--sizes', 'T=2']],
    ['an unknown model', ['summary', 'two.ts', '--model', 'third']],
    ['a model whose layers do not fit', ['summary', 'wrong.ts']],
    ['the same, for ir', ['ir', 'wrong.ts']],
    ['the same, for check', ['check', 'wrong.ts']],
    ['a gradient without weights', ['ir', 'two.ts', '--model', 'plain', '--grad']],
  ])('%s: status 1', async (_, args) => {
    expect(await message(1, ...args)).toMatchSnapshot()
  })
})
