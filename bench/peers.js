/**
 * Who is timed, where and on which cases. A case that a peer cannot do, or does not do in bearable time, is absent.
 * `module` is loaded in the child process only. `against` names the rows of densor that this one is compared with,
 * each in turn with it; `optional` peers need more than `npm ci`, and are left out where that is missing.
 * `slow` cases are run for one round only, and not in a smoke run.
 */
const inference = ['W2-b1', 'W2-b256', 'W5', 'GEMM']
const training = ['W1', ...inference, 'W3', 'W4']
/** For libraries that keep data in memory of their own between calls. */
const resident = ['W5-resident', 'GEMM-resident']
const withoutProduct = ['W1', 'W2-b1', 'W2-b256', 'W5', 'W3']
const native = ['W1', ...inference, ...resident, 'W4']

/** The product under test on its usual target. */
export const self = 'densor'

const densor = (name, target, threads, cases, more = {}) => ({
  name,
  target,
  threads,
  module: 'densor.js',
  installed: true,
  own: true,
  cases,
  against: [],
  ...more,
})

const peer = (name, target, module, cases, more = {}) => ({
  name,
  target,
  threads: 1,
  module: `${module}.js`,
  cases,
  against: [self],
  ...more,
})

const python = (framework, threads) =>
  peer(threads === 1 ? framework : `${framework}-${threads}`, 'native', 'python', native, {
    threads,
    framework,
    optional: true,
    against: [threads === 1 ? 'densor-native' : `densor-native-${threads}`],
  })

export const peers = [
  densor(self, 'wasm', 1, ['W1-late', 'W1-compile', ...training, ...resident], { against: ['densor-2'] }),
  densor('densor-2', 'wasm', 2, ['W1', 'W4'], { optional: true }),
  densor(
    'densor-native',
    'native',
    1,
    ['W1-late', 'W1-compile', 'W1-compile-cached', ...training, ...resident],
    {
      optional: true,
      against: ['densor-native-2'],
    },
  ),
  densor('densor-native-2', 'native', 2, ['W1', 'W4'], { optional: true }),
  peer('jax-js', 'wasm', 'jax-js', ['W1-compile', ...training]),
  peer(
    'tfjs-wasm',
    'wasm',
    'tfjs-wasm',
    training.filter(id => id !== 'W4'),
  ),
  peer('tfjs-cpu', 'js', 'tfjs-cpu', [...withoutProduct, 'W4'], { slow: ['W4'] }),
  peer('onnxruntime-web', 'wasm', 'onnxruntime-web', inference),
  peer('onnxruntime-node', 'native', 'onnxruntime-node', inference, { against: [self, 'densor-native'] }),
  python('torch', 1),
  python('torch', 2),
  python('jax', 1),
  python('jax', 2),
  peer('plain-js', 'js', 'plain-js', withoutProduct, { installed: true, against: [self, 'densor-native'] }),
  peer('ceiling', 'wasm', 'ceiling', ['W2-b1', 'GEMM', 'GEMM-resident'], { installed: true }),
  peer('ceiling-native', 'native', 'ceiling', ['W2-b1', 'GEMM', 'GEMM-resident'], {
    installed: true,
    optional: true,
    against: ['densor-native'],
  }),
]
