import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { jvp } from '../../compiler/autodiff/jvp.js'
import { gradient, pullback, valueAndGradients, vjp } from '../../compiler/autodiff/vjp.js'
import { Builder } from '../../compiler/ir/build.js'
import { check } from '../../compiler/ir/check.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import type { DotDims, Prim, Program, TensorType, Value } from '../../compiler/ir/program.js'
import { prims, rowOf } from '../../compiler/ops/table.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { Fault } from '../../runtime/fault.js'
import { gradientMismatches } from '../../src/testing/gradients.js'
import { arbitraryProgram } from '../../src/testing/programs.js'
import { customCube } from './specimens.js'

const f64 = (...shape: number[]): TensorType => ({ shape, dtype: 'f64' })
const matmul: DotDims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }

const primsOf = (program: Program): Prim[] => program.equations.map(equation => equation.prim)
const count = (program: Program, prim: Prim): number => primsOf(program).filter(p => p === prim).length

/** x w0 + b0, relu, w1, mean of squares: (x, w0, b0, w1) -> (loss, prediction). */
const network = (): Program => {
  const b = new Builder('network')
  const x = b.input('x', f64(8, 5))
  const w0 = b.input('w0', f64(5, 4))
  const b0 = b.input('b0', f64(4))
  const w1 = b.input('w1', f64(4, 3))
  const z = b.withSource('hidden', () =>
    b.add(b.dot_general(x, w0, matmul), b.broadcast_in_dim(b0, [8, 4], [1])),
  )
  const h = b.withSource('relu', () => b.select(b.compare('GT', z, b.fullLike(z, 0)), z, b.fullLike(z, 0)))
  const y = b.withSource('out', () => b.dot_general(h, w1, matmul))
  const loss = b.withSource('loss', () => b.reduce('add', b.multiply(y, y), [0, 1]))
  return b.finish([
    { name: 'loss', value: loss },
    { name: 'prediction', value: y },
  ])
}

describe('the structure of a gradient', () => {
  test('of products is products: three forward and backward of two layers, no transpose, no outer product', () => {
    const program = optimize(gradient(network(), [1, 2, 3]))
    expect(count(program, 'dot_general')).toBe(5)
    expect(count(program, 'transpose')).toBe(0)
    const largest = Math.max(...program.types.map(({ shape }) => shape.reduce((n, d) => n * d, 1)))
    expect(largest).toBe(8 * 5)
  })

  test('of the data is not computed unless asked for', () => {
    expect(count(gradient(network(), [1, 2, 3]), 'dot_general')).toBe(5)
    expect(count(gradient(network(), [0, 1, 2, 3]), 'dot_general')).toBe(6)
    expect(count(gradient(network(), [3]), 'dot_general')).toBe(3)
  })

  test('carries the sources of the layers', () => {
    const sources = gradient(network(), [1, 3]).equations.map(({ prim, source }) => `${prim} ${source}`)
    expect(sources.filter(s => s.startsWith('dot_general'))).toEqual([
      'dot_general hidden',
      'dot_general out',
      'dot_general out',
      'dot_general out',
      'dot_general hidden',
    ])
  })

  test('of an input without influence is zeros', () => {
    const b = new Builder('constant')
    const [x, y] = [b.input('x', f64(2)), b.input('y', f64(3))]
    const program = b.finish([{ name: 'loss', value: b.reduce('add', x, [0]) }])
    const [, yBar] = evaluate(gradient(program, [1]), [Float64Array.of(1, 2), Float64Array.of(1, 2, 3)])
    expect(yBar).toEqual({ type: f64(3), data: Float64Array.of(0, 0, 0) })
    expect(b.typeOf(y)).toEqual(f64(3))
  })

  test('names its ports', () => {
    const program = vjp(network(), { wrt: [1], primals: true })
    expect(program.inputs.map(port => port.name)).toEqual(['x', 'w0', 'b0', 'w1', 'lossBar', 'predictionBar'])
    expect(program.outputs.map(port => port.name)).toEqual(['loss', 'prediction', 'w0Bar'])
    expect(jvp(network(), { wrt: [1] }).outputs.map(port => port.name)).toEqual([
      'loss',
      'prediction',
      'lossDot',
      'predictionDot',
    ])
  })
})

