import { describe, expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import { customVjp } from '../../dsl/custom-vjp.js'
import { traceFunction } from '../../dsl/function-body.js'
import { grad, jvp, valueAndGrad, vjp } from '../../dsl/functional.js'
import { type Node, typed } from '../../dsl/graph/node.js'
import * as g from '../../dsl/graph/ops.js'
import { add, cos, exp, mean, mul, sin, square, stopGradient, sum } from '../../dsl/ops.js'
import type { Sym } from '../../dsl/types/layer.js'
import { compute, computeOne, elements, expectClose, type Tensor } from './golden.js'

type Scalar = Sym<[]>
type Vector = Sym<[3]>

const scalar = (x: number): Tensor => ({ shape: [], data: [x] })
const vector = (...data: readonly number[]): Tensor => ({ shape: [data.length], data })

type OnNodes<Out = Node> = (...args: readonly Node[]) => Out

/** A typed function as `compute` calls it: the shapes of the nodes are those that its type states. */
const at = <Out = Node>(f: unknown): OnNodes<Out> => typed(f)

describe('derivatives of functions', () => {
  test('grad composes: sin has derivatives cos, -sin, -cos, sin', () => {
    const first = grad((x: Scalar) => sin(x))
    const fourth = grad(grad(grad(first)))
    expectClose(computeOne(at(first), [scalar(0.7)]), Math.cos(0.7))
    expectClose(computeOne(at(grad(first)), [scalar(0.7)]), -Math.sin(0.7))
    expectClose(computeOne(at(fourth), [scalar(0.7)]), Math.sin(0.7))
  })

  test('valueAndGrad gives both', () => {
    const f = valueAndGrad((x: Vector) => sum(square(x)))
    const outputs = compute(
      at<Readonly<Record<string, Node>>>((x: Vector) => ({ ...f(x) })),
      [vector(1, 2, 3)],
    )
    expectClose(outputs[0] ?? vector(), 14)
    expectClose(outputs[1] ?? vector(), vector(2, 4, 6))
  })

  test('a closed-over node is a constant, also when it is the argument itself', () => {
    // d/dx (x · c) at c = x is x, not 2x: the c inside is another name for the same value.
    const f = (x: Scalar) => grad((y: Scalar) => mul(y, x))(x)
    expectClose(computeOne(at(f), [scalar(5)]), 5)
    // and its derivative by x is 1
    expectClose(computeOne(at(grad(f)), [scalar(5)]), 1)
  })

  test('perturbations of nested derivatives are not confused', () => {
    // d/dx x · (d/dy (x + y)) = d/dx x · 1 = 1
    const f = (x: Scalar) => mul(x, grad((y: Scalar) => add(x, y))(x))
    expectClose(computeOne(at(grad(f)), [scalar(2)]), 1)
  })

  test('vjp and jvp agree: ⟨J v, u⟩ = ⟨v, Jᵀ u⟩', () => {
    const f = (x: Vector) => mul(exp(x), cos(mul(x, x)))
    const [u, v, x] = [vector(0.3, -1, 2), vector(1, 0.5, -0.2), vector(0.1, 0.7, -0.4)]
    const forward = computeOne(
      at((a: Vector, d: Vector) => jvp(f, [a], [d])[1]),
      [x, v],
    )
    const back = computeOne(
      at((a: Vector, bar: Vector) => vjp(f, a)[1](bar)[0]),
      [x, u],
    )
    const dot = (a: Tensor, b: Tensor) => a.data.reduce((s, p, i) => s + p * (b.data[i] ?? 0), 0)
    expect(dot(forward, u)).toBeCloseTo(dot(v, back), 5)
  })

  test('forward over reverse is the Hessian times a vector', () => {
    // f = Σ x⁴ / 12, so H = diag(x²)
    const f = (x: Vector) => mul(sum(square(square(x))), 1 / 12)
    const hv = computeOne(
      at((x: Vector, v: Vector) => jvp(grad(f), [x], [v])[1]),
      [vector(1, 2, 3), vector(1, 1, 2)],
    )
    expectClose(hv, vector(1, 4, 18))
  })

  test('stopGradient is a constant to the derivative', () => {
    const f = (x: Vector) => sum(mul(x, stopGradient(x)))
    expectClose(computeOne(at(grad(f)), [vector(1, 2, 3)]), vector(1, 2, 3))
  })

  test('customVjp takes the place of the derivative, and only of it', () => {
    const clipped = customVjp((x: Vector) => square(x), {
      forward: x => ({ output: square(x), residuals: [x] }),
      backward: ([x], bar) => [mul(mul(bar, x), 10)],
    })
    expectClose(computeOne(at(clipped), [vector(1, 2, 3)]), vector(1, 4, 9))
    const f = (x: Vector) => sum(clipped(x))
    expectClose(computeOne(at(grad(f)), [vector(1, 2, 3)]), vector(10, 20, 30))
  })

  test('customVjp refuses nodes from outside', () => {
    const f = (x: Scalar, c: Scalar) =>
      customVjp((y: Scalar) => mul(y, c), {
        forward: y => ({ output: mul(y, c), residuals: [] }),
        backward: (_, bar) => [bar],
      })(x)
    const s = { shape: [], dtype: 'f32' as const }
    expect(() => traceFunction(at(f), [s, s])).toThrow('uses a node from outside')
  })

  test('a function that is no scalar is refused in words', () => {
    const specs = [{ shape: [3], dtype: 'f32' as const }]
    expect(() => traceFunction(at(grad((x: Vector) => typed<Scalar>(square(x)))), specs)).toThrow(
      'grad: the function gives f32[3], expected a scalar f32',
    )
    const whole = [{ shape: [3], dtype: 'i32' as const }]
    expect(() => traceFunction(at(grad((x: Vector) => mean(x))), whole)).toThrow(
      'grad: i32[3] has no derivative',
    )
  })

  test('a traced function is a program with named ports', () => {
    const program = traceFunction(
      (a, b) => ({ total: g.add(a ?? 0, b ?? 0) }),
      [
        { name: 'a', shape: [2], dtype: 'f32' },
        { name: 'b', shape: [], dtype: 'f32' },
      ],
    )
    expect(program.inputs.map(p => p.name)).toEqual(['a', 'b'])
    expect(program.outputs.map(p => p.name)).toEqual(['total'])
    expect(Array.from(evaluate(program, [elements([1, 2]), elements([10])])[0]?.data ?? [])).toEqual([11, 12])
  })
})
