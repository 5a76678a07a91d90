import type { Elem, Expr, RegType } from '../../../compiler/loop/ir.js'
import { signOf } from '../../../compiler/loop/print.js'
import { bug } from '../../../runtime/fault.js'

/*
 * Expressions of the loop IR as C99: one string a lane. f32 is float, i32 int32_t, u32 uint32_t, a bool is int.
 * Signed integers wrap by way of unsigned ones, where C defines it.
 */

/** What a function gives to its expressions. */
export interface C99Frame {
  /** The identifier of a lane of a local; -1 where it has one only. */
  readonly read: (name: string, elem: Elem, lane: number) => string
  /** A new local that holds `value` from before this statement on. */
  readonly bind: (elem: Elem, value: string) => string
  /** The name of a helper, which is then printed. */
  readonly helper: (name: HelperName) => string
}

/** The C type of an element. */
export const typeOf = (elem: Elem): string =>
  ({ f32: 'float', f64: 'double', i32: 'int32_t', u32: 'uint32_t', bool: 'int' })[elem]

/** Functions that C has no operator for; the key is the name, the text its definition. */
export const helpers = {
  min_f32:
    'static float min_f32(float x, float y) { return x < y ? x : y < x ? y : x == y ? (signbit(x) ? x : y) : x + y; }',
  max_f32:
    'static float max_f32(float x, float y) { return x > y ? x : y > x ? y : x == y ? (signbit(x) ? y : x) : x + y; }',
  flush: 'static float flush(float x) { return x > -FLT_MIN && x < FLT_MIN ? x * 0.0f : x; }',
  bits_f32_i32:
    'static int32_t bits_f32_i32(float x) { union { float f; int32_t i; } b; b.f = x; return b.i; }',
  bits_f32_u32:
    'static uint32_t bits_f32_u32(float x) { union { float f; uint32_t u; } b; b.f = x; return b.u; }',
  bits_i32_f32:
    'static float bits_i32_f32(int32_t x) { union { float f; int32_t i; } b; b.i = x; return b.f; }',
  bits_u32_f32:
    'static float bits_u32_f32(uint32_t x) { union { float f; uint32_t u; } b; b.u = x; return b.f; }',
  to_i32:
    'static int32_t to_i32(double x) { return x != x ? 0 : x >= 2147483647.0 ? INT32_MAX : x <= -2147483648.0 ? INT32_MIN : (int32_t)x; }',
  to_u32:
    'static uint32_t to_u32(double x) { return x != x ? 0u : x >= 4294967295.0 ? UINT32_MAX : x <= 0.0 ? 0u : (uint32_t)x; }',
  div_i32:
    'static int32_t div_i32(int32_t x, int32_t y) { return y == 0 ? -1 : y == -1 ? (int32_t)(0u - (uint32_t)x) : x / y; }',
  div_u32: 'static uint32_t div_u32(uint32_t x, uint32_t y) { return y == 0u ? UINT32_MAX : x / y; }',
  rem_i32: 'static int32_t rem_i32(int32_t x, int32_t y) { return y == 0 ? x : y == -1 ? 0 : x % y; }',
  rem_u32: 'static uint32_t rem_u32(uint32_t x, uint32_t y) { return y == 0u ? x : x % y; }',
} as const

/** The name of a helper. */
export type HelperName = keyof typeof helpers

const isHelper = (name: string): name is HelperName => name in helpers

const helperOf = (frame: C99Frame, name: string): string => {
  if (isHelper(name)) return frame.helper(name)
  throw bug(`the C target has no ${name}`)
}

const isFloat = (elem: Elem): boolean => elem === 'f32' || elem === 'f64'

const constantOf = (elem: Elem, value: number): string => {
  switch (elem) {
    case 'bool':
      return value === 0 ? '0' : '1'
    case 'i32':
      return value === -(2 ** 31) ? 'INT32_MIN' : value < 0 ? `(${value})` : String(value)
    case 'u32':
      return `${value}u`
    case 'f32':
    case 'f64': {
      if (Number.isNaN(value)) return '((float)NAN)'
      if (!Number.isFinite(value)) return value < 0 ? '(-INFINITY)' : 'INFINITY'
      const digits = Object.is(value, -0) ? '-0' : elem === 'f32' ? value.toPrecision(9) : String(value)
      const text = `${/[.e]/.test(digits) ? digits : `${digits}.0`}${elem === 'f32' ? 'f' : ''}`
      return value < 0 || Object.is(value, -0) ? `(${text})` : text
    }
    default:
      return elem satisfies never
  }
}

/** A member of the memory's union. */
const member: { readonly [E in Elem]: string } = { f32: 'f', f64: 'd', i32: 'i', u32: 'u', bool: 'i' }

/** The places of the lanes at byte address `at + offset`. */
export const placesOf = (
  { elem, lanes }: RegType,
  at: Expr,
  offset: number,
  frame: C99Frame,
): readonly string[] => {
  const shift = elem === 'f64' ? 3 : 2
  const array = `M.${member[elem]}`
  const each = (f: (i: number) => string) => Array.from({ length: lanes }, (_, i) => f(i))
  if (at.kind === 'const') return each(i => `${array}[${((at.value >>> 0) + offset) / 2 ** shift + i}]`)
  const [base = ''] = cExpr(at, frame)
  const first = `((uint32_t)${base}${offset === 0 ? '' : ` + ${offset}u`}) >> ${shift}`
  if (lanes === 1) return [`${array}[${first}]`]
  const index = frame.bind('u32', first)
  return each(i => `${array}[${i === 0 ? index : `${index} + ${i}u`}]`)
}

