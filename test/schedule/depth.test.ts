// Promises that no stage recurses by a program's length, and that all of them take programs of thousands of operations.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const built = (path: string): string => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href)

/** What a program prints on a stack of a third of the usual size. */
const onSmallStack = async (program: string): Promise<string> => {
  const options = ['--stack-size=320', '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, options)
  return stdout.trim()
}

const imports = (...names: readonly string[]): string =>
  `import { ${names.join(', ')} } from ${built('src/index.js')}\n`

/** So many equations in a row, each of the last value, and the text form of that program parsed back. */
const chain = (count: number): string => `
import { Builder } from ${built('compiler/ir/build.js')}
import { check } from ${built('compiler/ir/check.js')}
import { evaluate } from ${built('compiler/ir/eval.js')}
import { parse } from ${built('compiler/ir/parse.js')}
import { print } from ${built('compiler/ir/print.js')}
import { runCompiled } from ${built('src/testing/run.js')}
const b = new Builder('chain')
const type = { shape: [5], dtype: 'f32' }
const [x, y] = [b.input('x', type), b.input('y', type)]
let value = x
for (let i = 0; i < ${count}; i++) value = i % 2 === 0 ? b.add(value, y) : b.multiply(value, b.maximum(x, y))
const program = parse(print(b.finish([{ name: 'z', value }])))
check(program)
const inputs = [[0.9, 0.8, 0.7, 1, -1], [0.1, 0.2, 0.3, 0, 1]].map(d => ({ type, data: Float32Array.from(d) }))
const outputs = [evaluate(program, inputs)]
for (const target of ['wasm', 'js']) outputs.push(await runCompiled(program, inputs, { target }))
const [wanted, ...got] = outputs.map(([z]) => z.data.join())
console.log(got.every(data => data === wanted), program.equations.length)`

const steepTanh = (
  count: number,
): string => `${imports('grad', 'jit', 'run', 'sum', 'tanh', 'tensor', 'unwrap')}
const slope = jit(grad(x => {
  let y = x
  for (let i = 0; i < ${count}; i++) y = tanh(y)
  return sum(y)
}))
console.log((await run(slope(unwrap(tensor([2], [0.5, 0]))))).data.join())`

const deepModel = (
  count: number,
): string => `${imports('compile', 'dense', 'input', 'run', 'sequential', 'tensor', 'trainStep', 'unwrap')}
const layers = Array.from({ length: ${count} }, () => dense(2, 'relu'))
const trainer = await run(compile(sequential(input(2), ...layers, dense(1)), { loss: 'meanSquaredError', batchSize: 2 }))
const [x, y] = [unwrap(tensor([2, 2], [1, 2, 3, 4])), unwrap(tensor([2, 1], [1, 2]))]
console.log(Number.isFinite(unwrap(trainStep(trainer, { x, y }))))`

describe('on a small stack', () => {
  test('a chain of 8000 operations: text, checks, evaluator, wasm, js', async () => {
    expect(await onSmallStack(chain(8000))).toBe('true 8001')
  }, 120_000)

  test('the gradient of 1000 activations, one after the other', async () => {
    const [at, atZero] = (await onSmallStack(steepTanh(1000))).split(',').map(Number)
    const slope = tanhSlope(0.5, 1000)
    expect(at).toBeCloseTo(slope, 7)
    expect(atZero).toBe(1)
  }, 120_000)

  test('a training step of 150 layers', async () => {
    expect(await onSmallStack(deepModel(150))).toBe('true')
  }, 120_000)

  test('control: what recurses by a length of 8000 overflows it', async () => {
    const recursing = 'const down = n => (n === 0 ? 0 : 1 + down(n - 1)); console.log(down(8000))'
    await expect(onSmallStack(recursing)).rejects.toThrow('Maximum call stack size exceeded')
  })
})

/** The derivative of so many tanh, one after the other. */
const tanhSlope = (from: number, count: number): number => {
  let [x, slope] = [from, 1]
  for (let i = 0; i < count; i++) {
    x = Math.tanh(x)
    slope *= 1 - x * x
  }
  return slope
}
