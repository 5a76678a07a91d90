/** A variational autoencoder of handwritten digits: what it draws from four numbers. */
import { createRequire } from 'node:module'
import * as d from '../src/index.js'

const encoder = d.graphs({ x: d.input(784) }, ({ x }) => {
  const hidden = d.dense(128, 'relu').as('hidden')(x)
  return { mean: d.dense(4).as('mean')(hidden), logVar: d.dense(4).as('logVar')(hidden) }
})
const decoder = d.sequential(d.input(4), d.dense(128, 'relu'), d.dense(784))
type Of<M> = d.NodesOf<d.WeightsOf<M>>
type Weights = { readonly encoder: Of<typeof encoder>; readonly decoder: Of<typeof decoder> }
type Batch = d.Sym<[100, 784]>

const loss = (w: Weights, x: Batch, noise: d.Sym<[100, 4]>) => {
  const { mean, logVar } = encoder.apply(w.encoder, { x })
  const logits = decoder.apply(w.decoder, d.add(mean, d.mul(noise, d.exp(d.mul(logVar, 0.5)))))
  // -log p(x | code), and what the code costs: its divergence from a normal distribution
  const missed = d.sub(d.add(d.relu(logits), d.log1p(d.exp(d.neg(d.abs(logits))))), d.mul(logits, x))
  const cost = d.mul(d.sub(d.add(d.square(mean), d.exp(logVar)), d.add(logVar, 1)), 0.5)
  return d.div(d.add(d.sum(missed), d.sum(cost)), 100)
}
const optimizer = d.adam({ learningRate: 0.003 })
const step = d.jit((w: Weights, state: d.OptimizerState<Weights>, x: Batch, noise: d.Sym<[100, 4]>) => {
  const { value, grad } = d.valueAndGrad(loss)(w, x, noise)
  return [optimizer.update(grad, state, w), value]
})
const { training } = createRequire(import.meta.url)('mnist').set(6000, 0)
const pixels = new Float32Array(training.flatMap((digit: { input: number[] }) => digit.input))
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
let weights = { encoder: d.unwrap(d.init(encoder)), decoder: d.unwrap(d.init(decoder)) }
let [state, nats] = [optimizer.init(weights), d.unwrap(d.tensor([], [0]))]
for (let i = 0; i < 180; i++) {
  const x = d.unwrap(d.tensor([100, 784], pixels.slice((i % 60) * 78400, ((i % 60) + 1) * 78400)))
  const noise = d.unwrap(d.tensor([100, 4], Array.from({ length: 400 }, normal)))
  ;[{ weights, state }, nats] = await step(weights, state, x, noise)
}
const { data } = await d.predict(decoder, weights.decoder, [[0.5, 0.5, -0.5, 0.5]])
for (let at = 0; at < 784; at += 56)
  console.log(String.fromCharCode(...data.slice(at, at + 28).map(v => (v > -0.5 ? 35 : 32))))
console.log(nats.data[0], 'nats a digit: they were 543')
