import { describe, expect, test } from 'vitest'
import { gradient } from '../../compiler/autodiff/vjp.js'
import { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { TensorType, Value } from '../../compiler/ir/program.js'
import { erf, erfc } from '../../compiler/ops/special.js'
import { allocate, type DType } from '../../runtime/dtype.js'
import { threefry2x32 } from '../../runtime/random.js'

type Numbers = readonly number[]
type Write = (b: Builder, xs: readonly Value[]) => Value

const run = (dtype: DType, shape: Numbers, operands: readonly Numbers[], write: Write): number[] => {
  const type: TensorType = { shape, dtype }
  const b = new Builder('semantics')
  const xs = operands.map((_, i) => b.input(`x${i}`, type))
  const program = b.finish([{ name: 'y', value: write(b, xs) }])
  const [y] = evaluate(
    program,
    operands.map(numbers => {
      const data = allocate(dtype, numbers.length)
      data.set(numbers)
      return { type, data }
    }),
  )
  return Array.from(y?.data ?? [])
}

const one = (f: (b: Builder) => (x: Value) => Value, dtype: DType, x: Numbers): number[] =>
  run(dtype, [x.length], [x], (b, [v = 0]) => f(b)(v))

const two = (
  f: (b: Builder) => (x: Value, y: Value) => Value,
  dtype: DType,
  x: Numbers,
  y: Numbers,
): number[] => run(dtype, [x.length], [x, y], (b, [u = 0, v = 0]) => f(b)(u, v))

/** The gradient of the sum of f at x. */
const slopes = (f: (b: Builder) => (...xs: Value[]) => Value, ...xs: readonly Numbers[]): number[][] => {
  const b = new Builder('slopes')
  const type: TensorType = { shape: [xs[0]?.length ?? 0], dtype: 'f64' }
  const values = xs.map((_, i) => b.input(`x${i}`, type))
  const loss = b.reduce('add', f(b)(...values), [0])
  const program = gradient(
    b.finish([{ name: 'loss', value: loss }]),
    xs.map((_, i) => i),
  )
  return evaluate(
    program,
    xs.map(x => Float64Array.from(x)),
  )
    .slice(1)
    .map(({ data }) => Array.from(data))
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

describe('maximum and minimum', () => {
  test('NaN spreads, and 0 is above -0', () => {
    expect(two(b => b.maximum, 'f32', [nan, 1, -0, 0], [1, nan, 0, -0])).toEqual([nan, nan, 0, 0])
    expect(two(b => b.minimum, 'f32', [nan, 1, -0, 0], [1, nan, 0, -0])).toEqual([nan, nan, -0, -0])
  })

  test('a tie halves the gradient, as in JAX', () => {
    expect(slopes(b => b.maximum, [1, 2, 3], [2, 2, 2])).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ])
    expect(slopes(b => b.minimum, [1, 2, 3], [2, 2, 2])).toEqual([
      [1, 0.5, 0],
      [0, 0.5, 1],
    ])
  })

  test('equal maxima of a reduction share the gradient', () => {
    expect(slopes(b => x => b.broadcast_in_dim(b.reduce('maximum', x, [0]), [1], []), [3, 1, 3, 2])).toEqual([
      [0.5, 0, 0.5, 0],
    ])
  })

  test('clamp passes the gradient inside only', () => {
    expect(slopes(b => x => b.clamp(b.fullLike(x, -1), x, b.fullLike(x, 1)), [-2, -1, 0, 1, 2])).toEqual([
      [0, 0, 1, 0, 0],
    ])
  })
})

describe('power', () => {
  test('is IEEE 754, not Math.pow', () => {
    expect(
      two(b => b.power, 'f32', [1, 1, -1, -1, nan, 0, -8, -2], [nan, inf, inf, -inf, 0, 0, 1 / 3, 3]),
    ).toEqual([1, 1, 1, 1, 1, 1, nan, -8])
  })

  test('has finite derivatives at 0', () => {
    expect(slopes(b => b.power, [0, 0, 0, 0], [0, 1, 2, 3])).toEqual([
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ])
  })

  test('has the derivative of a whole power of a negative number', () => {
    expect(slopes(b => x => b.power(x, b.fullLike(x, 3)), [-2])).toEqual([[12]])
  })
})

