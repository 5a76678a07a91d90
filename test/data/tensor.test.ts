import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect } from 'vitest'
import type { Fault } from '../../runtime/fault.js'
import { keyOf, permutation } from '../../runtime/random.js'
import { checkFinite, checkLabels } from '../../src/data/checks.js'
import { oneHot, shuffle, split } from '../../src/data/rows.js'
import { asShape, asShapes, fromArrays, tensor } from '../../src/data/tensor.js'
import { attempt, unwrap } from '../../src/errors.js'

const refusal = (either: E.Either<Fault, unknown>): string => {
  if (E.isRight(either)) throw new Error('it was accepted')
  return `${either.left.code}: ${either.left.message}`
}

describe('tensor', () => {
  test('holds its elements row by row', () => {
    const x = unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6]))
    expect(x).toMatchObject({ dims: [2, 3], dtype: 'f32' })
    expect(x.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
  })

  test('takes a typed array of its dtype without a copy, and copies another', () => {
    const floats = Float32Array.of(1, 2)
    expect(unwrap(tensor([2], floats)).data).toBe(floats)
    expect(unwrap(tensor([2], floats, 'i32')).data).toEqual(Int32Array.of(1, 2))
  })

  test('refuses in words', () => {
    expect(refusal(tensor([2, 3], [1, 2]))).toBe('wrong-length: tensor: [2, 3] has 6 elements, received 2')
    expect(refusal(tensor([0, 3], []))).toBe('empty-data: tensor: a tensor of [0, 3] has no elements')
    expect(refusal(tensor([1.5], [1]))).toBe(
      'bad-size: tensor: the dimensions [1.5] have 1.5, which is not a whole number',
    )
    expect(refusal(tensor([3], [1, 2.5, 3], 'i32'))).toBe(
      'not-an-integer: tensor: the element of row 1 is 2.5, which i32 cannot hold',
    )
    expect(refusal(tensor([1], [2], 'int8' as never))).toBe(
      "bad-dtype: tensor: the string 'int8' is not a dtype",
    )
    expect(refusal(tensor([1], undefined as never))).toBe(
      'missing-data: tensor: the elements are undefined, expected an array of numbers',
    )
    expect(refusal(tensor([1], [2], 'bool'))).toBe(
      'not-an-integer: tensor: the element of row 0 is 2, which bool cannot hold',
    )
    expect(refusal(tensor([2], ['1', 2] as never))).toBe(
      "not-a-number: tensor: the element of row 0 is the string '1', expected a number",
    )
  })
})

describe('fromArrays', () => {
  test('reads nested rows', () => {
    const x = unwrap(fromArrays([[[1, 2]], [[3, 4]]]))
    expect(x.dims).toEqual([2, 1, 2])
    expect([...x.data]).toEqual([1, 2, 3, 4])
  })

  test('names the ragged row', () => {
    expect(refusal(fromArrays([[1, 2], [3], [4, 5]]))).toBe(
      'ragged-data: fromArrays: row 1 has 1 elements, but row 0 has 2',
    )
    expect(
      refusal(
        fromArrays([
          [1, 2],
          [3, [4] as never],
        ]),
      ),
    ).toBe('ragged-data: fromArrays: row 1, at [1, 1] is an array, expected a number')
    expect(refusal(fromArrays([]))).toBe('empty-data: fromArrays: a tensor of [0] has no elements')
  })
})

describe('asShape and asShapes', () => {
  const x: ReturnType<typeof make> = make([5, 31])
  function make(dims: readonly number[]) {
    return unwrap(tensor(dims, new Float32Array(dims.reduce((a, b) => a * b, 1))))
  }

  test('narrow with the sentence of the types', () => {
    expect(unwrap(asShape(x, ['N', 31]))).toBe(x)
    expect(refusal(asShape(x, ['N', 32]))).toBe(
      'shape-mismatch: asShape: expected [N, 32], received [5, 31] (32 vs 31)',
    )
    expect(refusal(asShape(x, ['N']))).toBe(
      'shape-mismatch: asShape: expected [N], received [5, 31] (rank differs)',
    )
  })

  test('one symbol is one size in all tensors', () => {
    expect(E.isRight(asShapes({ x, y: make([5, 10]) }, { x: ['N', 31], y: ['N', 10] }))).toBe(true)
    expect(refusal(asShapes({ x, y: make([6, 10]) }, { x: ['N', 31], y: ['N', 10] }))).toBe(
      'shape-mismatch: asShapes: y: N is 5 and also 6',
    )
  })
})

