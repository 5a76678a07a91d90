/**
 * What densor has to reach, in two sets. `over` is a row of densor. With a `peer`, the bound is on the median of paired
 * ratios, densor's figure over the peer's; without one, on densor's own figure, or on its peak memory in MB (`of`).
 */

/** Figures of the first set: WebAssembly, one thread. */
const first = [
  { case: 'W1', over: 'densor', peer: 'jax-js', atLeast: 1.5 },
  { case: 'W1-compile', over: 'densor', atMost: 200 },
  { case: 'W2-b1', over: 'densor', peer: 'onnxruntime-web', atMost: 1.0 },
  { case: 'W2-b256', over: 'densor', peer: 'onnxruntime-web', atLeast: 1.0 },
  { case: 'W3', over: 'densor', peer: 'plain-js', atLeast: 0.7 },
  { case: 'W3', over: 'densor', peer: 'jax-js', atLeast: 80 },
  { case: 'W5', over: 'densor', peer: 'onnxruntime-web', atMost: 1.0 },
]

const wasm = [
  { case: 'W1', peer: 'jax-js', atLeast: 2.0 },
  { case: 'W1', peer: 'tfjs-wasm', atLeast: 12 },
  { case: 'W2-b1', peer: 'onnxruntime-web', atMost: 0.7 },
  { case: 'W2-b256', peer: 'onnxruntime-web', atLeast: 1.3 },
  { case: 'W3', peer: 'plain-js', atLeast: 1.0 },
  { case: 'W3', peer: 'jax-js', atLeast: 100 },
  { case: 'W4', peer: 'jax-js', atLeast: 40 },
  { case: 'W5', peer: 'onnxruntime-web', atMost: 0.5 },
  // one of these two is enough
  { case: 'GEMM', atLeast: 40 },
  { case: 'GEMM', peer: 'ceiling', atLeast: 0.75 },
  { case: 'W1-compile', atMost: 120 },
  { case: 'W1', of: 'MB', atMost: 100 },
].map(mark => ({ ...mark, over: 'densor' }))

const native = [
  { case: 'W1', peer: 'torch', atLeast: 1.3 },
  { case: 'W2-b1', peer: 'onnxruntime-node', atMost: 0.5 },
  { case: 'W2-b256', peer: 'onnxruntime-node', atLeast: 1.0 },
  { case: 'W3', peer: 'plain-js', atLeast: 2.0 },
  { case: 'W4', peer: 'torch', atLeast: 1.0 },
  { case: 'W5', peer: 'jax', atMost: 1.0 },
  { case: 'W5-resident', peer: 'jax', atMost: 1.0 },
  { case: 'GEMM', peer: 'ceiling-native', atLeast: 0.85 },
  { case: 'GEMM-resident', peer: 'ceiling-native', atLeast: 0.85 },
  { case: 'W1-compile', atMost: 1500 },
  { case: 'W1-compile-cached', atMost: 20 },
  { case: 'W1', of: 'MB', atMost: 100 },
].map(mark => ({ ...mark, over: 'densor-native' }))

const threads = [
  { case: 'W1', over: 'densor-native-2', peer: 'jax-2', atLeast: 1.0 },
  { case: 'W4', over: 'densor-native-2', peer: 'torch-2', atLeast: 1.0 },
  ...['W1', 'W4'].flatMap(id => [
    { case: id, over: 'densor-2', peer: 'densor', atLeast: 1.6 },
    { case: id, over: 'densor-native-2', peer: 'densor-native', atLeast: 1.6 },
  ]),
]

/** Both sets, by the name that `--marks` takes. */
export const markSets = { 2: first, 3: [...wasm, ...native, ...threads] }

/** Whether a figure reaches a mark. */
export const reached = (mark, figure) =>
  (mark.atLeast === undefined || figure >= mark.atLeast) &&
  (mark.atMost === undefined || figure <= mark.atMost)

/** A mark in words: `>= 1.5`, `<= 100 MB`. */
export const markText = ({ atLeast, atMost, of = '' }) =>
  `${atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`} ${of}`.trim()
