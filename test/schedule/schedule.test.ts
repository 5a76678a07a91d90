import { describe, expect, test } from 'vitest'
import { scheduleProgram } from '../../compiler/compile.js'
import { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program, TensorType, Value } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { runCompiled } from '../../src/testing/run.js'

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'f32' })

/** Deterministic elements in (-2, 2), none of them round. */
const sample = (type: TensorType, seed: number): TensorValue => {
  const data = allocate(type.dtype, sizeOf(type.shape))
  for (let i = 0; i < data.length; i++) {
    const x = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453
    data[i] = type.dtype === 'f32' ? (x - Math.floor(x)) * 4 - 2 : Math.floor((x - Math.floor(x)) * 7)
  }
  return { type, data }
}

const build = (
  name: string,
  types: readonly TensorType[],
  body: (b: Builder, xs: Value[]) => Value[],
): Program => {
  const b = new Builder(name)
  const xs = types.map((type, i) => b.input(`x${i}`, type))
  return b.finish(body(b, xs).map((value, i) => ({ name: `y${i}`, value })))
}

const expectSame = async (program: Program): Promise<void> => {
  const inputs = program.inputs.map((p, i) => sample(program.types[p.value] ?? f32(), i + 1))
  const expected = evaluate(program, inputs)
  const actual = await runCompiled(program, inputs)
  expected.forEach((want, o) => {
    const got = actual[o]
    expect(got?.data.length).toBe(want.data.length)
    for (let i = 0; i < want.data.length; i++) {
      expect(got?.data[i], `output ${o} element ${i}`).toBeCloseTo(want.data[i] ?? Number.NaN, 4)
    }
  })
}

const softmax = (b: Builder, x: Value): Value => {
  const shape = b.shapeOf(x)
  const back = (v: Value): Value => b.broadcast_in_dim(v, shape, [0])
  const e = b.exponential(b.subtract(x, back(b.reduce('maximum', x, [1]))))
  return b.divide(e, back(b.reduce('add', e, [1])))
}

/** A number from random bits for every sum over some dimensions: drawn where the sums are, and not for every term. */
const noisySums = (name: string, shape: readonly number[], over: readonly number[]): Program =>
  build(name, [f32(...shape), { shape: [2], dtype: 'u32' }], (b, [x = 0, key = 0]) => {
    const sums = b.reduce('add', x, over)
    const noise = b.convert(b.randomBits(key, b.shapeOf(sums)), 'f32')
    return [b.multiply(sums, b.multiply(noise, b.fullLike(noise, 2 ** -32)))]
  })

