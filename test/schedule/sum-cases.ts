import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { traceFunction } from '../../dsl/function-body.js'
import { variance } from '../../dsl/graph/reduce.js'
import { build, f32 } from './threaded-programs.js'

/** Numbers that a running sum in f32 rounds in one direction, or that are large beside what they differ by. */
export const fillings: Readonly<Record<string, (i: number) => number>> = {
  tenths: () => 0.1,
  'steps of a thousand': i => 1000 + (i % 2),
  'half zeros': i => Math.max(0, Math.sin(12.9898 * (i + 1))),
  pixels: i => 100 + ((i * 7919) % 56),
}

/** A program's inputs, all of them filled in the same way. */
export const filled = (program: Program, filling: (i: number) => number): readonly TensorValue[] =>
  program.inputs.map(({ value }) => {
    const type = program.types[value] ?? f32()
    const size = type.shape.reduce((n, extent) => n * extent, 1)
    return { type, data: Float32Array.from({ length: size }, (_, i) => filling(i)) }
  })

const noPadding = { low: [0, 0], high: [0, 0], dilations: [1, 1] }

/** Long sums as they arise: each of thousands of terms or of some 10⁵. */
export const longSums: Readonly<Record<string, Program>> = {
  'all elements': build([f32(100_007)], (b, [x = 0]) => b.reduce('add', x, [0])),
  columns: build([f32(40_000, 7)], (b, [x = 0]) => b.reduce('add', x, [0])),
  rows: build([f32(3, 70_001)], (b, [x = 0]) => b.reduce('add', x, [1])),
  images: build([f32(9, 56, 57, 5)], (b, [x = 0]) => b.reduce('add', x, [0, 1, 2])),
  'dimensions apart': build([f32(300, 3, 299)], (b, [x = 0]) => b.reduce('add', x, [0, 2])),
  'short rows beside a repeated one': build([f32(30_000, 7), f32(7)], (b, [x = 0, y = 0]) =>
    b.reduce('add', b.multiply(x, b.broadcast_in_dim(y, [30_000, 7], [1])), [0, 1]),
  ),
  'what is computed': build([f32(90_000)], (b, [x = 0]) =>
    b.reduce('add', b.multiply(x, b.fullLike(x, 3)), [0]),
  ),
  'large windows': build([f32(120, 121)], (b, [x = 0]) =>
    b.reduce_window('add', x, { sizes: [100, 100], strides: [20, 21], ...noPadding }),
  ),
  'a dot product': build([f32(1, 100_003), f32(100_003, 1)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }),
  ),
  'a product of two columns': build([f32(3, 50_000), f32(50_000, 2)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }),
  ),
  'a sum beside an extreme': build([f32(80_000)], (b, [x = 0]) =>
    b.add(b.reduce('add', x, [0]), b.reduce('maximum', x, [0])),
  ),
}

/** The variance of 300 000 numbers, and of 90 000 in each of three columns, over two dimensions. */
export const variances: Readonly<Record<string, Program>> = {
  'all elements': traceFunction(x => variance(x), [f32(300_000)]),
  columns: traceFunction(x => variance(x, [0, 1]), [f32(300, 300, 3)]),
}

/** The largest relative error of some values. */
export const relativeError = (actual: TensorValue | undefined, expected: TensorValue | undefined): number =>
  Math.max(
    ...Array.from(expected?.data ?? [Number.NaN], (x, i) =>
      actual?.data[i] === x ? 0 : Math.abs((actual?.data[i] ?? Number.NaN) - x) / Math.abs(x),
    ),
  )

/** The population variance in f64 of every so many elements. */
export const varianceOf = (data: Float32Array, columns: number): Float32Array =>
  Float32Array.from({ length: columns }, (_, c) => {
    const own = data.filter((_, i) => i % columns === c)
    const mean = own.reduce((sum, x) => sum + x, 0) / own.length
    return own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length
  })
