import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { densor, folderWith } from '../cli/densor.js'

const MODEL = `import { checkpoint, dense, input, seq, sequential } from 'densor'
import { head } from './parts/head.js'

export const model = sequential(
  input(6),
  checkpoint(seq(dense(8, 'relu'))),
  head(),
)
`
const HEAD = `import { dense } from 'densor'

const width: number = 3

export const head = () => dense(3, 'softmax')
`

const folder = folderWith({
  'model.ts': MODEL,
  'parts/head.ts': HEAD,
  'two.ts': `${MODEL}\nexport const other = model\n`,
})
afterAll(() => rmSync(folder, { recursive: true }))

const profile = (...args: readonly string[]) => densor(folder, 'profile', ...args)

interface Shown {
  readonly step: string
  readonly kernels: readonly {
    readonly causes: readonly { readonly path: string; readonly line?: string }[]
  }[]
}

/** The profiles that were printed as JSON, the one typed edge of these tests. */
const shown = (out: string): readonly Shown[] => JSON.parse(out)

describe('densor profile', () => {
  test('prints a table, with the line of each layer wherever it was made', async () => {
    const { status, out, err } = await profile('model.ts', '--batch', '4')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('model: the step of training, batch 4,')
    expect(out).toContain('layer0/layer0 (dense, model.ts:6)')
    expect(out).toContain('layer1 (dense, parts/head.ts:5)')
    expect(out).toContain('Peak of multiply-adds in registers')
  })

  test('gives figures to other programs, of prediction too, on another target', async () => {
    const { out } = await profile('model.ts', '--json', '--predict', '--target', 'js')
    const [found, ...more] = shown(out)
    expect(more).toEqual([])
    expect(found?.step).toBe('prediction')
    const lines = found?.kernels.flatMap(kernel => kernel.causes.map(cause => cause.line)) ?? []
    expect(new Set(lines)).toEqual(new Set(['model.ts:6', 'parts/head.ts:5']))
  })

  test('writes a page', async () => {
    const path = join(folder, 'profile.html')
    const { status, out } = await profile('model.ts', '--html', path)
    expect(status).toBe(0)
    expect(out).toContain(`Written to ${path}`)
    expect(readFileSync(path, 'utf8')).toContain('model: a step of training')
  })

  test('says what is wrong', async () => {
    const two = await profile('two.ts', '--html', 'x.html')
    expect(two).toMatchObject({ status: 2, out: '' })
    expect(two.err).toContain('--html takes one model, two.ts exports 2')
    expect((await profile('model.ts', '--grad')).err).toContain('densor profile has no option --grad')
    expect((await densor(folder, 'ir', 'model.ts', '--html', 'x.html')).err).toContain('has no option --html')
    expect((await profile('model.ts', '--target', 'c')).err).toContain('one of wasm, native, js, received c')
  })
})