describe('in a builder', () => {
  test('loss, other outputs and gradients come from one walk', () => {
    const b = new Builder('step')
    const types = network().inputs.map(({ value }) => network().types[value] ?? f64())
    const args = types.map((type, i) => b.input(`a${i}`, type))
    const { outputs, gradients } = valueAndGradients(b, network(), args, [1, 2, 3])
    const program = b.finish([...outputs, ...gradients].map((value, i) => ({ name: `o${i}`, value })))
    expect(check(program)).toBeUndefined()
    expect(gradients.map(g => b.typeOf(g))).toEqual(types.slice(1))
    expect(count(program, 'dot_general')).toBe(5)
  })

  test('a cotangent of each output may be given, or none', () => {
    const b = new Builder('pull')
    const args = network().inputs.map(({ value }, i) => b.input(`a${i}`, network().types[value] ?? f64()))
    const { outputs, pull } = pullback(b, network(), args, [3])
    const [none] = pull([undefined, undefined])
    expect(b.producerOf(none ?? 0)?.prim).toBe('broadcast_in_dim')
    const [some] = pull([undefined, outputs[1]])
    expect(b.typeOf(some ?? 0)).toEqual(f64(4, 3))
  })

  test('a loss that is no scalar is a bug', () => {
    const b = new Builder('vector')
    const x = b.input('x', f64(2))
    expect(() => gradient(b.finish([{ name: 'y', value: x }]), [0])).toThrow(
      'gradient: the first output of vector is a float scalar, got f64[2]',
    )
  })

  test('an integer has no derivative', () => {
    const b = new Builder('index')
    const i = b.input('i', { shape: [], dtype: 'i32' })
    const y = b.convert(i, 'f64')
    expect(() => gradient(b.finish([{ name: 'y', value: y }]), [0])).toThrow(
      'index: input i is i32, which has no derivative',
    )
  })
})

describe('custom derivatives', () => {
  const cube = (): Program => {
    const b = new Builder('cube')
    const x = b.input('x', f64(3))
    const y = b.emit('custom_vjp_call', [x], customCube)
    return b.finish([{ name: 'loss', value: b.reduce('add', y, [0]) }])
  }

  test('are used in reverse mode, their forward program computed once', () => {
    const program = gradient(cube(), [0])
    expect(evaluate(program, [Float64Array.of(1, 2, 3)])[1]?.data).toEqual(Float64Array.of(3, 12, 27))
    expect(print(program)).not.toContain('custom_vjp_call')
    // x x, x (x x), and 3 (x x), the cotangent being 1
    expect(count(optimize(program), 'multiply')).toBe(3)
  })

  test('have no forward mode, and say so', () => {
    const fault = (() => {
      try {
        jvp(cube(), { wrt: [0] })
      } catch (error) {
        return error
      }
    })()
    expect(fault).toBeInstanceOf(Fault)
    expect(fault).toMatchObject({ kind: 'limitation', code: 'custom-vjp-forward-mode' })
  })

  test('stay where nothing is differentiated through them', () => {
    const b = new Builder('beside')
    const [x, y] = [b.input('x', f64(3)), b.input('y', f64(3))]
    const z = b.multiply(b.emit('custom_vjp_call', [x], customCube), y)
    const program = b.finish([{ name: 'loss', value: b.reduce('add', z, [0]) }])
    expect(count(gradient(program, [1]), 'custom_vjp_call')).toBe(1)
    expect(jvp(program, { wrt: [1] }).outputs).toHaveLength(2)
  })
})

/** Primitives with kinks, or with infinite slopes where their operands are 0, as random programs make them. */
const KINKED: readonly Prim[] = [
  ...(['abs', 'clamp', 'maximum', 'minimum', 'reduce', 'remainder', 'select', 'stop_gradient'] as const),
  ...(['atan2', 'cbrt', 'power', 'sqrt'] as const),
]
const smooth = prims.filter(
  prim => rowOf(prim).vjp !== 'zero' && !KINKED.includes(prim) && prim !== 'convert',
)

describe('random programs', () => {
  test.prop([arbitraryProgram({ float: 'f64', prims: smooth, maxEquations: 8 }), fc.nat()], { numRuns: 200 })(
    'have the gradients of central differences',
    ({ program, inputs }, seed) => {
      const forward = count(program, 'custom_vjp_call') === 0
      expect(gradientMismatches(program, inputs, { seed, forward, order: 1, tolerance: 1e-4 })).toEqual([])
    },
  )

  test.prop([arbitraryProgram()], { numRuns: 200 })('have well-formed derivatives', ({ program }) => {
    const wrt = program.inputs.flatMap(({ value }, i) => (program.types[value]?.dtype === 'f32' ? [i] : []))
    expect(check(vjp(program, { wrt }), 'vjp')).toBeUndefined()
    expect(check(vjp(vjp(program, { wrt }), { wrt }), 'vjp of vjp')).toBeUndefined()
  })

  test.prop([arbitraryProgram({ float: 'f64', prims: smooth, maxEquations: 6 }), fc.nat()], { numRuns: 60 })(
    'keep their gradients under the passes',
    ({ program, inputs }, seed) => {
      const options = { seed, forward: false, order: 1, tolerance: 1e-4 } as const
      expect(gradientMismatches(optimize(program), inputs, options)).toEqual([])
    },
  )
})

test('one value used twice gets the sum of its cotangents', () => {
  const b = new Builder('twice')
  const x: Value = b.input('x', f64())
  const program = b.finish([{ name: 'y', value: b.add(b.multiply(x, x), x) }])
  expect(evaluate(gradient(program, [0]), [Float64Array.of(3)])[1]?.data).toEqual(Float64Array.of(7))
})
