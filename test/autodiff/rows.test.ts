import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { vjp } from '../../compiler/autodiff/vjp.js'
import { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Prim, Program, TensorType } from '../../compiler/ir/program.js'
import { type Domain, notes } from '../../compiler/ops/notes.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { isFloat } from '../../compiler/ops/rules.js'
import { prims, rowOf } from '../../compiler/ops/table.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { uniformFrom } from '../../src/testing/dice.js'
import { gradientMismatches } from '../../src/testing/gradients.js'
import { type Specimen, specimens } from './specimens.js'

/** Rows that take no float, so that there is nothing to differentiate with respect to. */
const WITHOUT_FLOATS: readonly Prim[] = [
  // leaves
  'constant',
  'iota',
  // bits and keys
  'and',
  'not',
  'or',
  'random_bits',
  'random_fold_in',
  'shift_left',
  'shift_right_logical',
  'xor',
]

/** Rows that take floats, and whose derivative is zero wherever there is one. */
const ZERO: readonly Prim[] = [
  // steps: constant between their jumps
  'ceil',
  'floor',
  'round_nearest_even',
  'sign',
  // their result is an index or a truth value
  'argmax',
  'compare',
  'is_finite',
  // zero by definition
  'stop_gradient',
]

const programOf = (prim: Prim, { shapes, write }: Specimen): Program => {
  const b = new Builder(prim)
  const xs = shapes.map((shape, i) => b.input(`x${i}`, { shape, dtype: 'f64' }))
  return b.finish([{ name: 'y', value: write(b, xs) }])
}

/** Numbers of the row's own domain, one operand after the other. */
const inputsOf = (prim: Prim, program: Program, seed: number): TensorValue[] => {
  const { domain } = notes[prim]
  const uniform = uniformFrom(seed)
  return program.inputs.map(({ value }, i) => {
    const type: TensorType = program.types[value] ?? { shape: [], dtype: 'f64' }
    const data = allocate(type.dtype, sizeOf(type.shape))
    const here = domain[i] ?? domain.at(-1) ?? { low: -2, high: 2 }
    for (let k = 0; k < data.length; k++) data[k] = numberIn(here, uniform)
    return { type, data }
  })
}

const numberIn = ({ low, high, avoid = [] }: Domain, uniform: () => number): number => {
  const x = low + (high - low) * uniform()
  return avoid.some(p => Math.abs(x - p) < 0.05) ? numberIn({ low, high, avoid }, uniform) : x
}

const outputType = (program: Program): TensorType =>
  program.types[program.outputs[0]?.value ?? 0] ?? { shape: [], dtype: 'f64' }

const differentiable = prims.filter(prim => !WITHOUT_FLOATS.includes(prim) && !ZERO.includes(prim))

describe('every row of the table', () => {
  test.each(prims)('%s has a derivative in both modes, or is a listed exception', prim => {
    const { vjp: reverse, jvp: forward } = rowOf(prim)
    const isException = WITHOUT_FLOATS.includes(prim) || ZERO.includes(prim)
    expect(reverse === 'zero').toBe(isException)
    expect(forward === 'zero').toBe(isException)
    expect(specimens[prim].length > 0).toBe(!WITHOUT_FLOATS.includes(prim))
  })
})

describe.each(differentiable)('%s', prim => {
  for (const [i, specimen] of specimens[prim].entries()) {
    test.prop([fc.nat()], { numRuns: 10 })(
      `reverse, forward and differences agree to order 2, use ${i}`,
      seed => {
        const program = programOf(prim, specimen)
        const inputs = inputsOf(prim, program, seed)
        expect(gradientMismatches(program, inputs, { seed, forward: specimen.forward ?? true })).toEqual([])
      },
    )
  }
})

describe.each(ZERO.filter(prim => prim !== 'stop_gradient'))('%s is flat', prim => {
  test.prop([fc.nat()], { numRuns: 10 })(
    'its result is not float, or does not move with its operands',
    seed => {
      for (const specimen of specimens[prim]) {
        const program = programOf(prim, specimen)
        if (!isFloat(outputType(program).dtype)) continue
        expect(gradientMismatches(program, inputsOf(prim, program, seed), { seed })).toEqual([])
      }
    },
  )
})

describe('controls', () => {
  // the derivative of tanh as 1 - y, of sine as sine: what a slip of the pen would leave
  const wrong = (write: Specimen['write']): Program => programOf('tanh', { shapes: [[3]], write })
  const planted = (name: string, slope: (b: Builder, x: number, y: number) => number): Program => {
    const type: TensorType = { shape: [3], dtype: 'f64' }
    const forward = new Builder(name)
    const x = forward.input('x', type)
    const y = forward.tanh(x)
    const backward = new Builder('backward')
    const [u, v, bar] = [backward.input('x', type), backward.input('y', type), backward.input('bar', type)]
    const primal = new Builder('primal')
    const params = {
      primal: primal.finish([{ name: 'y', value: primal.tanh(primal.input('x', type)) }]),
      forward: forward.finish([
        { name: 'y', value: y },
        { name: 'x', value: x },
        { name: 'kept', value: y },
      ]),
      backward: backward.finish([{ name: 'xBar', value: backward.multiply(bar, slope(backward, u, v)) }]),
    }
    return wrong((b, xs) => b.emit('custom_vjp_call', [xs[0] ?? 0], params))
  }
  const modesOf = (program: Program): string[] =>
    gradientMismatches(program, inputsOf('tanh', program, 7), { forward: false }).map(
      ({ order, mode }) => `${mode} ${order}`,
    )

  test('the right slope passes', () => {
    expect(modesOf(planted('right', (b, _, y) => b.subtract(b.fullLike(y, 1), b.multiply(y, y))))).toEqual([])
  })

  test('a slope of 1 - y is caught in reverse mode', () => {
    expect(modesOf(planted('wrong', (b, _, y) => b.subtract(b.fullLike(y, 1), y)))).toContain('reverse 1')
  })

  test('a slope that is right but blocks its own derivative is caught at order 2', () => {
    const blocked = planted('blocked', (b, _, y) =>
      b.stop_gradient(b.subtract(b.fullLike(y, 1), b.multiply(y, y))),
    )
    expect(modesOf(blocked)).toEqual(['reverse 2'])
  })

  test('a row that claims to be flat and is not is caught', () => {
    const program = programOf('stop_gradient', specimens.stop_gradient[0] ?? { shapes: [], write: () => 0 })
    expect(gradientMismatches(program, inputsOf('stop_gradient', program, 3))).not.toEqual([])
  })

  test('stop_gradient has the cotangent zero all the same', () => {
    const program = programOf('stop_gradient', specimens.stop_gradient[0] ?? { shapes: [], write: () => 0 })
    const [xBar] = evaluate(vjp(program, { wrt: [0] }), [
      ...inputsOf('sine', program, 1),
      ...inputsOf('sine', program, 2),
    ])
    expect(xBar?.data.every((x: number) => x === 0)).toBe(true)
  })
})
