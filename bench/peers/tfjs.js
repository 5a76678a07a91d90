/** TensorFlow.js, core API and `optimizer.minimize`, which is faster than the layers' `trainOnBatch`. */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import * as work from '../workloads.js'

// the packages' Node builds are CommonJS
const require = createRequire(import.meta.url)

/** The runners on one backend, `wasm` (SIMD, one thread: what it does in Node) or `cpu`. */
export const tfjsRunners = async backend => {
  const tf = require('@tensorflow/tfjs')
  if (backend === 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm')
    wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  }
  // it reports failure by resolving to false, and then computes on another backend
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs: the backend ${backend} did not start`)
  await tf.ready()

  const toVariables = (parameters, widths) =>
    parameters.map((values, i) => {
      const layer = i >> 1
      return tf.variable(
        i % 2 === 0 ? tf.tensor2d(values, [widths[layer], widths[layer + 1]]) : tf.tensor1d(values),
      )
    })

  const affine = (x, w, b) => tf.add(tf.matMul(x, w), b)

  const logits = ([w1, b1, w2, b2, w3, b3], x) =>
    affine(tf.relu(affine(tf.relu(affine(x, w1, b1)), w2, b2)), w3, b3)

  const training = (optimizer, lossOf, parameters) => {
    let loss = tf.scalar(Number.NaN)
    const run = n => {
      for (let i = 0; i < n; i++) {
        loss.dispose()
        loss = optimizer.minimize(lossOf, true, parameters)
      }
    }
    return { run, proof: () => loss.dataSync()[0] }
  }

  const trainMlp = () => {
    const { widths, batch, learningRate, beta1, beta2, epsilon } = work.W1
    const data = work.mlp()
    const parameters = toVariables(data.parameters, widths)
    const x = tf.tensor2d(data.x, [batch, widths[0]])
    const y = tf.tensor2d(data.y, [batch, widths[3]])
    const lossOf = () => tf.losses.softmaxCrossEntropy(y, logits(parameters, x))
    return training(tf.train.adam(learningRate, beta1, beta2, epsilon), lossOf, parameters)
  }

  const cnnLogits = ([w1, b1, w2, b2, w3, b3], x) => {
    const block = (input, w, b) =>
      tf.maxPool(tf.relu(tf.add(tf.conv2d(input, w, 1, 'same'), b)), 2, 2, 'valid')
    const pooled = block(block(x, w1, b1), w2, b2)
    return affine(tf.reshape(pooled, [work.W4.batch, work.flatSize]), w3, b3)
  }

  const trainCnn = () => {
    const { size, filters, classes, batch } = work.W4
    const { learningRate, beta1, beta2, epsilon } = work.W1
    const data = work.cnn()
    const [k1, b1, k2, b2, k3, b3] = data.parameters
    const parameters = [
      tf.tensor4d(k1, [3, 3, 1, filters[0]]),
      tf.tensor1d(b1),
      tf.tensor4d(k2, [3, 3, ...filters]),
      tf.tensor1d(b2),
      tf.tensor2d(k3, [work.flatSize, classes]),
      tf.tensor1d(b3),
    ].map(w => tf.variable(w))
    const x = tf.tensor4d(data.x, [batch, size, size, 1])
    const y = tf.tensor2d(data.y, [batch, classes])
    const lossOf = () => tf.losses.softmaxCrossEntropy(y, cnnLogits(parameters, x))
    return training(tf.train.adam(learningRate, beta1, beta2, epsilon), lossOf, parameters)
  }

  const trainXor = () => {
    const { widths, batch, learningRate } = work.W3
    const data = work.xor()
    const parameters = toVariables(data.parameters, widths)
    const [w1, b1, w2, b2] = parameters
    const x = tf.tensor2d(data.x, [batch, widths[0]])
    const y = tf.tensor2d(data.y, [batch, widths[2]])
    const lossOf = () => tf.mean(tf.square(tf.sub(tf.sigmoid(affine(tf.tanh(affine(x, w1, b1)), w2, b2)), y)))
    return training(tf.train.sgd(learningRate), lossOf, parameters)
  }

  /** Typed arrays in, a typed array out, whatever lies between released. */
  const calls = (f, proof) => {
    let output
    const run = n => {
      for (let i = 0; i < n; i++)
        tf.tidy(() => {
          // not as tidy's result: it looks for tensors in whatever is returned, element by element
          output = f().dataSync()
        })
    }
    return { run, proof: () => proof(output) }
  }

  const inferMlp = batch => () => {
    const { widths } = work.W1
    const parameters = toVariables(work.mlp().parameters, widths)
    const input = work.mlpInput(batch)
    return calls(() => logits(parameters, tf.tensor2d(input, [batch, widths[0]])), work.meanAbs)
  }

  const pointwise = () => {
    const input = work.pointwiseInput()
    const f = () => {
      const x = tf.tensor1d(input)
      return tf.add(tf.mul(tf.tanh(tf.add(tf.mul(x, 1.5), 0.25)), tf.sigmoid(x)), x)
    }
    return calls(f, work.mean)
  }

  const gemm = () => {
    const { size } = work.GEMM
    const { a, b } = work.gemmInputs()
    return calls(() => tf.matMul(tf.tensor2d(a, [size, size]), tf.tensor2d(b, [size, size])), work.meanAbs)
  }

  return {
    W1: trainMlp,
    'W2-b1': inferMlp(1),
    'W2-b256': inferMlp(256),
    W3: trainXor,
    W4: trainCnn,
    W5: pointwise,
    GEMM: gemm,
  }
}
