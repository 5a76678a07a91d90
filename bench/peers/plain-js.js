/** What a careful person writes by hand: typed arrays, loops in memory order, no library. Scalar, one thread. */
import * as work from '../workloads.js'

/** `out[m, n] = bias[n] + x[m, k] w[k, n]`; four rows of `w` a pass, so that `out` is read a quarter as often. */
const affine = (out, x, w, bias, m, k, n) => {
  for (let i = 0; i < m; i++) {
    const row = i * n
    for (let j = 0; j < n; j++) out[row + j] = bias[j]
    for (let p = 0; p < k; p += 4) {
      const at = i * k + p
      const x0 = x[at]
      const x1 = x[at + 1]
      const x2 = x[at + 2]
      const x3 = x[at + 3]
      const w0 = p * n
      const w1 = w0 + n
      const w2 = w1 + n
      const w3 = w2 + n
      for (let j = 0; j < n; j++)
        out[row + j] += x0 * w[w0 + j] + x1 * w[w1 + j] + x2 * w[w2 + j] + x3 * w[w3 + j]
    }
  }
}

/** `dW[k, n] = xᵀ dOut`, `dBias[n] = Σ dOut`; four samples a pass. */
const weightGradient = (dW, dBias, x, dOut, m, k, n) => {
  dW.fill(0)
  dBias.fill(0)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) dBias[j] += dOut[i * n + j]
  for (let i = 0; i < m; i += 4) {
    const d0 = i * n
    const d1 = d0 + n
    const d2 = d1 + n
    const d3 = d2 + n
    for (let p = 0; p < k; p++) {
      const x0 = x[i * k + p]
      const x1 = x[(i + 1) * k + p]
      const x2 = x[(i + 2) * k + p]
      const x3 = x[(i + 3) * k + p]
      const row = p * n
      for (let j = 0; j < n; j++)
        dW[row + j] += x0 * dOut[d0 + j] + x1 * dOut[d1 + j] + x2 * dOut[d2 + j] + x3 * dOut[d3 + j]
    }
  }
}

/** `dX[m, k] = dOut wᵀ`, zero where relu was closed (`x` is relu's output). */
const inputGradient = (dX, dOut, w, x, m, k, n) => {
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) {
      let sum = 0
      if (x[i * k + p] > 0) for (let j = 0; j < n; j++) sum += dOut[i * n + j] * w[p * n + j]
      dX[i * k + p] = sum
    }
}

const relu = x => {
  for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0
}

/** Mean cross-entropy of `softmax(logits)`; leaves `(softmax - y) / m` in `logits`. */
const softmaxCrossEntropy = (logits, y, m, n) => {
  let loss = 0
  for (let i = 0; i < m; i++) {
    const row = i * n
    let top = -Infinity
    for (let j = 0; j < n; j++) top = Math.max(top, logits[row + j])
    let sum = 0
    for (let j = 0; j < n; j++) sum += Math.exp(logits[row + j] - top)
    for (let j = 0; j < n; j++) {
      const logit = logits[row + j] - top
      loss -= y[row + j] * (logit - Math.log(sum))
      logits[row + j] = (Math.exp(logit) / sum - y[row + j]) / m
    }
  }
  return loss / m
}

const adam = (w, dW, m, v, rate) => {
  const { beta1, beta2, epsilon } = work.W1
  for (let i = 0; i < w.length; i++) {
    const g = dW[i]
    const mean = beta1 * m[i] + (1 - beta1) * g
    const square = beta2 * v[i] + (1 - beta2) * g * g
    m[i] = mean
    v[i] = square
    w[i] -= (rate * mean) / (Math.sqrt(square) + epsilon)
  }
}

const forward = (activations, parameters, m) => {
  const { widths } = work.W1
  for (let layer = 0; layer < 3; layer++) {
    affine(
      activations[layer + 1],
      activations[layer],
      parameters[2 * layer],
      parameters[2 * layer + 1],
      m,
      widths[layer],
      widths[layer + 1],
    )
    if (layer < 2) relu(activations[layer + 1])
  }
}

