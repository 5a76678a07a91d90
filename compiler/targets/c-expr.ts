import { bug } from '../../runtime/fault.js'
import type { Elem, Expr, RegType } from '../loop/ir.js'
import { infix } from '../loop/print.js'
import type { Helper } from './c-helpers.js'
import { cLiteral } from './c-text.js'

/*
 * Expressions of the loop IR as C. Every operation that is not a name or a call stands in parentheses. Everything has
 * the bits of `scalar.ts` (but for the payload of a NaN), except mulAdd where the machine fuses it. Signed integers
 * wrap: the C is compiled with -fwrapv.
 */

/** What a function gives to its expressions. */
export interface CFrame {
  /** The identifier of a local of ours. */
  readonly local: (name: string) => string
  /** Marks a helper as used; its identifier. */
  readonly helper: (helper: Helper) => string
  /** Marks a type as used; its identifier. */
  readonly type: (type: RegType) => string
}

const isFloat = (elem: Elem): boolean => elem === 'f32' || elem === 'f64'
const isVector = (type: RegType): boolean => type.lanes > 1

/** A bool's registers are those of an i32. */
const registerType = (type: RegType): RegType => (type.elem === 'bool' ? { ...type, elem: 'i32' } : type)

/** The place of a register in memory, to read or to assign. */
export const placeOf = (type: RegType, at: Expr, offset: number, frame: CFrame): string => {
  const base = at.kind === 'const' ? String(at.value >>> 0) : strip(cExpr(at, frame))
  return `AT(${frame.type(registerType(type))}, ${base}, ${offset})`
}

/** An expression without the parentheses around all of it. */
export const strip = (text: string): string => {
  if (!text.startsWith('(') || !text.endsWith(')')) return text
  let depth = 0
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] === '(') depth++
    if (text[i] === ')') depth--
    if (depth === 0) return text
  }
  return text.slice(1, -1)
}

const call = (frame: CFrame, helper: Helper, ...args: readonly string[]): string => {
  frame.type(registerType(helper.type))
  return `${frame.helper(helper)}(${args.map(strip).join(', ')})`
}

const splat = (frame: CFrame, type: RegType, scalar: string): string =>
  call(frame, { kind: 'splat', type: registerType(type) }, scalar)

const constantOf = (type: RegType, value: number, frame: CFrame): string => {
  if (type.elem === 'bool' && isVector(type)) return splat(frame, type, value === 0 ? '0' : '-1')
  const literal = cLiteral(type.elem, value)
  if (isVector(type)) return splat(frame, type, literal)
  return literal.startsWith('-') ? `(${literal})` : literal
}

const unaryOf = (x: Expr & { kind: 'unary' }, frame: CFrame): string => {
  const operand = cExpr(x.x, frame)
  switch (x.op) {
    case 'neg':
      return `(-${operand})`
    case 'not':
      return x.type.elem === 'bool' && !isVector(x.type) ? `(!${operand})` : `(~${operand})`
    default:
      return call(frame, { kind: x.op, type: x.type }, operand)
  }
}

const isSafeDivisor = (y: Expr): boolean => y.kind === 'const' && y.value !== 0 && y.value !== -1

/** min and max with a constant, right for every x, cost one or two instructions, where those of any two cost ten. */
const extremeOf = (x: Expr & { kind: 'binary' }, op: 'min' | 'max', frame: CFrame): string => {
  const a = cExpr(x.x, frame)
  const value = x.y.kind === 'const' && isFloat(x.type.elem) ? x.y.value : Number.NaN
  if (op === 'max' && Object.is(value, 0)) return call(frame, { kind: 'positive', type: x.type }, a)
  const isEasy = !Number.isNaN(value) && !(op === 'min' && Object.is(value, -0))
  const kind = isEasy ? (op === 'min' ? 'at_most' : 'at_least') : op
  return call(frame, { kind, type: x.type }, a, cExpr(x.y, frame))
}

const binaryOf = (x: Expr & { kind: 'binary' }, frame: CFrame): string => {
  const { op, type } = x
  const integer = !isFloat(x.x.type.elem)
  switch (op) {
    case 'min':
    case 'max':
      return extremeOf(x, op, frame)
    case 'div':
    case 'rem':
      if (integer && !(isSafeDivisor(x.y) && !isVector(type)))
        return call(frame, { kind: op, type }, cExpr(x.x, frame), cExpr(x.y, frame))
      return `(${cExpr(x.x, frame)} ${op === 'rem' ? '%' : '/'} ${cExpr(x.y, frame)})`
    case 'shl':
    case 'shr':
      return `(${cExpr(x.x, frame)} ${infix[op]} ${shiftAmount(x.y, frame)})`
    default:
      return `(${cExpr(x.x, frame)} ${infix[op]} ${cExpr(x.y, frame)})`
  }
}

