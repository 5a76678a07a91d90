/**
 * How exact and how fast are long sums? `npm run build && node bench/sums.js [--targets wasm,js,native]`: the sum, the
 * mean of each of ten columns and the variance of 10⁷ values, against f64.
 */
import { parseArgs } from 'node:util'
import { jit, mean, run, sum, tensor, unwrap, variance } from '../dist/src/index.js'

const { values } = parseArgs({ options: { targets: { type: 'string', default: 'wasm,js' } } })
const SIZE = 10_000_000
const ROUNDS = 15

const tenths = new Float32Array(SIZE).fill(0.1)
const steps = Float32Array.from({ length: SIZE }, (_, i) => 1000 + (i % 2))
const whole = data => unwrap(tensor([SIZE], data))
const columns = data => unwrap(tensor([SIZE / 10, 10], data))
const tenth = Math.fround(0.1)

const cases = [
  ['sum', x => sum(x), whole(tenths), SIZE * tenth],
  ['means of columns', x => mean(x, 0), columns(tenths), tenth],
  ['variance', x => variance(x), whole(steps), 0.25],
]

for (const target of values.targets.split(',')) {
  for (const [name, f, x, exact] of cases) {
    const compiled = jit(f, { target })
    const times = []
    let value = 0
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now()
      value = (await run(compiled(x))).data[0]
      times.push(performance.now() - began)
    }
    const median = times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]
    const error = Math.abs(value / exact - 1).toExponential(1)
    console.log(`${target} ${name}: off by ${error}, ${median.toFixed(1)} ms with copies`)
  }
}
