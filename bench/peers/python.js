/**
 * JAX and PyTorch, each in a Python process of its own (`native.py`) that is told what to do, line by line: `run 8`,
 * `proof`, `rss`. Its arrays come from `workloads.js`, through its standard input, as for everybody else.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Absent } from '../absent.js'
import * as work from '../workloads.js'

/** The interpreter that `native-peers.sh` sets up. */
export const interpreter = fileURLToPath(new URL('../.venv/bin/python', import.meta.url))
const program = fileURLToPath(new URL('native.py', import.meta.url))

const mlpShapes = work.W1.widths
  .slice(1)
  .flatMap((columns, layer) => [[work.W1.widths[layer], columns], [columns]])

const { size, filters, classes } = work.W4
const cnnShapes = [
  [3, 3, 1, filters[0]],
  [filters[0]],
  [3, 3, ...filters],
  [filters[1]],
  [work.flatSize, classes],
  [classes],
]

const listed = (values, shapes) => values.map((data, i) => ({ data, shape: shapes[i] }))

const pointwise = () => listed([work.pointwiseInput()], [[work.W5.length]])
const product = () =>
  listed(
    Object.values(work.gemmInputs()),
    [0, 1].map(() => [work.GEMM.size, work.GEMM.size]),
  )

/** Parameters first, then the inputs. */
const arrays = {
  W1: () => {
    const { parameters, x, y } = work.mlp()
    const { widths, batch } = work.W1
    return listed([...parameters, x, y], [...mlpShapes, [batch, widths[0]], [batch, widths[3]]])
  },
  W4: () => {
    const { parameters, x, y } = work.cnn()
    const { batch } = work.W4
    return listed([...parameters, x, y], [...cnnShapes, [batch, size, size, 1], [batch, classes]])
  },
  W5: pointwise,
  'W5-resident': pointwise,
  GEMM: product,
  'GEMM-resident': product,
  ...Object.fromEntries(
    [1, 256].map(batch => [
      `W2-b${batch}`,
      () =>
        listed([...work.mlp().parameters, work.mlpInput(batch)], [...mlpShapes, [batch, work.W1.widths[0]]]),
    ]),
  ),
}

/** PyTorch gives every temporary back to the system otherwise, and is half as fast. */
const keepPages = {
  MALLOC_MMAP_THRESHOLD_: '1073741824',
  MALLOC_TRIM_THRESHOLD_: '4294967296',
  MALLOC_TOP_PAD_: '268435456',
}

const environment = (framework, threads) => ({
  ...process.env,
  OMP_NUM_THREADS: String(threads),
  OPENBLAS_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
  JAX_PLATFORMS: 'cpu',
  ...(framework === 'torch' ? keepPages : {}),
})

const open = async ({ name, framework, threads }, id) => {
  if (!existsSync(interpreter)) throw new Absent(`no Python here; bench/native-peers.sh sets it up`)
  const started = spawn(interpreter, [program, framework, id, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment(framework, threads),
  })
  process.once('exit', () => started.kill())
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${name}: Python ended`)
    const message = JSON.parse(value)
    if (message.absent !== undefined) throw new Absent(`${message.absent}`)
    if (message.error !== undefined) throw new Error(`${name}: ${message.error}`)
    return message.value
  }
  const ask = line => {
    started.stdin.write(`${line}\n`)
    return answer()
  }
  started.stdin.on('error', () => {})
  const given = arrays[id]()
  const { learningRate, beta1, beta2, epsilon } = work.W1
  const shapes = given.map(({ shape }) => shape)
  started.stdin.write(`${JSON.stringify({ shapes, learningRate, beta1, beta2, epsilon })}\n`)
  for (const { data } of given) started.stdin.write(new Uint8Array(data.buffer))
  await answer()
  return { run: n => ask(`run ${n}`), proof: () => ask('proof'), rssMiB: () => ask('rss') }
}

export const runnersFor = peer =>
  Object.fromEntries(Object.keys(arrays).map(id => [id, () => open(peer, id)]))
