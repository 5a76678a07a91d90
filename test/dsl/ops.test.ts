import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { traceFunction } from '../../dsl/function-body.js'
import { type Node, nodeOf } from '../../dsl/graph/node.js'
import * as g from '../../dsl/graph/ops.js'
import { sizeOfDim } from '../../dsl/graph/shapes.js'
import { sizeOf } from '../../runtime/dtype.js'
import { computeOne, expectClose, noise, type Tensor } from './golden.js'

/** Every index of a shape, in row-major order. */
const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, d) => all.flatMap(at => Array.from({ length: d }, (_, i) => [...at, i])),
    [[]],
  )

const element = ({ shape, data }: Tensor, at: readonly number[]): number =>
  data[at.reduce((offset, i, axis) => offset * (shape[axis] ?? 1) + i, 0)] ?? Number.NaN

const tensor = (shape: readonly number[], value: (at: readonly number[]) => number): Tensor => ({
  shape,
  data: indices(shape).map(value),
})

const prims = (f: (...xs: readonly Node[]) => Node, shapes: readonly (readonly number[])[]) =>
  traceFunction(
    f,
    shapes.map(shape => ({ shape, dtype: 'f32' })),
  ).equations.map(e => e.prim)

const close = { relative: 1e-5, absolute: 1e-5 }

describe('einsum', () => {
  /** The sum over every index, as the definition says. */
  const naive = (equation: string, operands: readonly Tensor[]): Tensor => {
    const [inputs = '', output = ''] = equation.split('->')
    const terms = inputs.split(',')
    const sizes = new Map(
      terms.flatMap((term, k) => [...term].map((c, i) => [c, operands[k]?.shape[i] ?? 1] as const)),
    )
    const inner = [...sizes.keys()].filter(c => !output.includes(c))
    const sizesOf = (letters: readonly string[]) => letters.map(c => sizes.get(c) ?? 1)
    return tensor(sizesOf([...output]), outer =>
      indices(sizesOf(inner)).reduce((sum, at) => {
        const where = (c: string) =>
          (output.includes(c) ? outer[output.indexOf(c)] : at[inner.indexOf(c)]) ?? 0
        return (
          sum + terms.reduce((p, term, k) => p * element(operands[k] ?? noise([]), [...term].map(where)), 1)
        )
      }, 0),
    )
  }

  const equation = fc
    .tuple(
      fc.array(fc.array(fc.constantFrom<string>('a', 'b', 'c', 'd'), { maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    )
    .map(([terms, sizes, kept]) => {
      const used = ['a', 'b', 'c', 'd'].filter(c => terms.some(term => term.includes(c)))
      const output = used.filter((_, i) => kept[i]).reverse()
      const shapes = terms.map(term => term.map(c => sizes[c.charCodeAt(0) - 97] ?? 1))
      return { equation: `${terms.map(term => term.join('')).join(',')}->${output.join('')}`, shapes }
    })

  property.prop([equation])('is the sum over all indices', ({ equation: eq, shapes }) => {
    const operands = shapes.map((shape, i) => noise(shape, i + 1))
    expectClose(
      computeOne((...xs) => g.einsum(eq, ...xs), operands),
      naive(eq, operands),
      close,
    )
  })

  test.each([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
      ['dot_general'],
    ],
    [
      'bij,bjk->bik',
      [
        [5, 2, 3],
        [5, 3, 4],
      ],
      ['dot_general'],
    ],
    [
      'bhqd,bhkd->bhqk',
      [
        [2, 3, 4, 5],
        [2, 3, 6, 5],
      ],
      ['dot_general'],
    ],
    [
      'ij,jk->ki',
      [
        [2, 3],
        [3, 4],
      ],
      ['dot_general', 'transpose'],
    ],
    ['ij,k->ik', [[2, 3], [4]], ['reduce', 'dot_general']],
    ['ij->i', [[2, 3]], ['reduce']],
    ['ij->ji', [[2, 3]], ['transpose']],
  ])('%s is %s', (eq, shapes, expected) => {
    expect(prims((...xs) => g.einsum(eq, ...xs), shapes)).toEqual(expected)
  })

  test('control: another equation is another result', () => {
    const x = [noise([3, 3], 1), noise([3, 3], 2)]
    expect(() =>
      expectClose(
        computeOne((...xs) => g.einsum('ij,jk->ik', ...xs), x),
        naive('ij,kj->ik', x),
        close,
      ),
    ).toThrow()
  })
})

describe('matmul', () => {
  test.each([
    [[2, 3], [3, 4], 'ij,jk->ik'],
    [[5, 2, 3], [5, 3, 4], 'bij,bjk->bik'],
    [[5, 2, 3], [3, 4], 'bij,jk->bik'],
    [[6, 5, 2, 3], [5, 3, 4], 'abij,bjk->abik'],
  ])('[%s] x [%s] is %s, in one product', (left, right, eq) => {
    const operands = [noise(left, 1), noise(right, 2)]
    const product = (...xs: readonly Node[]) => g.matmul(nodeOf(xs[0]), nodeOf(xs[1]))
    expectClose(
      computeOne(product, operands),
      computeOne((...xs) => g.einsum(eq, ...xs), operands),
      close,
    )
    expect(prims(product, [left, right]).filter(p => p === 'dot_general').length).toBe(1)
  })

  test('a batch of one stretches', () => {
    const [one, many] = [noise([1, 2, 3], 1), noise([4, 3, 2], 2)]
    const stretched = { shape: [2, 3], data: one.data }
    expectClose(
      computeOne((...xs) => g.matmul(nodeOf(xs[0]), nodeOf(xs[1])), [one, many]),
      computeOne((...xs) => g.einsum('ij,bjk->bik', ...xs), [stretched, many]),
      close,
    )
  })
})

describe('elementwise operations broadcast', () => {
  const shapes = fc
    .array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })
    .chain(shape =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 0, max: shape.length }),
      ),
    )
    .map(([shape, flatA, flatB, drop]) => ({
      a: shape.map((d, i) => (flatA[i] ? 1 : d)),
      b: shape.map((d, i) => (flatB[i] ? 1 : d)).slice(drop),
    }))

  property.prop([shapes])('as NumPy does', ({ a, b }) => {
    const [x, y] = [noise(a, 1), noise(b, 2)]
    const out = a.map((d, i) => Math.max(d, b[i - a.length + b.length] ?? 1))
    const within = (t: Tensor, at: readonly number[]) =>
      element(
        t,
        t.shape.map((d, i) => (d === 1 ? 0 : (at[at.length - t.shape.length + i] ?? 0))),
      )
    const wanted = tensor(out, at => within(x, at) - within(y, at))
    expectClose(
      computeOne((u, v) => g.sub(nodeOf(u), nodeOf(v)), [x, y]),
      wanted,
    )
  })

  test('numbers take the dtype of the node; integers and floats meet in floats', () => {
    const dtypeOf = (f: (x: Node) => Node, dtype: 'f32' | 'i32' | 'bool') => {
      const { outputs, types } = traceFunction(x => f(nodeOf(x)), [{ shape: [2], dtype }])
      return types[outputs[0]?.value ?? -1]?.dtype
    }
    expect(dtypeOf(x => g.add(x, 1), 'f32')).toBe('f32')
    expect(dtypeOf(x => g.add(x, 1), 'i32')).toBe('i32')
    expect(dtypeOf(x => g.add(x, 0.5), 'i32')).toBe('f32')
    expect(dtypeOf(x => g.div(x, 2), 'i32')).toBe('f32')
    expect(dtypeOf(x => g.greater(x, 0), 'i32')).toBe('bool')
    expect(dtypeOf(x => g.add(x, 1), 'bool')).toBe('i32')
    expect(dtypeOf(x => g.where(x, 1, 0), 'bool')).toBe('f32')
  })
})

