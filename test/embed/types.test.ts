import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emitModule } from '../../src/embed/emit.js'
import { planModel } from '../../src/embed/plan.js'
import { dense, input, sequential } from '../../src/index.js'
import { root, run, UserFolder } from './folder.js'

const uses = `
import { fit, predict, type Tensor, trainStep } from './digits.js'
declare const good: Tensor<readonly [100, 784]>
declare const unknown: Tensor<readonly [number, 784]>
declare const wrong: Tensor<readonly [100, 783]>
declare const flat: Tensor<readonly [784]>
declare const classes: Tensor<readonly [8, 10]>
declare const batch: Tensor<readonly [8, 784]>

export const a: Float32Array = predict(new Float32Array(784))
export const b: Float32Array = predict(good)
predict(unknown)
predict([1, 2, 3])
export const loss: number = trainStep(batch, classes)
fit(good, new Float32Array(1000), { epochs: 2 })
predict(wrong)
predict(flat)
predict('784 numbers')
trainStep(good, classes)
fit(good, batch)`

describe('the types of a module', () => {
  let folder: UserFolder
  let declarations = ''
  beforeAll(async () => {
    folder = await UserFolder.make({ 'use.ts': uses })
    const model = sequential(input(784), dense(16, 'relu'), dense(10, 'softmax'))
    const train = { loss: 'categoricalCrossentropy' } as const
    const plan = planModel('digits', model, { train })
    const files = await emitModule({ plan, weights: undefined }, {})
    await mkdir(folder.in('types'))
    await folder.write(Object.fromEntries(files.map(f => [f.name, f.content])))
    declarations = await readFile(folder.in('digits.d.ts'), 'utf8')
  })
  afterAll(() => folder.remove())

  test('are short enough to read', () => {
    expect(declarations.split('\n').length).toBeLessThan(70)
    expect(Math.max(...declarations.split('\n').map(line => line.length))).toBeLessThanOrEqual(130)
  })

  test('refuse an input in words, once, where it stands', async () => {
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--pretty',
      'false',
    ]
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { out } = await run(process.execPath, [tsc, ...options, 'use.ts'], folder.path)
    expect(out.replace(/\r/g, '').trim().split('\n')).toEqual([
      `use.ts(16,9): error TS2345: Argument of type 'Tensor<readonly [100, 783]>' is not assignable to parameter of type '"predict: expected [N, 784], received [100, 783]"'.`,
      `use.ts(17,9): error TS2345: Argument of type 'Tensor<readonly [784]>' is not assignable to parameter of type '"predict: expected [N, 784], received [784]"'.`,
      `use.ts(18,9): error TS2345: Argument of type '"784 numbers"' is not assignable to parameter of type '"predict: expected [N, 784], received []" | Rows'.`,
      `use.ts(19,11): error TS2345: Argument of type 'Tensor<readonly [100, 784]>' is not assignable to parameter of type '"trainStep: x: expected [8, 784], received [100, 784]"'.`,
      `use.ts(20,11): error TS2345: Argument of type 'Tensor<readonly [8, 784]>' is not assignable to parameter of type '"fit: y: expected [N, 10], received [8, 784]"'.`,
    ])
  })
})