describe('division and remainder', () => {
  test('the remainder has the sign of the dividend', () => {
    expect(two(b => b.remainder, 'f32', [5, -5, 5, -5, -4, 1, 5], [3, 3, -3, -3, 2, inf, 0])).toEqual([
      2,
      -2,
      2,
      -2,
      -0,
      1,
      nan,
    ])
    expect(two(b => b.remainder, 'i32', [5, -5, 5, -5], [3, 3, -3, -3])).toEqual([2, -2, 2, -2])
  })

  test('integers truncate', () => {
    expect(two(b => b.divide, 'i32', [7, -7, 7, -7], [2, 2, -2, -2])).toEqual([3, -3, -3, 3])
  })

  test('an integer over zero has all bits set; x rem 0 is x; the least over -1 is itself', () => {
    expect(two(b => b.divide, 'i32', [7, -7, -(2 ** 31)], [0, 0, -1])).toEqual([-1, -1, -(2 ** 31)])
    expect(two(b => b.divide, 'u32', [7], [0])).toEqual([2 ** 32 - 1])
    expect(two(b => b.remainder, 'i32', [7, -(2 ** 31)], [0, -1]).map(Math.abs)).toEqual([7, 0])
  })
})

describe('integers', () => {
  test('sums, differences and products wrap', () => {
    const most = 2 ** 31 - 1
    expect(two(b => b.add, 'i32', [most], [1])).toEqual([-(2 ** 31)])
    expect(two(b => b.subtract, 'u32', [0], [1])).toEqual([2 ** 32 - 1])
    expect(two(b => b.multiply, 'u32', [0x9e3779b9], [0x85ebca6b])).toEqual([
      Math.imul(0x9e3779b9, 0x85ebca6b) >>> 0,
    ])
    expect(one(b => b.negate, 'i32', [-(2 ** 31)])).toEqual([-(2 ** 31)])
    expect(one(b => b.abs, 'i32', [-(2 ** 31), -3])).toEqual([-(2 ** 31), 3])
    expect(run('i32', [2], [[most, most]], (b, [x = 0]) => b.reduce('add', x, [0]))).toEqual([-2])
  })

  test('shifts by 32 and more, or by less than 0, leave nothing', () => {
    expect(two(b => b.shift_left, 'u32', [1, 1, 1, 3], [31, 32, 33, 1])).toEqual([2 ** 31, 0, 0, 6])
    expect(two(b => b.shift_left, 'i32', [1, 1], [31, -1])).toEqual([-(2 ** 31), 0])
    expect(two(b => b.shift_right_logical, 'i32', [-1, -1, -1], [31, 32, 0])).toEqual([1, 0, -1])
  })

  test('not is bitwise for integers, logical for bools', () => {
    expect(one(b => b.not, 'u32', [0])).toEqual([2 ** 32 - 1])
    expect(one(b => b.not, 'i32', [0])).toEqual([-1])
    expect(one(b => b.not, 'bool', [0, 1])).toEqual([1, 0])
  })
})

describe('convert', () => {
  test('floats truncate and saturate, NaN is 0', () => {
    const odd = [1.9, -1.9, 3e9, -3e9, nan, inf, -0.5]
    expect(one(b => x => b.convert(x, 'i32'), 'f32', odd)).toEqual([
      1,
      -1,
      2 ** 31 - 1,
      -(2 ** 31),
      0,
      2 ** 31 - 1,
      0,
    ])
    expect(one(b => x => b.convert(x, 'u32'), 'f32', odd)).toEqual([1, 0, 3e9, 0, 0, 2 ** 32 - 1, 0])
    expect(one(b => x => b.convert(x, 'bool'), 'f32', [0, -0, 0.1, nan])).toEqual([0, 0, 1, 1])
  })

  test('integers wrap into each other', () => {
    expect(one(b => x => b.convert(x, 'u32'), 'i32', [-1])).toEqual([2 ** 32 - 1])
    expect(one(b => x => b.convert(x, 'i32'), 'u32', [2 ** 32 - 1])).toEqual([-1])
  })
})