describe('rows', () => {
  const samples = (n: number) => ({
    x: unwrap(
      tensor(
        [n, 2],
        Float32Array.from({ length: 2 * n }, (_, i) => i),
      ),
    ),
    y: unwrap(
      tensor(
        [n],
        Int32Array.from({ length: n }, (_, i) => i),
        'i32',
      ),
    ),
  })

  test.prop([fc.integer({ min: 1, max: 300 }), fc.integer()])(
    'a permutation has every row once',
    (n, seed) => {
      const order = permutation(keyOf(seed), n)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      expect(permutation(keyOf(seed), n)).toEqual(order)
    },
  )

  test('control: another seed gives another order', () => {
    expect(permutation(keyOf(1), 50)).not.toEqual(permutation(keyOf(2), 50))
  })

  test('every place is as likely as any other', () => {
    const counts = new Array<number>(6).fill(0)
    for (let seed = 0; seed < 6000; seed++) {
      const at = permutation(keyOf(seed), 6).indexOf(0)
      counts[at] = (counts[at] ?? 0) + 1
    }
    // 1000 expected, standard deviation 29
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test.prop([fc.integer({ min: 2, max: 40 }), fc.integer()])(
    'shuffle and split keep rows together',
    (n, seed) => {
      const shuffled = unwrap(shuffle(samples(n), seed))
      const { train, test: held } = unwrap(split(shuffled, { holdOut: 1, seed }))
      for (const part of [shuffled, train, held])
        for (const [i, label] of part.y.data.entries())
          expect([...part.x.data.slice(2 * i, 2 * i + 2)]).toEqual([2 * label, 2 * label + 1])
      expect([...train.y.data, ...held.y.data].sort((a, b) => a - b)).toEqual(
        Array.from({ length: n }, (_, i) => i),
      )
    },
  )

  test('without a seed the last rows are held out; impossible splits are refused', () => {
    expect([...unwrap(split(samples(5), { holdOut: 0.4 })).test.y.data]).toEqual([3, 4])
    expect(refusal(split(samples(5), { holdOut: 5 }))).toBe(
      'bad-split: split: 5 of 5 rows cannot be held out',
    )
    const mixed = { x: samples(3).x, y: samples(4).y }
    expect(refusal(shuffle(mixed, 1))).toBe("shape-mismatch: shuffle: 'x' has 3 rows, 'y' is [4]")
  })

  test('oneHot', () => {
    const labels = unwrap(tensor([2], [2, 0], 'i32'))
    expect(unwrap(oneHot(labels, 3))).toMatchObject({ dims: [2, 3], data: Float32Array.of(0, 0, 1, 1, 0, 0) })
    expect(refusal(oneHot(labels, 2))).toBe(
      'label-out-of-range: oneHot: the label of row 0 is 2, but there are 2 classes',
    )
  })
})

describe('checks', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'find %f in any place, and nothing in the largest numbers',
    value => {
      const most = new Float32Array(9).fill(3.4028234663852886e38)
      expect(() => checkFinite('x', unwrap(tensor([9], most)))).not.toThrow()
      for (let i = 0; i < 9; i++) {
        const one = unwrap(tensor([9], most.with(i, value)))
        expect(refusal(attempt(() => checkFinite('x', one)))).toBe(
          `non-finite-data: x has ${value} in row ${i}`,
        )
      }
    },
  )

  test('name the place', () => {
    const bad = unwrap(tensor([2, 3], [1, 2, 3, 4, Number.NaN, Number.POSITIVE_INFINITY]))
    expect(refusal(attempt(() => checkFinite('fit: x', bad)))).toBe(
      'non-finite-data: fit: x has NaN in row 1, at [1, 1]',
    )
    const labels = unwrap(tensor([3], [0, 9, 10], 'i32'))
    expect(refusal(attempt(() => checkLabels('fit: y', labels, 10)))).toBe(
      'label-out-of-range: fit: y: the label of row 2 is 10, but there are 10 classes',
    )
  })
})
