/** The mistakes that are made with tasks: one diagnostic each, in words; what is right compiles with its types. */
import { expect, test } from 'vitest'
import { diagnose } from './diagnose.js'

const given = `
import * as real from '../../../src/index.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Fault } from '../../../runtime/fault.js'
const model = sequential(input(2), dense(1))
const weights = real.unwrap(init(model))
const x = real.unwrap(real.tensor([1, 2], [3, 4]))
const y = real.unwrap(real.tensor([1, 1], [3]))
const task = fit(model, { x, y }, { loss: 'meanSquaredError' })
`

const wrong = {
  unwrapTask: `const { weights: w } = real.unwrap(fit(model, { x, y }, { loss: 'meanSquaredError' }))`,
  unwrapPromise: `const { weights: w } = real.unwrap(task())`,
  unwrapValue: `const dims = real.unwrap(x).dims`,
  unwrapAwaited: `const { weights: w } = real.unwrap(await task)`,
  runEither: `const t = (await real.run(real.tensor([1], [2]))).dims`,
  runPromise: `const { weights: w } = await real.run(task.then(trained => trained))`,
  runValue: `const t = (await real.run(x)).dims`,
  runAwaited: `const { weights: w } = await real.run(await task)`,
  forgotAwait: `const { weights: w } = task`,
  forgotAwaitOfRun: `const { weights: w } = real.run(task)`,
  savesTask: `await real.saveWeights('w.safetensors', task)`,
  savesTrained: `await real.saveWeights('w.safetensors', await task)`,
  savesModel: `await real.saveWeights('w.safetensors', model)`,
  savesHistory: `await real.saveWeights('w.safetensors', { epoch: [0], history: { loss: [1] }, seconds: [1] })`,
  savesVectors: `real.encodeWeights({ params: new Float32Array(3), state: new Float32Array(0) })`,
  savesTensor: `real.encodeWeights(x)`,
  savesNothing: `real.encodeWeights({})`,
  savesStored: `await real.saveWeights('w.safetensors', await real.loadModel('w.safetensors'))`,
}

const right = {
  awaited: `const { weights: w } = await task; await predict(model, w, x)`,
  ran: `const { weights: w } = await real.run(task); await predict(model, w, x)`,
  unwrapped: `const { weights: w } = real.unwrap(await task()); await predict(model, w, x)`,
  all: `const [a, b] = await Promise.all([predict(model, weights, x), evaluate(model, weights, { x, y }, { loss: 'meanSquaredError' })])
    type _ = [Check<Equal<typeof a, Tensor<[1, 1]>>>, Check<Equal<typeof b, Readonly<Record<'loss', number>>>>]`,
  thenOf: `const dims = await predict(model, weights, x).then(({ dims }) => dims)
    type _ = Check<Equal<typeof dims, readonly number[]>>`,
  fpts: `const dims = await real.run(pipe(task, TE.chain(({ weights }) => predict(model, weights, x)), TE.map(({ dims }) => dims)))
    type _ = Check<Equal<typeof dims, readonly number[]>>`,
  fptsEither: `const e: Either<Fault, readonly Tensor<[1, 1]>[]> = await TE.sequenceArray([predict(model, weights, x)])()`,
  either: `const te: TE.TaskEither<Fault, unknown> = task`,
  generic: `const twice = <A>(t: real.Task<A>, u: TE.TaskEither<Fault, A>, e: Either<Fault, A>): Promise<readonly A[]> =>
    Promise.all([t, real.run(t), real.run(u), real.unwrap(e)])`,
  returned: `const f = async () => predict(model, weights, x)
    type _ = Check<Equal<Awaited<ReturnType<typeof f>>, Tensor<[1, 1]>>>`,
  saved: `await real.saveWeights('w.safetensors', weights)`,
  savedAny: `await real.saveWeights('w.safetensors', (await real.loadModel('w.safetensors')).weights)
    const [unknown, some] = [weights as unknown, weights as object]
    await real.saveWeights('w.safetensors', unknown)
    await real.saveWeights('w.safetensors', some)`,
  attempts: `const n = real.unwrap(real.attempt(() => 5)) + (await real.attemptAsync(async () => 6))`,
}

test('each mistake is one diagnostic in words', async () => {
  const programs = Object.entries(wrong).map(([name, text]) => [name, given + text])
  const found = Object.entries(diagnose('tasks-wrong', Object.fromEntries(programs), 'real'))
  for (const [name, all] of found) expect([name, all.length, all]).toEqual([name, 1, all])
  const text = found.flatMap(([name, all]) =>
    all.map(({ at, code, text }) => `${name} @ ${at}\n  TS${code}: ${text}\n`),
  )
  await expect(text.join('')).toMatchFileSnapshot('golden/tasks.txt')
})

test('what is right compiles', () => {
  const programs = Object.entries(right).map(([name, text]) => [name, given + text])
  const found = diagnose('tasks-right', Object.fromEntries(programs), 'real')
  expect(Object.values(found).flat()).toEqual([])
})