describe('rounding and signs', () => {
  test('round_nearest_even sends ties to even and keeps the sign of zero', () => {
    expect(one(b => b.round_nearest_even, 'f32', [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997])).toEqual([
      0, 2, 2, -0, -2, -2, 0,
    ])
  })

  test('sign keeps zeros and NaN', () => {
    expect(one(b => b.sign, 'f32', [-3, -0, 0, 2, nan])).toEqual([-1, -0, 0, 1, nan])
    expect(one(b => b.sign, 'i32', [-3, 0, 2])).toEqual([-1, 0, 1])
  })

  test('with NaN only NE holds', () => {
    const holds = (direction: 'EQ' | 'NE' | 'LE' | 'GE') =>
      two(b => (x, y) => b.compare(direction, x, y), 'f32', [nan, 1, 0], [nan, nan, -0])
    expect(holds('EQ')).toEqual([0, 0, 1])
    expect(holds('NE')).toEqual([1, 1, 0])
    expect(holds('LE')).toEqual([0, 0, 1])
    expect(holds('GE')).toEqual([0, 0, 1])
  })

  test('f32 is rounded after each operation', () => {
    expect(two(b => b.add, 'f32', [2 ** 24], [1])).toEqual([2 ** 24])
    expect(two(b => b.add, 'f64', [2 ** 24], [1])).toEqual([2 ** 24 + 1])
  })
})

describe('argmax', () => {
  const argmax = (xs: Numbers): number[] => run('f32', [1, xs.length], [xs], (b, [x = 0]) => b.argmax(x, 1))

  test.each([
    [[1, 3, 3, 2], 1],
    [[-inf, -inf], 0],
    [[1, nan, 5, nan], 1],
    [[nan, 1], 0],
    [[-0, 0], 0],
  ])('of %j is %i', (xs, index) => {
    expect(argmax(xs)).toEqual([index])
  })
})

describe('reductions', () => {
  test('of nothing are the identity', () => {
    const empty = (reducer: 'add' | 'multiply' | 'maximum' | 'minimum', dtype: DType) =>
      run(dtype, [2, 0], [[]], (b, [x = 0]) => b.reduce(reducer, x, [1]))
    expect(empty('add', 'f32')).toEqual([0, 0])
    expect(empty('multiply', 'i32')).toEqual([1, 1])
    expect(empty('maximum', 'f32')).toEqual([-inf, -inf])
    expect(empty('maximum', 'i32')).toEqual([-(2 ** 31), -(2 ** 31)])
    expect(empty('minimum', 'u32')).toEqual([2 ** 32 - 1, 2 ** 32 - 1])
  })

  test('NaN spreads through the maximum', () => {
    expect(run('f32', [3], [[1, nan, 2]], (b, [x = 0]) => b.reduce('maximum', x, [0]))).toEqual([nan])
  })

  test('the gradient of a product is right at zeros', () => {
    const product = (xs: Numbers) =>
      slopes(b => x => b.broadcast_in_dim(b.reduce('multiply', x, [0]), [1], []), xs)
    expect(product([2, 0, 3])).toEqual([[0, 6, 0]])
    expect(product([0, 0, 3])).toEqual([[0, 0, 0]])
    expect(product([2, 3, 4, 5, 6])).toEqual([[360, 240, 180, 144, 120]])
  })
})

