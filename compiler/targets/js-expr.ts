import { bug } from '../../runtime/fault.js'
import type { Elem, Expr } from '../loop/ir.js'
import { comment, floatLiteral } from './wat.js'

/*
 * Expressions of the loop IR as JavaScript: one string per lane. A bool is a boolean, f32 is a number that
 * `f` (Math.fround) has rounded, i32 and u32 are numbers in their range. The names here are those of the
 * prelude that `printJs` writes.
 */

/** What a function gives to its expressions. */
export interface JsFrame {
  /** The identifier of a local of ours. */
  readonly local: (name: string) => string
  /** A new local that holds `value` from before this statement on. */
  readonly bind: (value: string) => string
}

const arrays: { readonly [E in Elem]: string } = {
  f32: 'F32',
  f64: 'F64',
  i32: 'I32',
  u32: 'U32',
  bool: 'I32',
}

/** The comment `// …`, on one line whatever the text. */
export const jsComment = (text: string): string => comment(text).replace(';;', '//')

/** The places in a typed array of the lanes at byte address `at + offset`. */
export const placesOf = (
  elem: Elem,
  lanes: number,
  at: Expr,
  offset: number,
  frame: JsFrame,
): readonly string[] => {
  const shift = elem === 'f64' ? 3 : 2
  const array = arrays[elem]
  if (at.kind === 'const') {
    const first = ((at.value >>> 0) + offset) / 2 ** shift
    return Array.from({ length: lanes }, (_, i) => `${array}[${first + i}]`)
  }
  const [base = ''] = jsExpr(at, frame)
  const first = offset === 0 ? `${base} >>> ${shift}` : `${base} + ${offset} >>> ${shift}`
  if (lanes === 1) return [`${array}[${first}]`]
  const index = frame.bind(first)
  return Array.from({ length: lanes }, (_, i) => `${array}[${i === 0 ? index : `${index} + ${i}`}]`)
}

const literal = (elem: Elem, value: number): string => {
  if (elem === 'bool') return value === 0 ? 'false' : 'true'
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value < 0 ? '(-Infinity)' : 'Infinity'
  const exact = Object.is(value, -0) ? '-0' : String(value)
  const text = elem === 'f32' && exact.length > 9 ? `f(${floatLiteral(value, true)})` : exact
  return text.startsWith('-') ? `(${text})` : text
}

/** `text` brought into the range of the element type. */
const wrapped = (elem: Elem, text: string): string => {
  switch (elem) {
    case 'f32':
      return `f(${text})`
    case 'i32':
      return `(${text} | 0)`
    case 'u32':
      return `(${text} >>> 0)`
    case 'f64':
    case 'bool':
      return `(${text})`
    default:
      return elem satisfies never
  }
}

const unaryText = (x: Expr & { kind: 'unary' }, a: string): string => {
  switch (x.op) {
    case 'neg':
      return x.type.elem === 'i32' ? `(-${a} | 0)` : `(-${a})`
    case 'abs':
      return x.type.elem === 'i32' ? `(Math.abs(${a}) | 0)` : `Math.abs(${a})`
    case 'sqrt':
      return x.type.elem === 'f32' ? `f(Math.sqrt(${a}))` : `Math.sqrt(${a})`
    case 'ceil':
    case 'floor':
    case 'trunc':
      return `Math.${x.op}(${a})`
    case 'nearest':
      return `nearest(${a})`
    case 'flush':
      return `flush(${a})`
    case 'not':
      return x.type.elem === 'bool' ? `!${a}` : wrapped(x.type.elem, `~${a}`)
    default:
      return x.op satisfies never
  }
}

const booleanText = (op: string, a: string, b: string): string => {
  const symbols: Readonly<Record<string, string>> = { and: '&&', or: '||', xor: '!==', eq: '===', ne: '!==' }
  const symbol = symbols[op]
  if (symbol === undefined) throw bug(`the loop IR has no ${op} of bool`)
  return `(${a} ${symbol} ${b})`
}