const trainMlp = () => {
  const { widths, batch } = work.W1
  const { parameters, x, y } = work.mlp()
  const zeros = () => parameters.map(w => new Float32Array(w.length))
  const [gradients, first, second] = [zeros(), zeros(), zeros()]
  const buffers = () => widths.map(width => new Float32Array(batch * width))
  const activations = [x, ...buffers().slice(1)]
  const cotangents = buffers()
  let t = 0
  let loss = Number.NaN
  const step = () => {
    forward(activations, parameters, batch)
    loss = softmaxCrossEntropy(activations[3], y, batch, widths[3])
    cotangents[3] = activations[3]
    for (let layer = 2; layer >= 0; layer--) {
      const [k, n] = [widths[layer], widths[layer + 1]]
      const dOut = cotangents[layer + 1]
      weightGradient(gradients[2 * layer], gradients[2 * layer + 1], activations[layer], dOut, batch, k, n)
      if (layer > 0)
        inputGradient(cotangents[layer], dOut, parameters[2 * layer], activations[layer], batch, k, n)
    }
    const rate = work.adamRate(++t)
    for (let i = 0; i < parameters.length; i++) adam(parameters[i], gradients[i], first[i], second[i], rate)
  }
  return { run: times(step), proof: () => loss }
}

const inferMlp = batch => () => {
  const { parameters } = work.mlp()
  const x = work.mlpInput(batch)
  const activations = [x, ...work.W1.widths.slice(1).map(width => new Float32Array(batch * width))]
  return {
    run: times(() => forward(activations, parameters, batch)),
    proof: () => work.meanAbs(activations[3]),
  }
}

/** 2-8-1: tanh inside, sigmoid at the end, mean squared error, SGD; written out, nothing allocated in the loop. */
const trainXor = () => {
  const [inputs, hidden] = work.W3.widths
  const { batch, learningRate } = work.W3
  const { parameters, x, y } = work.xor()
  const [w1, b1, w2, b2] = parameters
  const [dW1, dB1, dW2] = [w1, b1, w2].map(w => new Float32Array(w.length))
  const h = new Float32Array(hidden)
  let loss = Number.NaN
  const run = steps => {
    for (let step = 0; step < steps; step++) {
      dW1.fill(0)
      dB1.fill(0)
      dW2.fill(0)
      let dB2 = 0
      let sum = 0
      for (let i = 0; i < batch; i++) {
        const x0 = x[i * inputs]
        const x1 = x[i * inputs + 1]
        let out = b2[0]
        for (let j = 0; j < hidden; j++) {
          // tanh z = 1 - 2 / (exp 2z + 1), a third faster here than Math.tanh
          const value = 1 - 2 / (Math.exp(2 * (b1[j] + x0 * w1[j] + x1 * w1[hidden + j])) + 1)
          h[j] = value
          out += value * w2[j]
        }
        const p = 1 / (1 + Math.exp(-out))
        const error = p - y[i]
        sum += error * error
        const dOut = ((2 * error) / batch) * p * (1 - p)
        dB2 += dOut
        for (let j = 0; j < hidden; j++) {
          const value = h[j]
          dW2[j] += dOut * value
          const dH = dOut * w2[j] * (1 - value * value)
          dB1[j] += dH
          dW1[j] += dH * x0
          dW1[hidden + j] += dH * x1
        }
      }
      loss = sum / batch
      b2[0] -= learningRate * dB2
      for (let j = 0; j < hidden; j++) {
        w2[j] -= learningRate * dW2[j]
        b1[j] -= learningRate * dB1[j]
        w1[j] -= learningRate * dW1[j]
        w1[hidden + j] -= learningRate * dW1[hidden + j]
      }
    }
  }
  return { run, proof: () => loss }
}

const pointwise = () => {
  const x = work.pointwiseInput()
  let y = x
  const call = () => {
    y = new Float32Array(x.length)
    for (let i = 0; i < x.length; i++) {
      const value = x[i]
      const tanh = 1 - 2 / (Math.exp(3 * value + 0.5) + 1)
      y[i] = tanh / (1 + Math.exp(-value)) + value
    }
  }
  return { run: times(call), proof: () => work.mean(y) }
}

/** `run(n)` of a function that does one unit of work. */
const times = call => n => {
  for (let i = 0; i < n; i++) call()
}

export const runners = {
  W1: trainMlp,
  'W2-b1': inferMlp(1),
  'W2-b256': inferMlp(256),
  W3: trainXor,
  W5: pointwise,
}
