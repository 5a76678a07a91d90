import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Builder } from '../../compiler/ir/build.js'
import { parse } from '../../compiler/ir/parse.js'
import { print } from '../../compiler/ir/print.js'
import type { Program } from '../../compiler/ir/program.js'
import { Fault } from '../../runtime/fault.js'
import { arbitraryProgram } from '../../src/testing/programs.js'

const dense = (): Program => {
  const b = new Builder('dense')
  const x = b.input('x', { shape: [2, 3], dtype: 'f32' })
  const w = b.input('dense/kernel', { shape: [3, 4], dtype: 'f32' })
  const y = b.withSource('layer0/dense', () =>
    b.dot_general(x, w, { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }),
  )
  const relu = b.withSource('layer0/relu', () => b.maximum(y, b.fullLike(y, 0)))
  return b.finish([{ name: 'y', value: relu }])
}

const constants = (data: Float32Array): Program => {
  const b = new Builder('constants')
  return b.finish([{ name: 'c', value: b.constant({ shape: [data.length], dtype: 'f32' }, data) }])
}

describe('the text form', () => {
  test('is one equation a line, with types and sources', () => {
    expect(print(dense())).toMatchInlineSnapshot(`
      "program dense
        in x %0 : f32[2,3]
        in dense/kernel %1 : f32[3,4]
        %2 = dot_general %0 %1 {lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0]} : f32[2,4]  ; layer0/dense
        %3 = constant f32[] [0] : f32[]  ; layer0/relu
        %4 = broadcast_in_dim %3 {shape: [2, 4], dimensions: []} : f32[2,4]  ; layer0/relu
        %5 = maximum %2 %4 : f32[2,4]  ; layer0/relu
        out y %5
      "
    `)
  })

  test.prop([arbitraryProgram({ wild: true })], { numRuns: 300 })(
    'parses back to the same program',
    ({ program }) => {
      expect(parse(print(program))).toEqual(program)
    },
  )

  test.prop([arbitraryProgram({ float: 'f64' })], { numRuns: 100 })('of f64 programs too', ({ program }) => {
    expect(parse(print(program))).toEqual(program)
  })

  test.prop([fc.array(fc.float(), { minLength: 1, maxLength: 20 })])('keeps every f32 constant', numbers => {
    const program = constants(Float32Array.from(numbers))
    expect(parse(print(program))).toEqual(program)
  })

  test('keeps NaN, the infinities and -0', () => {
    const program = constants(Float32Array.of(Number.NaN, Infinity, -Infinity, -0, 0, 0.1))
    expect(print(program)).toContain('[NaN, Infinity, -Infinity, -0, 0, 0.1]')
    expect(parse(print(program))).toEqual(program)
  })

  test.prop([fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })])(
    'keeps any name and source',
    (name, port, source) => {
      const b = new Builder(name)
      const x = b.input(port, { shape: [], dtype: 'f32' })
      const program = b.finish([{ name: port, value: b.withSource(source, () => b.sine(x)) }])
      expect(parse(print(program))).toEqual(program)
    },
  )

  test('control: a program that differs in one constant is not equal', () => {
    expect(parse(print(constants(Float32Array.of(0))))).not.toEqual(constants(Float32Array.of(-0)))
  })

  test('control: a printer that drops sources is caught', () => {
    const forgetful = (program: Program): string => print(program).replaceAll(/ {2};.*$/gm, '')
    expect(parse(forgetful(dense()))).not.toEqual(dense())
  })
})

describe('what is not understood', () => {
  const problem = (text: string): string => {
    try {
      parse(text)
    } catch (error) {
      if (error instanceof Fault && error.code === 'ir-syntax') return error.message
      throw error
    }
    return 'no fault'
  }

  test.each([
    ['', 'The text of a program starts with `program` and its name.'],
    ['%0 = add', 'Line 1 of the program is not understood: the text starts with `program` and its name.'],
    [
      'program p\n  %0 = frob : f32[]',
      'Line 2 of the program is not understood: there is no primitive frob.',
    ],
    [
      'program p\n  in x 0 : f32[]',
      'Line 2 of the program is not understood: expected a value like %3, got 0.',
    ],
    [
      'program p\n  in x %0 : g32[]',
      'Line 2 of the program is not understood: a dtype is one of f32, f64, i32, u32, bool, not g32.',
    ],
    [
      'program p\n  %0 = iota {type: f32[2]',
      'Line 2 of the program is not understood: expected ,, got the end of the line.',
    ],
    [
      'program p\n  %0 = constant f32[2] [1] : f32[2]',
      'Line 2 of the program is not understood: f32[2] has 2 elements, not 1.',
    ],
    [
      'program p\n  %0 = custom_vjp_call {primal: @9, forward: @9, backward: @9} : f32[]',
      'Line 2 of the program is not understood: there is no program @9, or it contains itself.',
    ],
    [
      'program p\n  out y %0 extra',
      'Line 2 of the program is not understood: expected the end of the line, got extra.',
    ],
  ])('%j', (text, message) => {
    expect(problem(text)).toBe(message)
  })
})
