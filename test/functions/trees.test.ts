/**
 * Functions of records and lists of nodes: their derivatives have the form of what they are taken by and the slope of
 * central differences; compiled, records stay records, lists lists and tuples tuples; what does not fit is refused in
 * words; and a compiled function keeps the memory of few shapes only.
 */
import { fc, test as property } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { grad, jvp, valueAndGrad, vjp } from '../../dsl/functional.js'
import { type Node, typed } from '../../dsl/graph/node.js'
import * as g from '../../dsl/graph/ops.js'
import { add, matmul, mean, mul, sin, square, sub, sum } from '../../dsl/ops.js'
import { type LeafKind, leavesOfTree, NODES, withLeaves } from '../../dsl/trees.js'
import type { AnyTensor, Sym, Tensor } from '../../dsl/types/layer.js'
import type { TensorTree } from '../../dsl/types/trees.js'
import { isTensor } from '../../src/data/elements.js'
import { tensor } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { jit } from '../../src/functions.js'
import { Recent } from '../../src/recent.js'

const vector = (...data: readonly [number, number]) => unwrap(tensor([2], data))
const scalar = (x: number) => unwrap(tensor([], [x]))

interface Weights {
  readonly kernel: Sym<[3, 2]>
  readonly inner: { readonly bias: Sym<[2]> }
  readonly pair: readonly [Sym<[2]>, Sym<[]>]
}

const loss = (w: Weights, x: Sym<['N', 3]>, y: Sym<['N', 2]>) =>
  mean(square(sub(add(mul(add(matmul(x, w.kernel), w.inner.bias), w.pair[0]), w.pair[1]), y)))

const weights = {
  kernel: unwrap(tensor([3, 2], [0.1, -0.2, 0.3, 0.4, -0.5, 0.6])),
  inner: { bias: vector(0.1, 0.2) },
  pair: [vector(1.5, -0.5), scalar(0.25)],
} as const
const x = unwrap(tensor([4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3, 5]))
const y = unwrap(tensor([4, 2], [1, 0, 0, 1, 1, 1, 0, 0]))

describe('a record of weights', () => {
  test('has a gradient of its form, typed', async () => {
    const { value, grad: slopes } = await run(jit(valueAndGrad(loss))(weights, x, y))
    expectTypeOf(value).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(slopes.kernel).toEqualTypeOf<Tensor<[3, 2]>>()
    expectTypeOf(slopes.pair[1]).toEqualTypeOf<Tensor<[]>>()
    expect(value.data).toHaveLength(1)
    expect(Object.keys(slopes)).toEqual(['kernel', 'inner', 'pair'])
    expect(slopes.inner.bias.dims).toEqual([2])
    expect(Array.isArray(slopes.pair)).toBe(true)
  })

  test('its order is not its meaning', async () => {
    const compiled = await run(jit(loss).compile(weights, x, y))
    const { kernel, inner, pair } = weights
    expect(unwrap(compiled({ pair, inner, kernel }, x, y))).toEqual(unwrap(compiled(weights, x, y)))
  })

  test('a list that begins with a scalar is differentiated by it, and the rest is carried along', async () => {
    const withExtras = (w: Sym<[2]>) => [sum(square(w)), { twice: add(w, w) }] as const
    const { value, grad: slope } = await run(jit(valueAndGrad(withExtras))(vector(3, 4)))
    expectTypeOf(value[1].twice).toEqualTypeOf<Tensor<[2]>>()
    expect([...value[0].data, ...value[1].twice.data, ...slope.data]).toEqual([25, 6, 8, 6, 8])
  })

  test('vjp and jvp take and give trees', async () => {
    const f = (w: { readonly a: Sym<[2]>; readonly b: Sym<[2]> }) => ({
      product: mul(w.a, w.b),
      sum: add(w.a, w.b),
    })
    type W = Parameters<typeof f>[0]
    const back = jit((w: W, bar: Sym<[2]>) => vjp(f, w)[1]({ product: bar, sum: bar }))
    const forth = jit((w: W, dot: W) => jvp(f, [w], [dot])[1])
    const w = { a: vector(2, 3), b: vector(5, 7) }
    const [bars] = await run(back(w, vector(1, 10)))
    expectTypeOf(bars.a).toEqualTypeOf<Tensor<[2]>>()
    expect([...bars.a.data, ...bars.b.data]).toEqual([6, 80, 3, 40])
    const dots = await run(forth(w, { b: vector(1, 0), a: vector(0, 1) }))
    expect([...dots.product.data, ...dots.sum.data]).toEqual([2, 7, 1, 1])
  })
})

