/**
 * What is timed: shapes, data and initial weights, the same for every peer, bit for bit.
 *
 * A case is one figure. `toValue` turns seconds per unit of work into it, and `proof` says what number a
 * runner must reproduce before its time counts: a fast wrong answer is no answer.
 * Where a runner has a `figure` of its own, `toValue` is given that.
 */

export const W1 = {
  widths: [784, 512, 256, 10],
  batch: 128,
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
}
export const W3 = { widths: [2, 8, 1], batch: 4, learningRate: 0.5 }
/** Images, two convolutions of `filters` with a window of 3, each before a pooling of 2, then classes. */
export const W4 = { size: 28, filters: [16, 32], classes: 10, batch: 64 }
/** `steps` are timed after `warm`, and again after `between` more. */
export const LATE = { warm: 50, steps: 500, between: 4500 }
export const W5 = { length: 1_000_000 }
export const GEMM = { size: 1024 }

const perSecond = units => seconds => units / seconds
const inUnits = scale => seconds => seconds * scale

/** Every case, in the order of the table; `steps` is how many units run before the proof is read. */
export const cases = [
  {
    id: 'W1',
    workload: 'W1',
    metric: 'training step',
    unit: 'steps/s',
    better: 'more',
    toValue: perSecond(1),
    proof: { of: 'loss that the 3rd step reports', steps: 3, expected: 2.2392 },
  },
  {
    id: 'W1-late',
    workload: 'W1',
    metric: 'speed after 5000 steps beside the first 500',
    unit: 'ratio',
    better: 'more',
    toValue: ratio => ratio,
    once: true,
  },
  {
    id: 'W1-compile',
    workload: 'W1',
    metric: 'compile of the training step',
    unit: 'ms',
    better: 'less',
    toValue: inUnits(1e3),
    once: true,
  },
  {
    id: 'W1-compile-cached',
    workload: 'W1',
    metric: 'the same, compiled by an earlier process',
    unit: 'ms',
    better: 'less',
    toValue: inUnits(1e3),
    once: true,
  },
  {
    id: 'W2-b1',
    workload: 'W2',
    metric: 'inference, batch 1, latency',
    unit: 'us',
    better: 'less',
    toValue: inUnits(1e6),
    proof: { of: 'mean |logit|', steps: 1, expected: 0.489357 },
  },
  {
    id: 'W2-b256',
    workload: 'W2',
    metric: 'inference, batch 256',
    unit: 'samples/s',
    better: 'more',
    toValue: perSecond(256),
    proof: { of: 'mean |logit|', steps: 1, expected: 0.449871 },
  },
  {
    id: 'W3',
    workload: 'W3',
    metric: 'training step',
    unit: 'steps/s',
    better: 'more',
    toValue: perSecond(1),
    proof: { of: 'loss that the 200th step reports', steps: 200, expected: 0.0499758 },
  },
  {
    id: 'W4',
    workload: 'W4',
    metric: 'training step of a CNN',
    unit: 'samples/s',
    better: 'more',
    toValue: perSecond(W4.batch),
    proof: { of: 'loss that the 3rd step reports', steps: 3, expected: 2.24216 },
  },
  {
    id: 'W5',
    workload: 'W5',
    metric: 'pointwise over 1e6',
    unit: 'ms',
    better: 'less',
    toValue: inUnits(1e3),
    proof: { of: 'mean of y', steps: 1, expected: 0.339409 },
  },
  {
    id: 'W5-resident',
    workload: 'W5',
    metric: 'pointwise over 1e6, data resident',
    unit: 'ms',
    better: 'less',
    toValue: inUnits(1e3),
    proof: { of: 'mean of y', steps: 1, expected: 0.339409 },
  },
  {
    id: 'GEMM',
    workload: 'GEMM',
    metric: 'f32 1024^3',
    unit: 'GFLOP/s',
    better: 'more',
    toValue: perSecond((2 * GEMM.size ** 3) / 1e9),
    proof: { of: 'mean |c|', steps: 1, expected: 8.51885 },
  },
  {
    id: 'GEMM-resident',
    workload: 'GEMM',
    metric: 'f32 1024^3, data resident',
    unit: 'GFLOP/s',
    better: 'more',
    toValue: perSecond((2 * GEMM.size ** 3) / 1e9),
    proof: { of: 'mean |c|', steps: 1, expected: 8.51885 },
  },
]