describe('moving elements', () => {
  const matrix = [1, 2, 3, 4, 5, 6]

  test('pad puts between and around, and cuts where negative', () => {
    const pad = (low: Numbers, high: Numbers, interior: Numbers) =>
      run('i32', [6], [matrix], (b, [x = 0]) => b.pad(x, b.scalar(0, 'i32'), low, high, interior))
    expect(pad([1], [2], [0])).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 0])
    expect(pad([0], [0], [1])).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6])
    expect(pad([-1], [-2], [0])).toEqual([2, 3, 4])
    expect(pad([-1], [1], [1])).toEqual([0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0])
    expect(pad([-6], [0], [0])).toEqual([])
  })

  test('transpose, reverse, slice, concatenate, broadcast', () => {
    const on = (write: (b: Builder, x: Value) => Value) =>
      run('i32', [2, 3], [matrix], (b, [x = 0]) => write(b, x))
    expect(on((b, x) => b.transpose(x, [1, 0]))).toEqual([1, 4, 2, 5, 3, 6])
    expect(on((b, x) => b.reverse(x, [0]))).toEqual([4, 5, 6, 1, 2, 3])
    expect(on((b, x) => b.reverse(x, [1]))).toEqual([3, 2, 1, 6, 5, 4])
    expect(on((b, x) => b.slice(x, [0, 0], [2, 3], [1, 2]))).toEqual([1, 3, 4, 6])
    expect(on((b, x) => b.slice(x, [1, 1], [2, 3]))).toEqual([5, 6])
    expect(on((b, x) => b.concatenate([x, x], 1))).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    expect(on((b, x) => b.concatenate([x, x], 0))).toEqual([...matrix, ...matrix])
    expect(on((b, x) => b.broadcast_in_dim(x, [2, 2, 3], [0, 2]))).toEqual([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ])
    expect(on((b, x) => b.reduce('add', x, [0]))).toEqual([5, 7, 9])
    expect(on((b, x) => b.reduce('add', x, [1]))).toEqual([6, 15])
    expect(on((b, x) => b.iota([2, 3], 0, b.typeOf(x).dtype))).toEqual([0, 0, 0, 1, 1, 1])
    expect(on((b, x) => b.iota([2, 3], 1, b.typeOf(x).dtype))).toEqual([0, 1, 2, 0, 1, 2])
  })

  test('dot_general keeps batch, then left, then right', () => {
    const dot = run('i32', [2, 3], [matrix, matrix], (b, [x = 0, y = 0]) =>
      b.dot_general(x, y, { lhsBatch: [0], rhsBatch: [0], lhsContracting: [], rhsContracting: [] }),
    )
    expect(dot).toEqual([1, 2, 3, 2, 4, 6, 3, 6, 9, 16, 20, 24, 20, 25, 30, 24, 30, 36])
    const product = run('i32', [2, 3], [matrix, matrix], (b, [x = 0, y = 0]) =>
      b.dot_general(x, y, { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [1] }),
    )
    expect(product).toEqual([14, 32, 32, 77])
  })
})

describe('randomness', () => {
  test('threefry2x32 gives the published words', () => {
    // Random123's known answers for Threefry-2x32, 20 rounds
    const ones = 2 ** 32 - 1
    expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe])
    expect(threefry2x32(ones, ones, ones, ones)).toEqual([0x1cb996fc, 0xbb002be7])
    expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0])
  })

  test('element i of random_bits is the cipher of i, its words xored', () => {
    const bits = run('u32', [2], [[7, 9]], (b, [key = 0]) => b.randomBits(key, [2, 2]))
    expect(bits).toEqual(
      [0, 1, 2, 3].map(i => {
        const [x, y] = threefry2x32(7, 9, 0, i)
        return (x ^ y) >>> 0
      }),
    )
    expect(run('u32', [2], [[7, 9]], (b, [key = 0]) => b.randomFoldIn(key, b.scalar(5, 'u32')))).toEqual([
      ...threefry2x32(7, 9, 0, 5),
    ])
  })
})

describe('erf', () => {
  // from the C library, by Python's math.erf
  test.each([
    [0, 0],
    [1e-8, 1.1283791670955126e-8],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [1.9999, 0.9953201979070294],
    [2, 0.9953222650189527],
    [2.0001, 0.9953243313041966],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5.5, 0.9999999999999927],
    [inf, 1],
  ])('of %f', (x, value) => {
    expect(Math.abs(erf(x) - value)).toBeLessThanOrEqual(2e-15 * Math.max(value, 1e-300))
    expect(erf(-x)).toBe(-erf(x))
  })
})

describe('erfc', () => {
  // from the C library, by Python's math.erfc
  test.each([
    [-inf, 2],
    [-2, 1.9953222650189528],
    [0, 1],
    [0.5, 0.4795001221869535],
    [1.0001, 0.1572577004514797],
    [2, 0.004677734981047266],
    [5.5, 7.357847917974398e-15],
    [10, 2.088487583762545e-45],
    [inf, 0],
  ])('of %f', (x, value) => {
    expect(Math.abs(erfc(x) - value)).toBeLessThanOrEqual(1e-13 * value)
  })
})