// ---- central differences

/** Trees of vectors of two, by name or in lists, some empty; names are hostile ones, too. */
const names = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', '0')
const trees: fc.Arbitrary<TensorTree> = fc.letrec<{ tree: TensorTree; leaf: AnyTensor }>(tie => ({
  leaf: fc
    .tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 }))
    .map(([a, b]) => vector(a / 4, b / 4)),
  tree: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(names, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree

/** Smooth, and different in each leaf and in how it meets the others. */
const smooth = (tree: unknown): Node => {
  const nodes = leavesOfTree('tree', tree, NODES).map(({ value }, i) => g.mul(value, 0.5 + 1 / (i + 2)))
  const [first = g.sum(0 as never), ...rest] = nodes
  return g.sum(rest.reduce((total, v) => g.mul(g.sin(v), g.add(v, g.mul(total, 0.5))), g.sin(first)))
}

const TENSORS: LeafKind<AnyTensor> = { is: isTensor, noun: 'a tensor', suggestion: '' }
const numbersOf = (tree: TensorTree) =>
  leavesOfTree('tree', tree, TENSORS).flatMap(({ value }) => [...value.data])
const withNumbers = (tree: TensorTree, numbers: readonly number[]): TensorTree => {
  let i = 0
  return typed(withLeaves(tree, TENSORS, () => vector(numbers[i++] ?? 0, numbers[i++] ?? 0)))
}

/** The largest difference between the gradient by a tree and central differences. */
const worstSlope = async (
  tree: TensorTree,
  f: (tree: unknown) => Node,
  derivative: typeof f,
): Promise<number> => {
  const compiled = async (h: typeof f) =>
    run(jit(typed<(t: Sym<[2]>) => Sym<[]>>(h), { target: 'js' }).compile(typed(tree)))
  const [value, slope] = [await compiled(f), await compiled(derivative)]
  const at = (numbers: readonly number[]) =>
    unwrap(value(typed(withNumbers(tree, numbers)))).data[0] ?? Number.NaN
  const numbers = numbersOf(tree)
  const slopes = unwrap(slope(typed(tree)))
  expect(leavesOfTree('slopes', slopes, TENSORS).map(({ path }) => path)).toEqual(
    leavesOfTree('tree', tree, TENSORS).map(({ path }) => path),
  )
  const h = 2 ** -6
  const found = numbersOf(typed(slopes))
  return Math.max(
    ...numbers.map((_, i) => {
      const by = (d: number) => at(numbers.map((v, j) => (j === i ? v + d : v)))
      return Math.abs((by(h) - by(-h)) / (2 * h) - (found[i] ?? Number.NaN))
    }),
  )
}

describe('the gradient of any tree', () => {
  const filled = trees.filter(tree => numbersOf(tree).length > 0)
  const derivative = typed<(tree: unknown) => Node>(grad(typed<(t: Sym<[2]>) => Sym<[]>>(smooth)))

  property.prop({ tree: filled }, { numRuns: 15 })('is that of central differences', async ({ tree }) => {
    expect(await worstSlope(tree, smooth, derivative)).toBeLessThan(5e-3)
  })

  test('control: a slope that is wrong in one leaf is seen', async () => {
    const tree = { a: [vector(1, 0.5)], b: vector(-1, 2) }
    const wrong = (t: unknown): Node => {
      const { a, b } = typed<{ readonly a: readonly Node[]; readonly b: Node }>(derivative(t))
      return typed({ a, b: g.mul(b, 1.1) })
    }
    expect(await worstSlope(tree, smooth, derivative)).toBeLessThan(5e-3)
    expect(await worstSlope(tree, smooth, wrong)).toBeGreaterThan(5e-3)
  })
})

// ---- what does not fit

const leftOf = async <A>(
  task: () => Promise<E.Either<{ readonly code: string; readonly message: string }, A>>,
) => {
  const result = await task()
  return E.isLeft(result) ? `${result.left.code}: ${result.left.message}` : 'right'
}

describe('what does not fit is refused in words', () => {
  test('by a compiled function', async () => {
    const compiled = await run(jit(loss).compile(weights, x, y))
    const { kernel, inner, pair } = weights
    // @ts-expect-error: no pair
    expect(await leftOf(async () => compiled({ kernel, inner }, x, y))).toBe(
      'shape-mismatch: loss: the arguments: 0.pair.0 is missing',
    )
    // @ts-expect-error: bias is of another shape
    expect(await leftOf(async () => compiled({ kernel, inner: { bias: x }, pair }, x, y))).toBe(
      'shape-mismatch: loss: argument 0.inner.bias is compiled for f32[2], received f32[4,3]',
    )
  })

  test('by jit and by derivatives', async () => {
    // @ts-expect-error: a number is no tensor
    expect(await leftOf(jit((w: { readonly a: Sym<[2]> }) => sum(w.a))({ a: 3 }))).toBe(
      'not-a-tree: function: the arguments at 0.a: received 3, expected a tensor',
    )
    const itself: Record<string, unknown> = {}
    itself.again = itself
    expect(await leftOf(jit((w: Sym<[2]>) => sum(w))(typed(itself)))).toMatch(
      /^not-a-tree: function: the arguments at 0\.again.*: the tree is nested more than 100 deep$/,
    )
    const inside = jit((w: Sym<[2]>) =>
      sum(grad((a: Sym<[2]>) => sum(a))(typed(vector(1, 2) && [w, 3])) as never),
    )
    expect(await leftOf(inside(vector(1, 2)))).toBe(
      'not-a-tree: grad: argument 0 at 1: received 3, expected a node of the graph',
    )
    const given = jit((w: Sym<[2]>) => typed<Sym<[2]>>({ a: w, b: 'text' }))
    expect(await leftOf(given(vector(1, 2)))).toBe(
      'not-a-tree: function: what the function gives at b: received text, expected a node of the graph',
    )
  })
})

// ---- memory

describe('recent values', () => {
  test('are as many as there is room for; the one that was used longest ago goes', async () => {
    const recent = new Recent<Promise<number>>(2)
    let made = 0
    const get = (key: string) => recent.get(key, async () => ++made)
    expect([await get('a'), await get('b'), await get('a'), await get('c'), await get('a')]).toEqual([
      1, 2, 1, 3, 1,
    ])
    expect(await get('b')).toBe(4)
  })

  test('a failure is not one', async () => {
    const recent = new Recent<Promise<number>>(2)
    await expect(recent.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await recent.get('a', async () => 1)).toBe(1)
  })
})

test('jit forgets the shapes that were used longest ago', async () => {
  let traced = 0
  const f = jit(
    (v: Sym<[number]>) => {
      traced += 1
      return sum(sin(v))
    },
    { target: 'js' },
  )
  const of = (n: number) => run(f(unwrap(tensor([n], new Float32Array(n)))))
  for (let n = 1; n <= 20; n++) await of(n)
  await of(20)
  expect(traced).toBe(20)
  await of(1)
  expect(traced).toBe(21)
})