/** How far a proof may lie from the expected number, relative: f32 summed in any order stays well inside. */
export const proofTolerance = 1e-3

/** mulberry32: uniform in [0, 1), from a 32-bit seed. */
export const uniform = seed => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }
}

const filled = (length, value) => Float32Array.from({ length }, value)
const between = (random, low, high) => () => low + (high - low) * random()

/** Glorot-uniform kernels `[in, out]`, row-major, and zero biases, as a flat list `w1, b1, w2, b2, ...`. */
const parameters = (widths, seed) => {
  const random = uniform(seed)
  return widths.slice(1).flatMap((columns, layer) => {
    const rows = widths[layer]
    const limit = Math.sqrt(6 / (rows + columns))
    return [filled(rows * columns, between(random, -limit, limit)), new Float32Array(columns)]
  })
}

/** W1's network and its one batch: `x` is `[128, 784]` in [0, 1), `y` is one-hot `[128, 10]`. */
export const mlp = () => {
  const [inputs] = W1.widths
  const classes = W1.widths.at(-1)
  const random = uniform(2)
  const x = filled(W1.batch * inputs, random)
  const y = new Float32Array(W1.batch * classes)
  for (let row = 0; row < W1.batch; row++) y[row * classes + Math.floor(random() * classes)] = 1
  return { parameters: parameters(W1.widths, 1), x, y }
}

/** Features of a W4 image after both poolings. */
export const flatSize = (W4.size / 4) ** 2 * W4.filters[1]

/**
 * W4's network and its one batch: kernels `[height, width, in, out]`, images `[64, 28, 28, 1]` in [0, 1), one-hot
 * classes `[64, 10]`.
 */
export const cnn = () => {
  const random = uniform(7)
  const [first, second] = W4.filters
  const layer = (window, rows, columns) => {
    const limit = Math.sqrt(6 / (window * (rows + columns)))
    return [filled(window * rows * columns, between(random, -limit, limit)), new Float32Array(columns)]
  }
  const x = filled(W4.batch * W4.size ** 2, random)
  const y = new Float32Array(W4.batch * W4.classes)
  for (let row = 0; row < W4.batch; row++) y[row * W4.classes + Math.floor(random() * W4.classes)] = 1
  const parameters = [...layer(9, 1, first), ...layer(9, first, second), ...layer(1, flatSize, W4.classes)]
  return { parameters, x, y }
}

/** An input of W2: `[batch, 784]` in [0, 1). */
export const mlpInput = batch => filled(batch * W1.widths[0], uniform(3))

/** W3's network and the four rows of XOR. */
export const xor = () => ({
  parameters: parameters(W3.widths, 4),
  x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1),
  y: Float32Array.of(0, 1, 1, 0),
})

/** W5's input: 1e6 values in [-4, 4). */
export const pointwiseInput = () => filled(W5.length, between(uniform(5), -4, 4))

/** GEMM's factors, each `[1024, 1024]` in [-1, 1). */
export const gemmInputs = () => {
  const random = between(uniform(6), -1, 1)
  return { a: filled(GEMM.size ** 2, random), b: filled(GEMM.size ** 2, random) }
}

/** Mean of absolute values, the proof of W2 and GEMM. */
export const meanAbs = values => values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length

/** Mean, the proof of W5. */
export const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length

/** Adam's step size at step `t` (from 1) with both bias corrections in it (Kingma & Ba 2015, end of section 2). */
export const adamRate = t => (W1.learningRate * Math.sqrt(1 - W1.beta2 ** t)) / (1 - W1.beta1 ** t)
