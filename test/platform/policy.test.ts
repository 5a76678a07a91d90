/** Where a policy forbids code that is made at run time, the fault names the policy and the way out. */
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../arch/tree.js'

const PROGRAM = `
import { dense, describeFault, init, input, predict, sequential, tensor, unwrap } from './dist/src/page.js'
const model = sequential(input(2), dense(1))
const x = unwrap(tensor([1, 2], [1, 2]))
export const outcome = async target => {
  const said = await predict(model, unwrap(init(model)), x, { target })()
  return said._tag === 'Right' ? 'an answer' : said.left.kind + ' ' + describeFault(said.left)
}`

let code = ''
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'page',
    platform: 'browser',
  })
  code = outputFiles[0]?.text ?? ''
})

/** What the program says for a target where both kinds of code are allowed, or are not. */
const outcome = (target: string, allowed: boolean): Promise<string> => {
  const { console, crypto, TextDecoder, TextEncoder, performance, setTimeout } = globalThis
  const context = createContext(
    { console, crypto, TextDecoder, TextEncoder, performance, setTimeout },
    { codeGeneration: { strings: allowed, wasm: allowed } },
  )
  return runInContext(`${code}; page.outcome(${JSON.stringify(target)})`, context)
}

describe('without permission to make code', () => {
  test('wasm names the word that is missing', async () => {
    const said = await outcome('wasm', false)
    expect(said).toMatch(/^limitation WebAssembly may not be compiled here/)
    expect(said).toMatch(/try: .*'wasm-unsafe-eval'.*densor build/s)
  })

  test('js says that it needs to evaluate text', async () => {
    const said = await outcome('js', false)
    expect(said).toMatch(/^limitation The js target makes a function of text/)
    expect(said).toMatch(/'unsafe-eval'.*try: .*densor build/s)
  })

  test('the evaluator makes no code, and answers', async () => {
    expect(await outcome('evaluator', false)).toBe('an answer')
  })
})

test.each(['wasm', 'js', 'auto'])('control: with permission %s answers', async target => {
  expect(await outcome(target, true)).toBe('an answer')
})
