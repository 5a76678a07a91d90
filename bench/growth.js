/**
 * Does memory grow with the number of steps? `npm run build && node --expose-gc bench/growth.js [--steps 100000]`:
 * tiny steps of training, of prediction and of `fit`, and the process's memory after each tenth of them.
 */
import { parseArgs } from 'node:util'
import {
  compile,
  dense,
  fit,
  init,
  input,
  predictor,
  run,
  sequential,
  tensor,
  trainSteps,
  unwrap,
} from '../dist/src/index.js'

const { values } = parseArgs({ options: { steps: { type: 'string', default: '100000' } } })
const steps = Number(values.steps)
const TENTHS = 10

const model = sequential(input(2), dense(8, 'tanh'), dense(1, 'sigmoid'))
const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
const training = { loss: 'binaryCrossentropy', optimizer: 'adam', batchSize: 4 }

/** MiB of the process, and of what V8 and its array buffers hold, after a collection. */
const memory = () => {
  globalThis.gc?.()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return [rss, heapUsed, arrayBuffers].map(bytes => bytes / 2 ** 20)
}

const report = async (name, tenth) => {
  await tenth()
  const began = performance.now()
  const rows = [memory()]
  for (let i = 0; i < TENTHS; i++) {
    await tenth()
    rows.push(memory())
  }
  const seconds = (performance.now() - began) / 1000
  const column = (label, k) => `${label} ${rows.map(row => row[k].toFixed(1)).join(' ')}`
  console.log(`${name}: ${steps} steps in ${seconds.toFixed(2)} s; MiB before and after each tenth`)
  console.log(['  rss         ', '  heap        ', '  array buffers'].map(column).join('\n'))
}

const trainer = await run(compile(model, training))
await report('trainSteps, 100 in a call', () => {
  for (let i = 0; i < steps / TENTHS / 100; i++) unwrap(trainSteps(trainer, { x, y }, 100))
})

const answer = await run(predictor(model, unwrap(init(model)), { batchSize: 4 }))
await report('predictor', () => {
  for (let i = 0; i < steps / TENTHS; i++) unwrap(answer(x))
})

await report('fit, an epoch a step', () =>
  run(fit(model, { x, y }, { ...training, epochs: steps / TENTHS, verbose: 'silent' })),
)