const binaryText = (x: Expr & { kind: 'binary' }, a: string, b: string): string => {
  const { elem } = x.x.type
  const integer = elem === 'i32' || elem === 'u32'
  if (elem === 'bool') return booleanText(x.op, a, b)
  switch (x.op) {
    case 'add':
      return wrapped(elem, `${a} + ${b}`)
    case 'sub':
      return wrapped(elem, `${a} - ${b}`)
    case 'mul':
      if (elem === 'i32') return `Math.imul(${a}, ${b})`
      return integer ? wrapped(elem, `Math.imul(${a}, ${b})`) : wrapped(elem, `${a} * ${b}`)
    case 'div':
      return integer ? `div_${elem}(${a}, ${b})` : wrapped(elem, `${a} / ${b}`)
    case 'rem':
      return `rem_${elem}(${a}, ${b})`
    case 'min':
    case 'max':
      return `Math.${x.op}(${a}, ${b})`
    case 'and':
      return wrapped(elem, `(${a} & ${b})`)
    case 'or':
      return wrapped(elem, `(${a} | ${b})`)
    case 'xor':
      return wrapped(elem, `(${a} ^ ${b})`)
    case 'shl':
      return wrapped(elem, `(${a} << ${b})`)
    case 'shr':
      return elem === 'u32' ? `(${a} >>> ${b})` : `(${a} >> ${b})`
    case 'eq':
      return `(${a} === ${b})`
    case 'ne':
      return `(${a} !== ${b})`
    case 'lt':
      return `(${a} < ${b})`
    case 'le':
      return `(${a} <= ${b})`
    case 'gt':
      return `(${a} > ${b})`
    case 'ge':
      return `(${a} >= ${b})`
    default:
      return x.op satisfies never
  }
}

const convertText = (from: Elem, to: Elem, a: string): string => {
  if (from === 'bool') return `(${a} ? 1 : 0)`
  if (to === 'bool') return `(${a} !== 0)`
  if (to === 'f64') return a
  if ((from === 'f32' || from === 'f64') && to !== 'f32') return `to_${to}(${a})`
  return wrapped(to, a)
}

const castText = (x: Expr & { kind: 'cast' }, a: string): string => {
  const [from, to] = [x.x.type.elem, x.type.elem]
  switch (x.op) {
    case 'splat':
      return a
    case 'convert':
      return convertText(from, to, a)
    case 'bits':
      return from === 'f32' || to === 'f32' ? `bits_${from}_${to}(${a})` : wrapped(to, a)
    default:
      return x.op satisfies never
  }
}

/** One JavaScript expression for each lane of `x`. */
export const jsExpr = (x: Expr, frame: JsFrame): readonly string[] => {
  const lanes = (f: (i: number) => string): readonly string[] =>
    Array.from({ length: x.type.lanes }, (_, i) => f(i))
  const operand = (y: Expr): ((i: number) => string) => {
    const texts = jsExpr(y, frame)
    return i => texts[i] ?? texts[0] ?? ''
  }
  switch (x.kind) {
    case 'const':
      return lanes(() => literal(x.type.elem, x.value))
    case 'ref': {
      const id = frame.local(x.name)
      return x.type.lanes === 1 ? [id] : lanes(i => `${id}$${i}`)
    }
    case 'load': {
      const places = placesOf(x.type.elem, x.type.lanes, x.at, x.offset, frame)
      return x.type.elem === 'bool' ? places.map(p => `(${p} !== 0)`) : places
    }
    case 'unary': {
      const a = operand(x.x)
      return lanes(i => unaryText(x, a(i)))
    }
    case 'binary': {
      const [a, b] = [operand(x.x), operand(x.y)]
      return lanes(i => binaryText(x, a(i), b(i)))
    }
    case 'select': {
      const [c, a, b] = [operand(x.cond), operand(x.x), operand(x.y)]
      return lanes(i => `(${c(i)} ? ${a(i)} : ${b(i)})`)
    }
    case 'cast': {
      if (x.op === 'splat') {
        const simple = x.x.kind === 'ref' || x.x.kind === 'const'
        const [text = ''] = jsExpr(x.x, frame)
        const value = simple ? text : frame.bind(text)
        return lanes(() => value)
      }
      const a = operand(x.x)
      return lanes(i => castText(x, a(i)))
    }
    case 'mulAdd': {
      const [a, b, c] = [operand(x.x), operand(x.y), operand(x.z)]
      const { elem } = x.type
      return lanes(i => wrapped(elem, `${wrapped(elem, `${a(i)} * ${b(i)}`)} + ${c(i)}`))
    }
    case 'lane':
      return [operand(x.x)(x.lane)]
    case 'pack':
      return x.lanes.map(l => operand(l)(0))
    default:
      return x satisfies never
  }
}
