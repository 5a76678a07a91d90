/**
 * Who is timed, where and on which cases. A case that a peer cannot do, or does not do in bearable time, is absent.
 * All run on one thread unless `threads` says otherwise; `module` is loaded in the child process only.
 */
const inference = ['W2-b1', 'W2-b256', 'W5', 'GEMM']
const training = ['W1', ...inference, 'W3']

/** The product under test; every other peer is paired with it. */
export const self = 'densor'

export const peers = [
  {
    name: self,
    target: 'wasm',
    threads: 1,
    module: 'densor.js',
    installed: true,
    cases: ['W1-compile', ...training, 'W4'],
  },
  {
    name: 'jax-js',
    target: 'wasm',
    threads: 1,
    module: 'jax-js.js',
    cases: ['W1-compile', ...training, 'W4'],
  },
  { name: 'tfjs-wasm', target: 'wasm', threads: 1, module: 'tfjs-wasm.js', cases: training },
  {
    name: 'tfjs-cpu',
    target: 'js',
    threads: 1,
    module: 'tfjs-cpu.js',
    cases: training.filter(id => id !== 'GEMM'),
  },
  { name: 'onnxruntime-web', target: 'wasm', threads: 1, module: 'onnxruntime-web.js', cases: inference },
  { name: 'onnxruntime-node', target: 'native', threads: 1, module: 'onnxruntime-node.js', cases: inference },
  {
    name: 'plain-js',
    target: 'js',
    threads: 1,
    module: 'plain-js.js',
    installed: true,
    cases: training.filter(id => id !== 'GEMM'),
  },
]
