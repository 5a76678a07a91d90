/** jax-js on its wasm device: the whole step in one `jit`. Arguments are consumed: `.ref` keeps one for later. */
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import * as work from '../workloads.js'

await init('wasm')
defaultDevice('wasm')

const array = (values, shape) => np.array(values).reshape(shape)

/** The flat list of parameters as arrays `[in, out]`, `[out]`, ... */
const toArrays = (parameters, widths) =>
  parameters.map((values, i) => {
    const layer = i >> 1
    return array(values, i % 2 === 0 ? [widths[layer], widths[layer + 1]] : [widths[layer + 1]])
  })

/** `x w + b`, taking all three. */
const affine = (x, w, b) => np.matmul(x, w).add(b)

const logits = ([w1, b1, w2, b2, w3, b3], x) =>
  affine(nn.relu(affine(nn.relu(affine(x, w1, b1)), w2, b2)), w3, b3)

const crossEntropy = model => (parameters, x, y) =>
  nn.logSoftmax(model(parameters, x), -1).mul(y).sum(-1).mean().neg()

/** One step of Adam over lists of arrays; `rate` holds both bias corrections. */
const adamStep = model => (parameters, first, second, rate, x, y) => {
  const { beta1, beta2, epsilon } = work.W1
  const kept = parameters.map(w => w.ref)
  const [loss, gradients] = valueAndGrad(crossEntropy(model))(kept, x, y)
  const m = first.map((old, i) => old.mul(beta1).add(gradients[i].ref.mul(1 - beta1)))
  const v = second.map((old, i) => old.mul(beta2).add(np.square(gradients[i]).mul(1 - beta2)))
  const next = parameters.map((w, i) => w.sub(m[i].ref.mul(rate.ref).div(np.sqrt(v[i].ref).add(epsilon))))
  rate.dispose()
  return [loss, next, m, v]
}

/** Training with Adam from these parameters, always on one batch. */
const trainAdam = (model, initial, x, y) => {
  let parameters = initial
  let first = parameters.map(w => np.zeros(w.shape))
  let second = parameters.map(w => np.zeros(w.shape))
  let loss = np.array(Number.NaN)
  let t = 0
  const step = jit(adamStep(model))
  const run = async n => {
    for (let i = 0; i < n; i++) {
      loss.dispose()
      const rate = np.array(work.adamRate(++t))
      ;[loss, parameters, first, second] = step(parameters, first, second, rate, x.ref, y.ref)
      // one output is enough: a jit runs as a whole
      await blockUntilReady(loss)
    }
  }
  return { run, proof: () => loss.ref.js() }
}

const trainMlp = async () => {
  const { widths, batch } = work.W1
  const data = work.mlp()
  const [x, y] = [array(data.x, [batch, widths[0]]), array(data.y, [batch, widths[3]])]
  return trainAdam(logits, toArrays(data.parameters, widths), x, y)
}

/** `relu(x * w + b)` and the largest of each 2 x 2; images are `[batch, channels, height, width]` here. */
const convolution = (x, w, b, size) => {
  const [features] = b.shape
  const linear = lax.conv(x, w, [1, 1], 'SAME').add(b.reshape([1, features, 1, 1]))
  const half = size / 2
  return np.max(nn.relu(linear).reshape([work.W4.batch, features, half, 2, half, 2]), [3, 5])
}

const cnnLogits = ([w1, b1, w2, b2, w3, b3], x) => {
  const { size, batch } = work.W4
  const pooled = convolution(convolution(x, w1, b1, size), w2, b2, size / 2)
  return affine(np.transpose(pooled, [0, 2, 3, 1]).reshape([batch, work.flatSize]), w3, b3)
}

const trainCnn = async () => {
  const { size, filters, classes, batch } = work.W4
  const data = work.cnn()
  const [k1, b1, k2, b2, k3, b3] = data.parameters
  const kernel = (values, channels, features) =>
    np.transpose(array(values, [3, 3, channels, features]), [3, 2, 0, 1])
  const parameters = [
    kernel(k1, 1, filters[0]),
    array(b1, [filters[0]]),
    kernel(k2, filters[0], filters[1]),
    array(b2, [filters[1]]),
    array(k3, [work.flatSize, classes]),
    array(b3, [classes]),
  ]
  const [x, y] = [array(data.x, [batch, 1, size, size]), array(data.y, [batch, classes])]
  return trainAdam(cnnLogits, parameters, x, y)
}

/** Trace, compile and the first step of W1, in a process that has compiled another program before. */
const compileMlp = async () => {
  const warm = await trainXor()
  await warm.run(3)
  const fresh = await trainMlp()
  return { run: fresh.run }
}

const inferMlp = batch => async () => {
  const { widths } = work.W1
  const input = work.mlpInput(batch)
  const parameters = toArrays(work.mlp().parameters, widths)
  const predict = jit(logits)
  let output
  const run = async n => {
    for (let i = 0; i < n; i++) {
      output = await predict(
        parameters.map(w => w.ref),
        array(input, [batch, widths[0]]),
      ).data()
    }
  }
  return { run, proof: () => work.meanAbs(output) }
}

const xorLoss = ([w1, b1, w2, b2], x, y) => {
  const hidden = np.tanh(affine(x, w1, b1))
  return np.square(nn.sigmoid(affine(hidden, w2, b2)).sub(y)).mean()
}

const sgdStep = (parameters, x, y) => {
  const kept = parameters.map(w => w.ref)
  const [loss, gradients] = valueAndGrad(xorLoss)(kept, x, y)
  return [loss, parameters.map((w, i) => w.sub(gradients[i].mul(work.W3.learningRate)))]
}

const trainXor = async () => {
  const { widths, batch } = work.W3
  const data = work.xor()
  const x = array(data.x, [batch, widths[0]])
  const y = array(data.y, [batch, widths[2]])
  let parameters = toArrays(data.parameters, widths)
  let loss = np.array(Number.NaN)
  const step = jit(sgdStep)
  const run = async n => {
    for (let i = 0; i < n; i++) {
      loss.dispose()
      ;[loss, parameters] = step(parameters, x.ref, y.ref)
      await blockUntilReady(loss)
    }
  }
  return { run, proof: () => loss.ref.js() }
}

const pointwise = async () => {
  const input = work.pointwiseInput()
  const f = jit(x => np.tanh(x.ref.mul(1.5).add(0.25)).mul(nn.sigmoid(x.ref)).add(x))
  let output
  const run = async n => {
    for (let i = 0; i < n; i++) output = await f(np.array(input)).data()
  }
  return { run, proof: () => work.mean(output) }
}

const gemm = async () => {
  const { size } = work.GEMM
  const { a, b } = work.gemmInputs()
  const f = jit((left, right) => np.matmul(left, right))
  let output
  const run = async n => {
    for (let i = 0; i < n; i++) output = await f(array(a, [size, size]), array(b, [size, size])).data()
  }
  return { run, proof: () => work.meanAbs(output) }
}

export const runners = {
  W1: trainMlp,
  'W1-compile': compileMlp,
  'W2-b1': inferMlp(1),
  'W2-b256': inferMlp(256),
  W3: trainXor,
  W4: trainCnn,
  W5: pointwise,
  GEMM: gemm,
}
