/**
 * What projects do around a model: rows, batches, classes, arrays and scales of tensors, tables of text, and tensors that
 * print their numbers.
 */
import { inspect } from 'node:util'
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf } from 'vitest'
import type { Tensor } from '../../dsl/index.js'
import { describeFault, type Fault } from '../../runtime/fault.js'
import { fromCsv } from '../../src/csv.js'
import { normalize, standardize } from '../../src/data/scale.js'
import { fromArrays, tensor } from '../../src/data/tensor.js'
import {
  argmax,
  batches,
  classesOf,
  describe as describeTensor,
  take,
  toArrays,
} from '../../src/data/tools.js'
import { FaultError, unwrap } from '../../src/errors.js'

const refusal = (either: E.Either<Fault, unknown>): string => {
  if (E.isRight(either)) throw new Error('it was accepted')
  return describeFault(either.left)
}
const x = unwrap(tensor([4, 2], [1, 10, 2, 20, 3, 30, 4, 40]))
const y = unwrap(tensor([4], [0, 1, 2, 3], 'i32'))

describe('rows', () => {
  test('take gives rows as Array.slice does, in the memory of the tensor', () => {
    expect(toArrays(unwrap(take(x, 1, 3)))).toEqual([
      [2, 20],
      [3, 30],
    ])
    expect(toArrays(unwrap(take(y, -1)))).toEqual([3])
    const part = unwrap(take({ x, y }, 2))
    expect([toArrays(part.x), toArrays(part.y)]).toEqual([
      [
        [3, 30],
        [4, 40],
      ],
      [2, 3],
    ])
    expect(part.x.data.buffer).toBe(x.data.buffer)
    expect(refusal(take(x, 4))).toContain('take: there are no rows from 4 to 4 of 4 [empty-data]')
    expect(refusal(take(x, 0.5))).toContain('take: from is 0.5, expected a whole number')
    expect(refusal(take({ x, y: unwrap(take(y, 1)) }, 0))).toContain('[shape-mismatch]')
    expect(refusal(take({ ...x, data: {} } as never, 0))).toContain('[broken-tensor]')
  })

  test.prop([fc.integer({ min: 1, max: 9 })])('batches hold every row once, in order', size => {
    const parts = unwrap(batches({ x, y }, size))
    expect(parts.flatMap(part => [...part.y.data])).toEqual([0, 1, 2, 3])
    expect(parts.flatMap(part => [...part.x.data])).toEqual([...x.data])
    for (const part of parts.slice(0, -1)) expect(part.y.dims).toEqual([size])
  })

  test('batches of no size are refused', () => {
    expect(refusal(batches(x, 0))).toContain('batches: size is 0, expected a positive whole number')
  })
})

describe('classesOf', () => {
  test('is where the largest is, the first of equals; above one half for one column', () => {
    const scores = unwrap(
      fromArrays([
        [0.1, 0.6, 0.3],
        [0.4, 0.4, 0.2],
      ]),
    )
    expect(unwrap(classesOf(scores))).toMatchObject({ dims: [2], dtype: 'i32', data: Int32Array.of(1, 0) })
    expect([...unwrap(classesOf(unwrap(fromArrays([[0.5], [0.6]])))).data]).toEqual([0, 1])
    const steps = unwrap(
      fromArrays([
        [
          [1, 0],
          [0, 1],
        ],
      ]),
    )
    expect(toArrays(unwrap(classesOf(steps)))).toEqual([[0, 1]])
    expect(refusal(classesOf(unwrap(tensor([], [1])) as never))).toContain('[shape-mismatch]')
  })
})

const columns = fc.integer({ min: 1, max: 4 })
const dataset = columns.chain(width =>
  fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 20,
  }),
)

describe('scales', () => {
  test.prop([dataset])('fromArrays and toArrays are each other’s inverse', rows => {
    expect(toArrays(unwrap(fromArrays(rows)))).toEqual(rows)
  })

  test.prop([dataset])('standardize: mean 0 and deviation 1 in every column that varies', rows => {
    const given = unwrap(fromArrays(rows))
    const scaled = unwrap(standardize(given))
    for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
      const values = toArrays(scaled.x).map(row => row[column] ?? 0)
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
      expect(mean).toBeCloseTo(0, 4)
      expect(variance).toBeCloseTo(scaled.std[column] === 0 ? 0 : 1, 4)
    }
    expect(unwrap(scaled.apply(given as never))).toEqual(scaled.x)
    expect(unwrap(scaled.apply(rows as never))).toEqual(scaled.x)
  })

  test.prop([dataset])('normalize: from 0 to 1, and back by what it learned', rows => {
    const { x: scaled, min, max } = unwrap(normalize(unwrap(fromArrays(rows))))
    for (const [i, row] of toArrays(scaled).entries())
      for (const [k, value] of row.entries()) {
        expect(value >= 0 && value <= 1).toBe(true)
        const column = rows.map(all => Math.fround(all[k] ?? 0))
        const [low, high] = [Math.min(...column), Math.max(...column)]
        expect([min[k], max[k]]).toEqual([low, high])
        expect(low + value * (high - low)).toBeCloseTo(rows[i]?.[k] ?? 0, 2)
      }
  })

  test('refuse what is not finite, and rows of other columns', () => {
    expect(refusal(standardize(unwrap(tensor([2], [1, Number.NaN]))))).toContain(
      'standardize has NaN in row 1',
    )
    const { apply } = unwrap(standardize(x))
    expect(refusal(apply([[1, 2, 3]]))).toContain('standardize: the rows are [1, 3], expected [N, 2]')
    expect(toArrays(unwrap(apply(Float32Array.of(2.5, 25))))).toEqual([[0, 0]])
  })
})

