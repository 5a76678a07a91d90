import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Builder } from '../../compiler/ir/build.js'
import { check } from '../../compiler/ir/check.js'
import { parse } from '../../compiler/ir/parse.js'
import { Fault } from '../../runtime/fault.js'
import { arbitraryProgram } from '../../src/testing/programs.js'

const faultOf = (text: string): Fault => {
  try {
    check(parse(text), 'frobnicate')
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('the checker found nothing')
}

describe('the checker', () => {
  test.prop([arbitraryProgram({ wild: true })], { numRuns: 200 })(
    'accepts what the builder makes',
    ({ program }) => {
      expect(check(program)).toBeUndefined()
    },
  )

  test.each([
    [
      'a type that its row does not derive',
      'program p\n in x %0 : f32[2]\n %1 = sine %0 : f32[3]\n out y %1',
      'after frobnicate: %1 is f32[3], but its row derives f32[2]',
    ],
    [
      'operands that do not fit',
      'program p\n in x %0 : f32[2]\n in z %1 : f32[3]\n %2 = add %0 %1 : f32[2]\n out y %2',
      'after frobnicate: %2 is not well typed: add: operands have one shape, got f32[2] and f32[3]',
    ],
    [
      'a use before the definition',
      'program p\n in x %0 : f32[]\n %1 = sine %2 : f32[]\n %2 = sine %0 : f32[]\n out y %1',
      'after frobnicate: %2 is used by %1 before it is defined',
    ],
    [
      'a value defined twice',
      'program p\n in x %0 : f32[]\n %1 = sine %0 : f32[]\n %1 = cosine %0 : f32[]\n out y %1',
      'after frobnicate: %1 is defined twice',
    ],
    [
      'an output of nothing',
      'program p\n in x %0 : f32[]\n out y %1',
      'after frobnicate: output y is %1, which is not defined',
    ],
    [
      'two inputs of one name',
      'program p\n in x %0 : f32[]\n in x %1 : f32[]\n out y %1',
      'after frobnicate: two inputs are named x',
    ],
    [
      'two inputs in one value',
      'program p\n in x %0 : f32[]\n in z %0 : f32[]\n out y %0',
      'after frobnicate: input z is %0, defined before',
    ],
  ])('finds %s', (_, text, message) => {
    const fault = faultOf(text)
    expect(fault.kind).toBe('bug')
    expect(fault.message).toBe(message)
  })

  test('quotes ten equations either side and marks the culprit', () => {
    const b = new Builder('long')
    let x = b.input('x', { shape: [], dtype: 'f32' })
    for (let i = 0; i < 40; i++) x = b.withSource(`layer${i}`, () => b.sine(x))
    const program = b.finish([{ name: 'y', value: x }])
    const types = program.types.map((type, v) => (v === 21 ? { shape: [7], dtype: type.dtype } : type))
    const fault = (() => {
      try {
        check({ ...program, types })
      } catch (error) {
        return error
      }
    })()
    if (!(fault instanceof Fault)) throw new Error('the checker found nothing')
    expect(fault.notes).toHaveLength(21)
    expect(fault.notes[10]).toBe('> %21 = sine %20 : f32[7]  ; layer20')
    expect(fault.notes[0]).toBe('  %11 = sine %10 : f32[]  ; layer10')
  })

  test('looks into custom derivatives', () => {
    const text = [
      'program p\n in x %0 : f32[]\n %1 = custom_vjp_call %0 {primal: @1, forward: @1, backward: @2} : f32[]\n out y %1',
      '@1 = program f\n in x %0 : f32[]\n %1 = sine %0 : f32[]\n out y %1',
      '@2 = program back\n in yBar %0 : f32[]\n %1 = sine %2 : f32[]\n %2 = sine %0 : f32[]\n out xBar %1',
    ].join('\n')
    expect(faultOf(text).message).toBe('after frobnicate, in %1: %2 is used by %1 before it is defined')
  })
})
