import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import { binaryValue } from '../../compiler/loop/scalar.js'
import { Fault } from '../../runtime/fault.js'
import { binaries, specialFloats, specialIntegers } from './programs.js'

const x = e.ref('x', e.reg('f32'))
const v = e.ref('v', e.reg('f32', 4))
const n = e.ref('n')

describe('constructors', () => {
  test('take a number as a constant of the other operand, and splat a scalar beside a vector', () => {
    expect(e.add(x, 0.1)).toMatchObject({ type: { elem: 'f32', lanes: 1 }, y: { value: Math.fround(0.1) } })
    expect(e.mul(v, x)).toMatchObject({ type: { elem: 'f32', lanes: 4 }, y: { kind: 'cast', op: 'splat' } })
    expect(e.lt(v, 0).type).toEqual(e.reg('bool', 4))
    expect(e.select(e.lt(x, 0), v, 0)).toMatchObject({ cond: { op: 'splat' }, type: { lanes: 4 } })
  })

  test('put the constants of an address together', () => {
    expect(e.add(e.add(n, 4), 8)).toEqual(e.add(n, 12))
    expect(e.add(4, n)).toEqual(e.add(n, 4))
    expect(e.load(e.reg('f32'), 64, 4)).toMatchObject({ at: { value: 0 }, offset: 68 })
  })

  test('refuse what the loop IR does not have', () => {
    expect(() => e.add(x, n)).toThrow(Fault)
    expect(() => e.rem(x, x)).toThrow(Fault)
    expect(() => e.and(x, x)).toThrow(Fault)
    expect(() => e.neg(e.u32(1))).toThrow(Fault)
    expect(() => e.lt(e.bool(true), e.bool(false))).toThrow(Fault)
    expect(() => e.splat(e.f64(1))).toThrow(Fault)
    expect(() => e.lane(v, 4)).toThrow(Fault)
    expect(() => e.load(e.reg('f32'), x)).toThrow(Fault)
    expect(() => e.loop('serial', 'i', 0, 1, 0, [])).toThrow(Fault)
    expect(() => e.if_(e.lt(v, 0), [])).toThrow(Fault)
  })
})

const values = { f32: specialFloats.map(Math.fround), i32: specialIntegers }

test.prop([
  fc.constantFrom('f32' as const, 'i32' as const),
  fc.constantFrom(...binaries),
  fc.nat(),
  fc.nat(),
])('folding keeps the bits of every operation', (elem, op, i, j) => {
  const list = values[elem]
  const [a = 0, b = 0] = [list[i % list.length], list[j % list.length]]
  const type = e.reg(elem)
  const operands = [e.constant(type, a), e.constant(type, b), e.ref('y', type)] as const
  try {
    const wanted = binaryValue(op, elem, a, b)
    expect(e.binary(op, operands[0], operands[1])).toMatchObject({ kind: 'const', value: wanted })
    // an identity that leaves the other operand alone must leave every value alone
    if (e.binary(op, operands[2], operands[1]) === operands[2]) expect(wanted).toBe(a)
    if (e.binary(op, operands[0], operands[2]) === operands[2]) {
      expect(binaryValue(op, elem, a, b)).toBe(b)
    }
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
  }
})
