import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { grad, jvp, valueAndGrad } from '../../dsl/functional.js'
import { add, matmul, mul, sum, tanh } from '../../dsl/ops.js'
import type { Sym, Tensor } from '../../dsl/types/layer.js'
import { tensor } from '../../src/data/tensor.js'
import { run, unwrap } from '../../src/errors.js'
import { jit } from '../../src/functions.js'

const x = unwrap(tensor([3], [1, 2, 3]))
const square = (v: Sym<[3]>) => sum(mul(v, v))

describe('jit', () => {
  test('runs a plain function', async () => {
    const result = await run(jit(square)(x))
    expectTypeOf(result).toEqualTypeOf<Tensor<[]>>()
    expect([...result.data]).toEqual([14])
  })

  test('gradients compose', async () => {
    const cube = (v: Sym<[3]>) => sum(mul(mul(v, v), v))
    const slope = await run(jit(grad(cube))(x))
    expect([...slope.data]).toEqual([3, 12, 27])
    const curvature = await run(jit(grad((v: Sym<[3]>) => sum(grad(cube)(v))))(x))
    expect([...curvature.data]).toEqual([6, 12, 18])
  })

  test('several results come as they were written', async () => {
    const both = jit((v: Sym<[3]>) => ({ twice: add(v, v), total: sum(v) }))
    const { twice, total } = await run(both(x))
    expect([...twice.data]).toEqual([2, 4, 6])
    expect([...total.data]).toEqual([6])
    const found = await run(jit((v: Sym<[3]>) => ({ ...valueAndGrad(square)(v) }))(x))
    expect([...found.value.data, ...found.grad.data]).toEqual([14, 2, 4, 6])
  })

  test('a compiled function runs at once, and refuses other shapes', async () => {
    const product = jit((a: Sym<[2, 3]>, b: Sym<[3, 2]>) => tanh(matmul(a, b)))
    const a = unwrap(tensor([2, 3], [0, 0, 0, 0, 0, 0]))
    const b = unwrap(tensor([3, 2], [1, 2, 3, 4, 5, 6]))
    const fast = await run(product.compile(a, b))
    expect([...unwrap(fast(a, b)).data]).toEqual([0, 0, 0, 0])
    // @ts-expect-error: [3, 2] stands where [2, 3] is expected
    const refused = fast(b, a)
    expect(E.isLeft(refused) && refused.left.code).toBe('shape-mismatch')
  })

  test.each(['wasm', 'js'] as const)(
    'data in place is read and written where it lies, on %s',
    async target => {
      const f = (a: Sym<[3]>, b: Sym<[3]>) => ({ product: mul(a, b), total: sum(add(a, b)) })
      const placed = await run(jit(f, { target }).inPlace(x, x))
      expectTypeOf(placed.inputs[1]).toEqualTypeOf<Tensor<[3]>>()
      expectTypeOf(placed.outputs.product).toEqualTypeOf<Tensor<[3]>>()
      const [a, b] = placed.inputs
      const { product, total } = placed.outputs
      placed.run()
      expect([...product.data, ...total.data]).toEqual([1, 4, 9, 12])
      a.data.set([10, 20, 30])
      // results hold until the next run, whatever is written or run elsewhere
      const other = await run(jit(f, { target }).inPlace(x, x))
      other.inputs[0].data.fill(7)
      other.run()
      expect([...product.data, ...total.data]).toEqual([1, 4, 9, 12])
      placed.run()
      placed.run()
      expect([...product.data, ...total.data]).toEqual([10, 40, 90, 66])
      expect([...a.data, ...b.data, ...x.data]).toEqual([10, 20, 30, 1, 2, 3, 1, 2, 3])
      expect([...other.outputs.product.data]).toEqual([7, 14, 21])
    },
  )

  test('two places of one function share nothing; one and several results keep their form', async () => {
    const twice = jit((v: Sym<[3]>) => [add(v, v), v])
    const [first, second] = [await run(twice.inPlace(x)), await run(twice.inPlace(x))]
    first.inputs[0].data.fill(5)
    for (const placed of [first, second]) placed.run()
    expect(first.outputs.map(t => [...t.data])).toEqual([
      [10, 10, 10],
      [5, 5, 5],
    ])
    expect(second.outputs.map(t => [...t.data])).toEqual([
      [2, 4, 6],
      [1, 2, 3],
    ])
    const one = await run(jit(square).inPlace(x))
    one.run()
    expect(one.outputs).toMatchObject({ dims: [], dtype: 'f32', data: Float32Array.of(14) })
  })

  test('what does not fit is refused in words, in place too', async () => {
    const product = jit((a: Sym<[2, 3]>, b: Sym<[3, 2]>) => matmul(a, b))
    const a = unwrap(tensor([2, 3], [0, 0, 0, 0, 0, 0]))
    // @ts-expect-error: [2, 3] stands where [3, 2] is expected
    const refused = await product.inPlace(a, a)()
    expect(E.isLeft(refused) && `${refused.left.code}: ${refused.left.message}`).toBe(
      'shape-mismatch: matmul: inner dimensions differ, [2, 3] x [2, 3] (3 vs 2)',
    )
  })

  test('forward mode', async () => {
    const along = jit((v: Sym<[3]>, d: Sym<[3]>) => jvp(square, [v], [d]))
    const [value, slope] = await run(along(x, x))
    expect([...value.data, ...slope.data]).toEqual([14, 28])
  })

  test('js and wasm agree', async () => {
    const f = (v: Sym<[3]>) => tanh(mul(v, v))
    const results = await Promise.all((['js', 'wasm'] as const).map(target => run(jit(f, { target })(x))))
    expect(results[0]?.data).toEqual(results[1]?.data)
  })
})