describe('arranging', () => {
  const x = noise([2, 3, 4], 1)
  const rows: readonly (readonly [string, (x: Node) => Node, Tensor])[] = [
    ['reshape with -1', n => g.reshape(n, [2, -1]), { shape: [2, 12], data: x.data }],
    [
      'permute',
      n => g.permute(n, [2, 0, 1]),
      tensor([4, 2, 3], ([k = 0, i = 0, j = 0]) => element(x, [i, j, k])),
    ],
    ['transpose', g.transpose, tensor([2, 4, 3], ([i = 0, k = 0, j = 0]) => element(x, [i, j, k]))],
    ['slice', n => g.slice(n, 1, 1), tensor([2, 2, 4], ([i = 0, j = 0, k = 0]) => element(x, [i, j + 1, k]))],
    [
      'slice from the end',
      n => g.slice(n, -1, -3, -1),
      tensor([2, 3, 2], ([i = 0, j = 0, k = 0]) => element(x, [i, j, k + 1])),
    ],
    ['expandDims, squeeze', n => g.squeeze(g.expandDims(n, 1), 1), x],
    ['concat', n => g.slice(g.concat(1, n, n), 1, 3), x],
    ['broadcastTo', n => g.max(g.broadcastTo(n, [5, 2, 3, 4]), 0), x],
  ]
  test.each(rows)('%s', (_, f, wanted) =>
    expectClose(
      computeOne(n => f(nodeOf(n)), [x]),
      wanted,
    ),
  )

  test('argmax, oneHot, mean, variance', () => {
    const y: Tensor = { shape: [2, 3], data: [1, 5, 5, 7, 2, 3] }
    expectClose(
      computeOne(n => g.argmax(nodeOf(n)), [y]),
      { shape: [2], data: [1, 0] },
    )
    const hot = computeOne(n => g.oneHot(g.argmax(nodeOf(n)), 3), [y])
    expectClose(hot, { shape: [2, 3], data: [0, 1, 0, 1, 0, 0] })
    expectClose(
      computeOne(n => g.mean(nodeOf(n), 0), [y]),
      { shape: [3], data: [4, 3.5, 4] },
    )
    expectClose(
      computeOne(n => g.variance(nodeOf(n), 0, { keepdims: true }), [y]),
      { shape: [1, 3], data: [9, 2.25, 1] },
    )
  })
})

test('symbolic sizes are sums and products of symbols', () => {
  const sizes = new Map([
    ['N', 4],
    ['M', 3],
  ])
  expect(['N', '6*N', 'N+M', '2*(N+M)', 'N*M', 'N+2*M', 7].map(dim => sizeOfDim(dim, sizes))).toEqual([
    4, 24, 7, 14, 12, 10, 7,
  ])
  expect(() => sizeOfDim('K', sizes)).toThrow("the size of 'K' is not known")
  expect(sizeOf([])).toBe(1)
})

test('operands that are no nodes are told in words', () => {
  expect(() => nodeOf(g.add, 'add')).toThrow(
    'add: an operand is a layer or a function, expected a node of the graph',
  )
  expect(() => nodeOf({}, 'add')).toThrow('an operand is an object')
})
