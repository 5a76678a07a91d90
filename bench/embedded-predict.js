/** An embedded module beside the same model run in densor and in onnxruntime-web: one process, blocks in turn. */
import { existsSync } from 'node:fs'
import {
  batchNorm,
  dense,
  dropout,
  init,
  input,
  predictor,
  run,
  sequential,
  tensor,
  unwrap,
} from '../dist/src/index.js'
import { median } from './measure.js'
import { uniform } from './workloads.js'

const ROUNDS = 15
const BLOCK_MS = 100
const WARM_MS = 1000

const network = sequential(input(784), dense(256, 'relu'), batchNorm(), dropout(0.3), dense(10, 'softmax'))
const weights = unwrap(init(network, { seed: 1 }))

const inDensor = async rows => {
  const predict = await run(predictor(network, weights, { batchSize: rows }))
  return x => unwrap(predict(unwrap(tensor([rows, 784], x)))).data
}

const inOnnxruntime = async () => {
  if (!existsSync(new URL('node_modules', import.meta.url))) return undefined
  const [{ digitsModel }, ort] = await Promise.all([import('./peers/onnx.js'), import('onnxruntime-web')])
  ort.env.wasm.numThreads = 1
  const session = await ort.InferenceSession.create(digitsModel(weights), { executionProviders: ['wasm'] })
  return async x => (await session.run({ x: new ort.Tensor('float32', x, [1, 784]) })).y.data
}

/** Microseconds a call, over about so many milliseconds. */
const timed = async (predict, x, milliseconds) => {
  const began = performance.now()
  let calls = 0
  do {
    for (let i = 0; i < 16; i++, calls++) {
      const out = predict(x)
      // waiting costs a turn of the queue, which only those pay who ask for it
      if (out instanceof Promise) await out
    }
  } while (performance.now() - began < milliseconds)
  return (1e3 * (performance.now() - began)) / calls
}

/** Median figures of all, and the medians over the rounds of the module's figure over each other's. */
const compare = async (rows, module, others) => {
  const next = uniform(3)
  const x = Float32Array.from({ length: rows * 784 }, next)
  const expected = module.predict(x)
  for (const { predict, what } of others) {
    const out = await predict(x)
    if (expected.some((p, i) => !(Math.abs(p - out[i]) < 1e-5))) throw new Error(`${what}: another result`)
  }
  const all = [{ what: `prediction of ${rows}: the module`, predict: module.predict }, ...others]
  for (const { predict } of all) await timed(predict, x, WARM_MS)
  const figures = all.map(() => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, { predict }] of all.entries()) figures[i].push(await timed(predict, x, BLOCK_MS))
  return all.map(({ what, bound }, i) => ({
    what,
    bound,
    micros: median(figures[i]),
    ratio: i === 0 ? undefined : median(figures[0].map((own, round) => own / figures[i][round])),
  }))
}

/** Rows of the table for the modules built for one row and for 16. */
export const onPrediction = async ([one, many]) => {
  const peer = await inOnnxruntime()
  if (peer === undefined) console.error('onnxruntime-web is not installed: it is left out')
  const others = peer === undefined ? [] : [{ what: 'onnxruntime-web', predict: peer, bound: '<= 0.6' }]
  return [
    ...(await compare(1, one, [{ what: 'densor', predict: await inDensor(1), bound: '<= 1.05' }, ...others])),
    ...(await compare(16, many, [{ what: 'densor', predict: await inDensor(16), bound: '<= 1.05' }])),
  ]
}