describe('words', () => {
  test('console.log shows numbers', () => {
    expect(inspect(unwrap(tensor([2, 2], [1, 2.5, 3, 1 / 3])))).toBe(
      'tensor [2, 2] f32\n[[1, 2.5],\n [3, 0.33333]]',
    )
    expect(inspect(unwrap(tensor([8], [0, 1, 2, 3, 4, 5, 6, 7])))).toBe(
      'tensor [8] f32\n[0, 1, 2, …, 5, 6, 7]',
    )
    expect(inspect(unwrap(tensor([], [7])))).toBe('tensor [] f32\n7')
    expect(inspect(unwrap(tensor([2, 1, 2], [1, 2, 3, 4])))).toBe(
      'tensor [2, 1, 2] f32\n[[[1, 2]],\n\n [[3, 4]]]',
    )
  })

  test('describe tells each column', () => {
    expect(describeTensor(x)).toBe(
      'f32 [4, 2]\ncolumn 0: from 1 to 4, mean 2.5, deviation 1.118\ncolumn 1: from 10 to 40, mean 25, deviation 11.18',
    )
    expect(describeTensor(unwrap(tensor([3], [1, Number.NaN, 3])))).toBe(
      'f32 [3]\nfrom 1 to 3, mean 2, deviation 1, 1 not finite',
    )
    expect(() => describeTensor({ ...x, data: {} } as never)).toThrow(FaultError)
  })
})

describe('fromCsv', () => {
  const text = 'height,weight,kind\n1.5,30,dog\n2,40,"cat, small"\n'
  const features = ['weight', 'height'] as const

  test('reads features, labels and targets', () => {
    const labelled = unwrap(fromCsv(text, { features, label: 'kind' }))
    expect(toArrays(labelled.x)).toEqual([
      [30, 1.5],
      [40, 2],
    ])
    expect([labelled.y.dtype, toArrays(labelled.y), labelled.classes]).toEqual([
      'i32',
      [1, 0],
      ['cat, small', 'dog'],
    ])
    const numbers = unwrap(fromCsv(text, { features: ['height'], targets: ['weight'] }))
    expect([toArrays(numbers.x), toArrays(numbers.y)]).toEqual([
      [[1.5], [2]],
      [[30], [40]],
    ])
    expect(Object.keys(unwrap(fromCsv(text, { features })))).toEqual(['x'])
  })

  test('reads other separators, texts without a header, and drops rows that lack a cell', () => {
    const options = { features: ['a'], label: 'k', columns: ['a', 'k'], classes: ['y', 'x'] }
    const { x: given, y: labels } = unwrap(
      fromCsv('1;x\r\n2;y\r\n;x\r\n', { ...options, incomplete: 'drop' }),
    )
    expect([toArrays(given), toArrays(labels)]).toEqual([
      [[1], [2]],
      [1, 0],
    ])
  })

  test.each<[string, unknown, object, string]>([
    [
      'a column that is not there',
      text,
      { features: ['size'] },
      "there is no column 'size' [unknown-name]\n  try: the columns are 'height', 'weight', 'kind'",
    ],
    ['words for numbers', text, { features: ['kind'] }, "'kind' of row 0 is 'dog', expected a number"],
    ['decimal commas', 'a;b\n1,5;2', { features: ['a'] }, 'try: write numbers with a point: 5.1'],
    ['an empty cell', 'a,b\n1,2\n,3', { features: ['a'] }, "row 1 has no 'a' [ragged-data]"],
    ['a short row', 'a,b\n1,2\n3', { features: ['b'] }, "row 1 has no 'b' [ragged-data]"],
    ['no rows', 'a,b\n', { features: ['a'] }, 'there are no rows [empty-data]'],
    ['no text', undefined, { features: ['a'] }, 'expected the text of a CSV file, received undefined'],
    ['no features', text, {}, 'there are no features [missing-argument]'],
    [
      'a class that was not named',
      text,
      { features, label: 'kind', classes: ['dog'] },
      "the class of row 1 is 'cat, small'",
    ],
  ])('refuses %s in words', (_, given, options, sentence) => {
    expect(refusal(fromCsv(given as never, options as never))).toContain(sentence)
  })
})

describe('argmax', () => {
  test.prop([
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain(dims => {
      const size = dims.reduce((a, b) => a * b, 1)
      return fc.record({
        dims: fc.constant(dims),
        data: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: size, maxLength: size }),
        axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
      })
    }),
  ])('names the first of the largest elements along its axis', ({ dims, data, axis }) => {
    const x = unwrap(tensor(dims, data))
    const at = axis < 0 ? dims.length + axis : axis
    const found = unwrap(argmax(x, axis))
    expect(found.dims).toEqual(dims.filter((_, d) => d !== at))
    const inner = dims.slice(at + 1).reduce((a, b) => a * b, 1)
    const count = dims[at] ?? 1
    found.data.forEach((index, i) => {
      const start = Math.floor(i / inner) * count * inner + (i % inner)
      const column = Array.from({ length: count }, (_, k) => data[start + k * inner] ?? 0)
      expect(index).toBe(column.indexOf(Math.max(...column)))
    })
  })

  test('keeps the types of the dimensions, and says what is wrong', () => {
    const x = unwrap(tensor([2, 3], [1, 2, 3, 6, 5, 4]))
    expectTypeOf(unwrap(argmax(x, 0))).toEqualTypeOf<Tensor<[3], 'i32'>>()
    expectTypeOf(unwrap(argmax(x))).toEqualTypeOf<Tensor<[2], 'i32'>>()
    expect(argmax(x, 2)).toMatchObject({ _tag: 'Left', left: { kind: 'user', code: 'bad-axis' } })
    expect(toArrays(unwrap(argmax(unwrap(tensor([3], [1, 2, 3])))))).toBe(2)
  })
})