/** The amount modulo 32; a constant is one number for all lanes. */
const shiftAmount = (y: Expr, frame: CFrame): string =>
  y.kind === 'const' ? String(y.value & 31) : `(${cExpr(y, frame)} & 31)`

const convertOf = (x: Expr & { kind: 'cast' }, frame: CFrame): string => {
  const [from, to] = [x.x.type, x.type]
  const operand = cExpr(x.x, frame)
  if (to.elem === 'bool') return `(${operand} != 0)`
  if (isFloat(from.elem) && !isFloat(to.elem)) return call(frame, { kind: 'to', type: to, from }, operand)
  const T = frame.type(to)
  if (!isVector(to)) return `((${T})${operand})`
  if (from.elem === 'bool') {
    const ones = to.elem === 'f32' ? `(${frame.type({ elem: 'i32', lanes: to.lanes })})` : ''
    return `((${T})(${operand} & ${ones}${splat(frame, to, cLiteral(to.elem, 1))}))`
  }
  return isFloat(to.elem) ? `__builtin_convertvector(${strip(operand)}, ${T})` : `((${T})${operand})`
}

const bitsOf = (x: Expr & { kind: 'cast' }, frame: CFrame): string => {
  const operand = cExpr(x.x, frame)
  if (isVector(x.type) || isFloat(x.type.elem) === isFloat(x.x.type.elem))
    return `((${frame.type(x.type)})${operand})`
  return call(frame, { kind: 'bits', type: x.type, from: x.x.type }, operand)
}

const castOf = (x: Expr & { kind: 'cast' }, frame: CFrame): string => {
  switch (x.op) {
    case 'convert':
      return convertOf(x, frame)
    case 'bits':
      return bitsOf(x, frame)
    case 'splat': {
      const operand = cExpr(x.x, frame)
      return splat(frame, x.type, x.type.elem === 'bool' ? `-${operand}` : operand)
    }
    default:
      return x.op satisfies never
  }
}

const packOf = (x: Expr & { kind: 'pack' }, frame: CFrame): string => {
  const lanes = x.lanes.map(l => strip(cExpr(l, frame))).map(l => (x.type.elem === 'bool' ? `-(${l})` : l))
  return `(${frame.type(registerType(x.type))}){${lanes.join(', ')}}`
}

const laneOf = (x: Expr & { kind: 'lane' }, frame: CFrame): string => {
  const vector = cExpr(x.x, frame)
  const element = `${/^\w+$/.test(vector) ? vector : `(${vector})`}[${x.lane}]`
  return x.type.elem === 'bool' ? `(${element} & 1)` : element
}

const selectOf = (x: Expr & { kind: 'select' }, frame: CFrame): string => {
  const [c, a, b] = [cExpr(x.cond, frame), cExpr(x.x, frame), cExpr(x.y, frame)]
  if (x.cond.type.lanes !== x.type.lanes) throw bug('a select of vectors is by lanes')
  return isVector(x.type)
    ? call(frame, { kind: 'select', type: registerType(x.type) }, c, a, b)
    : `(${c} ? ${a} : ${b})`
}

const mulAddOf = (x: Expr & { kind: 'mulAdd' }, frame: CFrame): string =>
  call(frame, { kind: 'mul_add', type: x.type }, cExpr(x.x, frame), cExpr(x.y, frame), cExpr(x.z, frame))

/** The C of an expression: a name, a literal, a call, or something in parentheses. */
export const cExpr = (x: Expr, frame: CFrame): string => {
  switch (x.kind) {
    case 'const':
      return constantOf(x.type, x.value, frame)
    case 'ref':
      return frame.local(x.name)
    case 'load': {
      const place = placeOf(x.type, x.at, x.offset, frame)
      return x.type.elem === 'bool' ? `(${place} != 0)` : place
    }
    case 'unary':
      return unaryOf(x, frame)
    case 'binary':
      return binaryOf(x, frame)
    case 'select':
      return selectOf(x, frame)
    case 'cast':
      return castOf(x, frame)
    case 'mulAdd':
      return mulAddOf(x, frame)
    case 'lane':
      return laneOf(x, frame)
    case 'pack':
      return packOf(x, frame)
    default:
      return x satisfies never
  }
}

/** The statement that stores `value` at `at + offset`; bools are stored as 0 and 1. */
export const cStore = (at: Expr, offset: number, value: Expr, frame: CFrame): string => {
  const register = cExpr(value, frame)
  const stored = value.type.elem === 'bool' && isVector(value.type) ? `-${register}` : strip(register)
  return `${placeOf(value.type, at, offset, frame)} = ${stored};`
}