const programs: Record<string, { readonly program: Program; readonly kernels: number }> = {
  pointwise: {
    program: build('pointwise', [f32(5, 7), f32(5, 7)], (b, [x = 0, y = 0]) => [
      b.add(b.multiply(x, y), b.tanh(x)),
    ]),
    kernels: 1,
  },
  scalar: { program: build('scalar', [f32(), f32()], (b, [x = 0, y = 0]) => [b.add(x, y)]), kernels: 1 },
  'broadcast bias': {
    program: build('bias', [f32(6, 10), f32(10)], (b, [x = 0, y = 0]) => [
      b.add(x, b.broadcast_in_dim(y, [6, 10], [1])),
    ]),
    kernels: 1,
  },
  transposed: {
    program: build('transposed', [f32(6, 9), f32(9, 6)], (b, [x = 0, y = 0]) => [
      b.add(x, b.transpose(y, [1, 0])),
    ]),
    kernels: 1,
  },
  'reversed slice': {
    program: build('slice', [f32(8, 12)], (b, [x = 0]) => [
      b.negate(b.reverse(b.slice(x, [1, 2], [7, 12], [2, 1]), [0, 1])),
    ]),
    kernels: 1,
  },
  'copy of a transpose': {
    program: build('copy', [f32(4, 6)], (b, [x = 0]) => [
      b.exponential(b.reshape(b.transpose(x, [1, 0]), [24])),
    ]),
    kernels: 2,
  },
  softmax: { program: build('softmax', [f32(9, 10)], (b, [x = 0]) => [softmax(b, x)]), kernels: 1 },
  'softmax of short rows': {
    program: build('softmax', [f32(9, 3)], (b, [x = 0]) => [softmax(b, x)]),
    kernels: 1,
  },
  'column mean and variance': {
    program: build('columns', [f32(13, 23)], (b, [x = 0]) => {
      const scale = (v: Value): Value => b.multiply(v, b.fullLike(v, 1 / 13))
      const mean = scale(b.reduce('add', x, [0]))
      const centred = b.subtract(x, b.broadcast_in_dim(mean, [13, 23], [1]))
      const variance = scale(b.reduce('add', b.multiply(centred, centred), [0]))
      const inv = b.rsqrt(b.add(variance, b.fullLike(variance, 1e-3)))
      return [b.multiply(centred, b.broadcast_in_dim(inv, [13, 23], [1])), mean, variance]
    }),
    kernels: 1,
  },
  'sum of everything': {
    program: build('sum', [f32(7, 11)], (b, [x = 0]) => [b.reduce('add', b.multiply(x, x), [0, 1])]),
    kernels: 1,
  },
  'maximum over the middle': {
    program: build('max', [f32(3, 5, 6)], (b, [x = 0]) => [b.reduce('maximum', x, [1])]),
    kernels: 1,
  },
  'concatenated in place': {
    program: build('concat', [f32(6), f32(9)], (b, [x = 0, y = 0]) => [
      b.concatenate([b.negate(x), b.exponential(y)], 0),
    ]),
    kernels: 2,
  },
  'concatenated along columns': {
    program: build('concat', [f32(3, 4), f32(3, 5)], (b, [x = 0, y = 0]) => [b.concatenate([x, y], 1)]),
    kernels: 2,
  },
  padded: {
    program: build('pad', [f32(3, 4)], (b, [x = 0]) => [b.pad(x, b.scalar(7), [1, -1], [2, 3], [0, 1])]),
    kernels: 1,
  },
  'padded between and cut': {
    program: build('pad', [f32(4, 5, 6)], (b, [x = 0]) => [
      b.pad(x, b.scalar(7), [-1, 2, -4], [3, -4, 1], [2, 0, 3]),
    ]),
    kernels: 1,
  },
  'padded with nothing left of it': {
    program: build('pad', [f32(2, 3)], (b, [x = 0]) => [b.pad(x, b.scalar(7), [4, -3], [0, 2], [0, 0])]),
    kernels: 1,
  },
  argmax: {
    program: build('argmax', [f32(5, 9)], (b, [x = 0]) => [b.argmax(x, 1), b.argmax(x, 0)]),
    kernels: 2,
  },
  'dense with its epilogue': {
    program: build('dense', [f32(7, 12), f32(12, 10), f32(10)], (b, [x = 0, w = 0, bias = 0]) => {
      const dims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }
      const z = b.add(b.dot_general(x, w, dims), b.broadcast_in_dim(bias, [7, 10], [1]))
      return [b.maximum(z, b.fullLike(z, 0))]
    }),
    kernels: 1,
  },
  'batched product, heads in the middle': {
    program: build('heads', [f32(2, 5, 3, 4), f32(2, 6, 3, 4)], (b, [q = 0, k = 0]) => [
      b.dot_general(q, k, { lhsBatch: [0, 2], rhsBatch: [0, 2], lhsContracting: [3], rhsContracting: [3] }),
    ]),
    kernels: 1,
  },
  'two contracting dimensions': {
    program: build('two', [f32(2, 5, 3), f32(3, 5, 4)], (b, [x = 0, y = 0]) => [
      b.dot_general(x, y, { lhsBatch: [], rhsBatch: [], lhsContracting: [1, 2], rhsContracting: [1, 0] }),
    ]),
    kernels: 2,
  },
  'one space in two shapes': {
    program: build('reshaped', [f32(6, 8, 16), f32(2, 3, 2, 4, 16)], (b, [x = 0, y = 0]) => {
      const masked = b.multiply(b.reshape(b.tanh(x), [2, 3, 2, 4, 16]), y)
      return [masked, b.reduce('add', b.reshape(masked, [48, 16]), [0])]
    }),
    kernels: 1,
  },
  'a reshape that would cut rows short': {
    program: build('short', [f32(6, 64), f32(6, 32, 2)], (b, [x = 0, y = 0]) => [
      b.reduce('add', b.multiply(b.reshape(b.tanh(x), [6, 32, 2]), b.transpose(y, [0, 1, 2])), [1]),
    ]),
    kernels: 2,
  },
  'random bits beside sums of rows': { program: noisySums('rows', [5, 21], [1]), kernels: 1 },
  'random bits beside sums of columns': { program: noisySums('columns', [5, 21], [0]), kernels: 1 },
  'random bits beside pooled channels': { program: noisySums('pooled', [3, 4, 4, 2], [1, 2]), kernels: 1 },
  'random bits beside the sum of everything': { program: noisySums('sum', [6, 3], [0, 1]), kernels: 1 },
  'iota and comparison': {
    program: build('onehot', [{ shape: [6], dtype: 'i32' }], (b, [y = 0]) => {
      const classes = b.iota([6, 5], 1)
      return [b.convert(b.compare('EQ', classes, b.broadcast_in_dim(y, [6, 5], [0])), 'f32')]
    }),
    kernels: 1,
  },
}

describe('the schedule keeps the meaning of a program', () => {
  for (const [name, { program }] of Object.entries(programs)) {
    test(name, async () => {
      await expectSame(program)
    })
  }
})

describe('the number of kernels', () => {
  for (const [name, { program, kernels }] of Object.entries(programs)) {
    test(name, () => {
      expect(
        scheduleProgram(program, { clean: program.inputs.map(p => p.name) }).kernels.map(k => k.name),
      ).toHaveLength(kernels)
    })
  }
})
