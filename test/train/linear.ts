import { Builder } from '../../compiler/ir/build.js'
import type { Program } from '../../compiler/ir/program.js'
import type { StepProgram } from '../../src/train/programs.js'

/** Rows of x have this many numbers. */
export const WIDTH = 2

const DOT = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }
const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const })

const kernel = {
  path: ['layer0', 'kernel'],
  shape: [WIDTH],
  trainable: true,
  offset: 0,
  initializer: 'zeros',
  regularizer: undefined,
  constraint: undefined,
} as const

const layout = { weights: [kernel], params: WIDTH, state: 0 }

/**
 * A training step written by hand: y = x · w by gradient descent on the mean squared error,
 * d(mean (xw - y)²)/dw = 2/B · xᵀ(xw - y). With `evaluating`, the same without the update.
 */
export const linearStep = (batch: number, evaluating = false): StepProgram => {
  const b = new Builder(evaluating ? 'evaluate' : 'train')
  const params = b.input('params', f32(WIDTH))
  const rate = evaluating ? undefined : b.input('rate', f32())
  const totals = b.input('totals', f32(2))
  const x = b.input('x', f32(batch, WIDTH))
  const y = b.input('y', f32(batch))
  const error = b.withSource('layer0', () => b.subtract(b.dot_general(x, params, DOT), y))
  const squares = b.reduce('add', b.multiply(error, error), [0])
  const loss = b.divide(squares, b.scalar(batch))
  const sums = b.concatenate([b.reshape(squares, [1]), b.full([1], batch)], 0)
  const outputs = [
    { name: 'totals', value: b.add(totals, sums) },
    { name: 'loss', value: loss },
  ]
  const shared = { streams: ['x', 'y'], fixed: [], guard: 'loss', layout, metrics: [], layers: [] }
  if (rate === undefined) return { program: b.finish(outputs), donate: [['totals', 'totals']], ...shared }
  const gradient = b.multiply(
    b.dot_general(error, x, { ...DOT, lhsContracting: [0] }),
    b.full([WIDTH], 2 / batch),
  )
  const next = b.subtract(params, b.multiply(b.broadcast_in_dim(rate, [WIDTH], []), gradient))
  const program: Program = b.finish([{ name: 'params', value: next }, ...outputs])
  return {
    program,
    donate: [
      ['params', 'params'],
      ['totals', 'totals'],
    ],
    ...shared,
  }
}
