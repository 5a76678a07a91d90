import { type Given, rowsIn, sizeOf } from './numbers.js'
import type { Port } from './predict.js'
import type { Bound } from './wasm.js'

/** What fit takes. */
export interface FitOptions {
  /** Passes over the rows. Default: 1. */
  readonly epochs?: number
}

/** Training on the device. */
export interface Training {
  /** One step on one batch of exactly as many rows as the module was built for; the batch's loss. */
  readonly trainStep: (x: Given, y: Given) => number
  /**
   * Passes over any number of rows, each in another order; the mean loss of each pass. The last batch of a pass is
   * filled up with the first rows of its order.
   */
  readonly fit: (x: Given, y: Given, options?: FitOptions) => readonly number[]
  /** The optimizer's rate, from the next step on. */
  readonly setLearningRate: (rate: number) => void
}

/** Numbers in (0, 1) from a seed (Mulberry32). */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Training with a step of `rows` rows; `integers` says that the targets are class numbers. */
export const trainer = (
  { buffer }: Bound['memory'],
  step: () => void,
  rows: number,
  [, xShape, xAddress]: Port,
  [, yShape, yAddress]: Port,
  integers: boolean,
  [rateAddress, lossAddress, initialRate, seed]: readonly [number, number, number, number],
): Training => {
  const [xWidth, yWidth] = [sizeOf(xShape), sizeOf(yShape)]
  const xs = new Float32Array(buffer, xAddress, rows * xWidth)
  const ys = new (integers ? Int32Array : Float32Array)(buffer, yAddress, rows * yWidth)
  const rate = new Float32Array(buffer, rateAddress, 1)
  const loss = new Float32Array(buffer, lossAddress, 1)
  const random = randomFrom(seed)
  rate[0] = initialRate
  const row = (data: Float32Array, width: number, i: number) => data.subarray(i * width, (i + 1) * width)
  return {
    setLearningRate: x => {
      rate[0] = x
    },
    trainStep: (x, y) => {
      const [a, b] = [rowsIn('trainStep: x', x, xShape, rows), rowsIn('trainStep: y', y, yShape, rows)]
      xs.set(a)
      ys.set(b)
      step()
      return loss[0]!
    },
    fit: (x, y, { epochs = 1 } = {}) => {
      const a = rowsIn('fit: x', x, xShape)
      const n = a.length / xWidth
      const b = rowsIn('fit: y', y, yShape, n)
      return Array.from({ length: epochs }, () => {
        const order = Array.from({ length: n }, (_, i) => [random(), i] as const)
        order.sort(([p], [q]) => p - q)
        let sum = 0
        const steps = Math.ceil(n / rows)
        for (let i = 0; i < steps * rows; i++) {
          const from = order[i % n]![1]
          xs.set(row(a, xWidth, from), (i % rows) * xWidth)
          ys.set(row(b, yWidth, from), (i % rows) * yWidth)
          if (i % rows === rows - 1) {
            step()
            sum += loss[0]!
          }
        }
        return sum / steps
      })
    },
  }
}