const unaryText = ({ op, type }: Expr & { kind: 'unary' }, a: string, frame: C99Frame): string => {
  const suffix = type.elem === 'f32' ? 'f' : ''
  switch (op) {
    case 'neg':
      return isFloat(type.elem) ? `(-${a})` : `((${typeOf(type.elem)})(0u - (uint32_t)${a}))`
    case 'abs':
      return isFloat(type.elem) ? `fabs${suffix}(${a})` : `(${a} < 0 ? (int32_t)(0u - (uint32_t)${a}) : ${a})`
    case 'sqrt':
    case 'ceil':
    case 'floor':
    case 'trunc':
      return `${op}${suffix}(${a})`
    case 'nearest':
      return `rint${suffix}(${a})`
    case 'flush':
      return `${helperOf(frame, 'flush')}(${a})`
    case 'not':
      return type.elem === 'bool' ? `(!${a})` : `(~${a})`
    default:
      return op satisfies never
  }
}

const binaryText = ({ op, x }: Expr & { kind: 'binary' }, a: string, b: string, frame: C99Frame): string => {
  const { elem } = x.type
  const symbol = signOf(op) ?? ''
  switch (op) {
    case 'add':
    case 'sub':
    case 'mul':
      if (isFloat(elem)) return `(${typeOf(elem)})(${a} ${symbol} ${b})`
      return elem === 'u32' ? `(${a} ${symbol} ${b})` : `((int32_t)((uint32_t)${a} ${symbol} (uint32_t)${b}))`
    case 'div':
      return isFloat(elem)
        ? `(${typeOf(elem)})(${a} / ${b})`
        : `${helperOf(frame, `div_${elem}`)}(${a}, ${b})`
    case 'rem':
      return `${helperOf(frame, `rem_${elem}`)}(${a}, ${b})`
    case 'min':
    case 'max':
      return isFloat(elem)
        ? `${helperOf(frame, `${op}_${elem}`)}(${a}, ${b})`
        : `(${a} ${op === 'min' ? '<' : '>'} ${b} ? ${a} : ${b})`
    case 'shl':
      return `((${typeOf(elem)})((uint32_t)${a} << ((uint32_t)${b} & 31u)))`
    case 'shr':
      return `(${a} >> ((uint32_t)${b} & 31u))`
    case 'and':
    case 'or':
    case 'xor':
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return `(${a} ${symbol} ${b})`
    default:
      return op satisfies never
  }
}

const castText = (x: Expr & { kind: 'cast' }, a: string, frame: C99Frame): string => {
  const [from, to] = [x.x.type.elem, x.type.elem]
  if (x.op === 'bits')
    return from === 'f32' || to === 'f32'
      ? `${helperOf(frame, `bits_${from}_${to}`)}(${a})`
      : `((${typeOf(to)})${a})`
  if (to === 'bool') return `(${a} != 0)`
  if (isFloat(from) && !isFloat(to)) return `${helperOf(frame, `to_${to}`)}(${a})`
  return `((${typeOf(to)})${a})`
}

/** One C expression for each lane of `x`. */
export const cExpr = (x: Expr, frame: C99Frame): readonly string[] => {
  const lanes = (f: (i: number) => string): readonly string[] =>
    Array.from({ length: x.type.lanes }, (_, i) => f(i))
  const operand = (y: Expr): ((i: number) => string) => {
    const texts = cExpr(y, frame)
    return i => texts[i] ?? texts[0] ?? ''
  }
  switch (x.kind) {
    case 'const':
      return lanes(() => constantOf(x.type.elem, x.value))
    case 'ref':
      return lanes(i => frame.read(x.name, x.type.elem, x.type.lanes === 1 ? -1 : i))
    case 'load': {
      const places = placesOf(x.type, x.at, x.offset, frame)
      return x.type.elem === 'bool' ? places.map(p => `(${p} != 0)`) : places
    }
    case 'unary': {
      const a = operand(x.x)
      return lanes(i => unaryText(x, a(i), frame))
    }
    case 'binary': {
      const [a, b] = [operand(x.x), operand(x.y)]
      return lanes(i => binaryText(x, a(i), b(i), frame))
    }
    case 'select': {
      const [c, a, b] = [operand(x.cond), operand(x.x), operand(x.y)]
      return lanes(i => `(${c(i)} ? ${a(i)} : ${b(i)})`)
    }
    case 'cast': {
      const a = operand(x.x)
      if (x.op !== 'splat') return lanes(i => castText(x, a(i), frame))
      const simple = x.x.kind === 'ref' || x.x.kind === 'const'
      const value = simple ? a(0) : frame.bind(x.x.type.elem, a(0))
      return lanes(() => value)
    }
    case 'mulAdd': {
      const [a, b, c] = [operand(x.x), operand(x.y), operand(x.z)]
      const type = typeOf(x.type.elem)
      return lanes(i => `(${type})((${type})(${a(i)} * ${b(i)}) + ${c(i)})`)
    }
    case 'lane': {
      const text = operand(x.x)(x.lane)
      return [text]
    }
    case 'pack':
      return x.lanes.map(l => operand(l)(0))
    default:
      return x satisfies never
  }
}
