import { bug } from '../../runtime/fault.js'
import type { BinaryOp, Elem, Expr, RegType } from '../loop/ir.js'
import { splitAddress } from './wasm-address.js'
import {
  constantOf,
  type Frame,
  get,
  i32Const,
  isFloat,
  lanesOf,
  prefix,
  tee,
  wasmType,
  zeroVector,
} from './wasm-frame.js'
import { type Wat, wat } from './wat.js'

/*
 * Instruction selection: one expression of the loop IR as one folded WebAssembly instruction. A bool is 0 or
 * 1 in an i32 register and a lane mask in a vector one. Everything keeps the meaning of `scalar.ts` to the
 * bit (but for the payload of a NaN), except mulAdd where `relaxed` asks for one rounding.
 */

// ---- addresses ----

interface Address {
  readonly base: Wat
  /** ` offset=N`, or nothing. */
  readonly offset: string
}

/** `at + offset` with as much of the constant in the instruction as is right. */
const addressOf = (at: Expr, offset: number, frame: Frame): Address => {
  const show = (n: number): string => (n === 0 ? '' : ` offset=${n}`)
  const split = splitAddress(at, offset, frame)
  if (split === undefined) return { base: emitExpr(at, frame), offset: show(offset) }
  const sum = split.terms
    .map(t => scaled(emitExpr(t.x, frame), t.factor))
    .reduce<Wat | undefined>((total, t) => (total === undefined ? t : wat('i32.add', total, t)), undefined)
  return { base: sum ?? i32Const(0), offset: show(split.constant) }
}

const powerOfTwo = (n: number): number | undefined => {
  const exponent = 31 - Math.clz32(n)
  return n > 1 && n === 2 ** exponent ? exponent : undefined
}

const scaled = (x: Wat, factor: number): Wat => {
  if (factor === 1) return x
  const exponent = powerOfTwo(factor)
  return exponent === undefined ? wat('i32.mul', x, i32Const(factor)) : wat('i32.shl', x, i32Const(exponent))
}

const emitLoad = (x: Expr & { kind: 'load' }, frame: Frame): Wat => {
  const { base, offset } = addressOf(x.at, x.offset, frame)
  if (x.type.lanes === 4) {
    const loaded = wat(`v128.load${offset}`, base)
    return x.type.elem === 'bool' ? wat('i32x4.ne', loaded, zeroVector) : loaded
  }
  const loaded = wat(`${wasmType(x.type)}.load${offset}`, base)
  return x.type.elem === 'bool' ? wat('i32.ne', loaded, i32Const(0)) : loaded
}

/** The store of `value` at `at + offset`; bools are stored as 0 and 1. */
export const emitStore = (at: Expr, offset: number, value: Expr, frame: Frame): Wat => {
  const address = addressOf(at, offset, frame)
  const register = emitExpr(value, frame)
  if (value.type.lanes === 1)
    return wat(`${wasmType(value.type)}.store${address.offset}`, address.base, register)
  // a mask is 0 or -1 in each lane
  const stored = value.type.elem === 'bool' ? wat('i32x4.neg', register) : register
  return wat(`v128.store${address.offset}`, address.base, stored)
}

// ---- one operand ----

/** The bits of an f32's exponent. */
const EXPONENT = 0x7f800000
const EXPONENTS = [EXPONENT, EXPONENT, EXPONENT, EXPONENT]

/** Clears all bits but the sign's where those of the exponent are zero: of integers, as these are never slow. */
const emitFlush = (type: RegType, operand: Wat, frame: Frame): Wat => {
  if (type.lanes === 4) {
    const id = frame.scratch('v128')
    const exponent = wat('v128.and', get(id), constantOf({ elem: 'i32', lanes: 4 }, EXPONENTS))
    const cleared = wat('i32x4.shr_u', wat('i32x4.eq', exponent, zeroVector), i32Const(1))
    return wat('v128.andnot', tee(id, operand), cleared)
  }
  const id = frame.scratch('i32')
  const bits = tee(id, wat('i32.reinterpret_f32', operand))
  const isNormal = wat('i32.and', get(id), i32Const(EXPONENT))
  const kept = wat('select', i32Const(-1), i32Const(-(2 ** 31)), isNormal)
  return wat('f32.reinterpret_i32', wat('i32.and', bits, kept))
}

const emitUnary = (x: Expr & { kind: 'unary' }, frame: Frame): Wat => {
  const operand = emitExpr(x.x, frame)
  const { type, op } = x
  if (op === 'flush') return emitFlush(type, operand, frame)
  if (isFloat(type.elem)) return wat(`${prefix(type)}.${op}`, operand)
  if (op === 'not') {
    if (type.lanes === 4) return wat('v128.not', operand)
    return type.elem === 'bool' ? wat('i32.eqz', operand) : wat('i32.xor', operand, i32Const(-1))
  }
  if (type.lanes === 4) return wat(`i32x4.${op}`, operand)
  if (op === 'neg') return wat('i32.sub', i32Const(0), operand)
  const id = frame.scratch('i32')
  const negated = wat('i32.sub', i32Const(0), tee(id, operand))
  return wat('select', negated, get(id), wat('i32.lt_s', get(id), i32Const(0)))
}

const emitConvert = (from: RegType, to: RegType, operand: Wat): Wat => {
  const vector = to.lanes === 4
  const [a, b] = [from.elem, to.elem]
  const sign = (elem: Elem): string => (elem === 'i32' ? 's' : 'u')
  if (b === 'bool') {
    return wat(`${prefix(from)}.ne`, operand, vector ? zeroVector : constantOf(from, [0]))
  }
  if (isFloat(a) && isFloat(b)) return wat(b === 'f64' ? 'f64.promote_f32' : 'f32.demote_f64', operand)
  if (isFloat(a)) return wat(`${prefix(to)}.trunc_sat_${prefix(from)}_${sign(b)}`, operand)
  if (vector && a === 'bool') {
    return b === 'f32' ? wat('v128.and', operand, constantOf(to, [1, 1, 1, 1])) : wat('i32x4.neg', operand)
  }
  if (isFloat(b)) return wat(`${prefix(to)}.convert_${prefix(from)}_${sign(a)}`, operand)
  return operand
}

const emitSplat = (type: RegType, x: Expr, frame: Frame): Wat => {
  if (x.kind === 'load') {
    const { base, offset } = addressOf(x.at, x.offset, frame)
    const loaded = wat(`v128.load32_splat${offset}`, base)
    return type.elem === 'bool' ? wat('i32x4.ne', loaded, zeroVector) : loaded
  }
  const operand = emitExpr(x, frame)
  return type.elem === 'bool'
    ? wat('i32x4.splat', wat('i32.sub', i32Const(0), operand))
    : wat(`${prefix(type)}.splat`, operand)
}

const emitCast = (x: Expr & { kind: 'cast' }, frame: Frame): Wat => {
  switch (x.op) {
    case 'convert':
      return emitConvert(x.x.type, x.type, emitExpr(x.x, frame))
    case 'splat':
      return emitSplat(x.type, x.x, frame)
    case 'bits': {
      const operand = emitExpr(x.x, frame)
      if (x.type.lanes === 4 || isFloat(x.type.elem) === isFloat(x.x.type.elem)) return operand
      return isFloat(x.type.elem) ? wat('f32.reinterpret_i32', operand) : wat('i32.reinterpret_f32', operand)
    }
    default:
      return x.op satisfies never
  }
}

const extract = (elem: Elem, index: number, vector: Wat): Wat =>
  wat(`${prefix({ elem, lanes: 4 })}.extract_lane ${index}`, vector)

const emitLane = (x: Expr & { kind: 'lane' }, frame: Frame): Wat => {
  const extracted = extract(x.type.elem, x.lane, emitExpr(x.x, frame))
  return x.type.elem === 'bool' ? wat('i32.and', extracted, i32Const(1)) : extracted
}

/**
 * Lane by lane on top of the constant ones (or of a splat of the first); a load goes straight into its lane.
 */
const emitPack = (x: Expr & { kind: 'pack' }, frame: Frame): Wat => {
  const { lanes, type } = x
  const raw: RegType = type.elem === 'bool' ? { elem: 'i32', lanes: 4 } : type
  const constants = lanes.map(l => (l.kind === 'const' ? l.value : 0))
  const anyConstant = lanes.some(l => l.kind === 'const')
  const first = lanes[0]
  if (first === undefined) throw bug('a vector has four lanes')
  const start = anyConstant
    ? constantOf(raw, constants)
    : emitSplat(raw, first.kind === 'load' ? { ...first, type: { elem: raw.elem, lanes: 1 } } : first, frame)
  const packed = lanes.reduce((vector, l, i) => {
    if (l.kind === 'const' || (i === 0 && !anyConstant)) return vector
    if (l.kind === 'load') {
      const { base, offset } = addressOf(l.at, l.offset, frame)
      return wat(`v128.load32_lane${offset} ${i}`, base, vector)
    }
    return wat(`${prefix(raw)}.replace_lane ${i}`, vector, emitExpr(l, frame))
  }, start)
  return type.elem === 'bool' ? wat('i32x4.ne', packed, zeroVector) : packed
}

// ---- two and three operands ----

const comparisons: readonly BinaryOp[] = ['lt', 'le', 'gt', 'ge']

/** The suffix that tells signed from unsigned, where the instruction has one. */
const signOf = (op: BinaryOp, elem: Elem): string => {
  if (isFloat(elem)) return ''
  const signed = [...comparisons, 'div', 'rem', 'shr', 'min', 'max'].includes(op)
  return signed ? (elem === 'i32' ? '_s' : '_u') : ''
}

/**
 * Builds a vector from four scalar results of two vectors, each computed once; a constant is used as it is.
 */
const byLane = (elem: Elem, x: Wat, y: Expr, frame: Frame, scalar: (x: Wat, y: Wat) => Wat): Wat => {
  const [a, b] = [frame.scratch('v128'), frame.scratch('v128')]
  const right = (i: number): Wat => {
    if (y.kind === 'const') return i32Const(y.value)
    return extract(elem, i, i === 0 ? tee(b, emitExpr(y, frame)) : get(b))
  }
  const first = scalar(extract(elem, 0, tee(a, x)), right(0))
  return [1, 2, 3].reduce(
    (vector, i) => wat(`i32x4.replace_lane ${i}`, vector, scalar(extract(elem, i, get(a)), right(i))),
    wat('i32x4.splat', first),
  )
}

const isSafeDivisor = (y: Expr): boolean => y.kind === 'const' && y.value !== 0 && y.value !== -1

const emitDivision = (x: Expr & { kind: 'binary' }, op: 'div' | 'rem', frame: Frame): Wat => {
  const elem = x.type.elem === 'u32' ? 'u32' : 'i32'
  const instruction = isSafeDivisor(x.y) ? `i32.${op}${signOf(op, elem)}` : `call $${frame.divider(op, elem)}`
  const a = emitExpr(x.x, frame)
  if (x.type.lanes === 1) return wat(instruction, a, emitExpr(x.y, frame))
  return byLane(elem, a, x.y, frame, (p, q) => wat(instruction, p, q))
}

const emitShift = (x: Expr & { kind: 'binary' }, frame: Frame): Wat => {
  const operand = emitExpr(x.x, frame)
  const instruction = `${x.op}${signOf(x.op, x.type.elem)}`
  if (x.type.lanes === 1) return wat(`i32.${instruction}`, operand, emitExpr(x.y, frame))
  if (x.y.kind === 'const') return wat(`i32x4.${instruction}`, operand, i32Const(x.y.value & 31))
  if (x.y.kind === 'cast' && x.y.op === 'splat') {
    return wat(`i32x4.${instruction}`, operand, emitExpr(x.y.x, frame))
  }
  return byLane(x.type.elem, operand, x.y, frame, (p, q) => wat(`i32.${instruction}`, p, q))
}

const emitMultiply = (x: Expr & { kind: 'binary' }, frame: Frame): Wat => {
  const exponent = !isFloat(x.type.elem) && x.y.kind === 'const' ? powerOfTwo(x.y.value) : undefined
  const operand = emitExpr(x.x, frame)
  return exponent === undefined
    ? wat(`${prefix(x.type)}.mul`, operand, emitExpr(x.y, frame))
    : wat(`${prefix(x.type)}.shl`, operand, i32Const(exponent))
}

/**
 * `f32x4.min` and `max` cost about eight machine instructions for their NaNs and zeros; with a constant on
 * the right fewer do. `pmax(x, c)` is `x < c ? c : x`, which keeps a NaN in x, and is wrong only for x = -0
 * with c = +0 (`pmin` for +0 with -0). max(x, +0) clears the lanes where x <= 0, which a NaN is not.
 */
const emitVectorExtreme = (x: Expr & { kind: 'binary' }, op: 'min' | 'max', frame: Frame): Wat => {
  const [a, b] = [emitExpr(x.x, frame), emitExpr(x.y, frame)]
  if (x.y.kind !== 'const' || Number.isNaN(x.y.value)) return wat(`f32x4.${op}`, a, b)
  if (!Object.is(x.y.value, op === 'max' ? 0 : -0)) return wat(`f32x4.p${op}`, a, b)
  if (op === 'min') return wat('f32x4.min', a, b)
  const id = frame.scratch('v128')
  return wat('v128.andnot', tee(id, a), wat('f32x4.le', get(id), zeroVector))
}

const emitExtreme = (x: Expr & { kind: 'binary' }, op: 'min' | 'max', frame: Frame): Wat => {
  const { elem, lanes } = x.type
  if (elem === 'f32' && lanes === 4) return emitVectorExtreme(x, op, frame)
  const [a, b] = [emitExpr(x.x, frame), emitExpr(x.y, frame)]
  if (isFloat(elem) || lanes === 4) return wat(`${prefix(x.type)}.${op}${signOf(op, elem)}`, a, b)
  const [p, q] = [frame.scratch('i32'), frame.scratch('i32')]
  const comparison = `i32.${op === 'min' ? 'lt' : 'gt'}${signOf('lt', elem)}`
  return wat('select', tee(p, a), tee(q, b), wat(comparison, get(p), get(q)))
}

const emitBinary = (x: Expr & { kind: 'binary' }, frame: Frame): Wat => {
  const operand = x.x.type
  switch (x.op) {
    case 'mul':
      return emitMultiply(x, frame)
    case 'div':
    case 'rem':
      if (isFloat(operand.elem)) break
      return emitDivision(x, x.op, frame)
    case 'min':
    case 'max':
      return emitExtreme(x, x.op, frame)
    case 'shl':
    case 'shr':
      return emitShift(x, frame)
    case 'and':
    case 'or':
    case 'xor': {
      const type = operand.lanes === 4 ? 'v128' : 'i32'
      return wat(`${type}.${x.op}`, emitExpr(x.x, frame), emitExpr(x.y, frame))
    }
    default:
  }
  const [a, b] = [emitExpr(x.x, frame), emitExpr(x.y, frame)]
  // SIMD128 has no unsigned order for equality to differ by, and names i32x4.lt_u as the scalars do
  return wat(`${prefix(operand)}.${x.op}${signOf(x.op, operand.elem)}`, a, b)
}

const isZero = (x: Expr): boolean => x.kind === 'const' && Object.is(x.value, 0)

const emitSelect = (x: Expr & { kind: 'select' }, frame: Frame): Wat => {
  // a mask clears lanes by itself
  if (x.cond.type.lanes === 4 && isZero(x.x))
    return wat('v128.andnot', emitExpr(x.y, frame), emitExpr(x.cond, frame))
  if (x.cond.type.lanes === 4 && isZero(x.y))
    return wat('v128.and', emitExpr(x.x, frame), emitExpr(x.cond, frame))
  const [a, b, cond] = [emitExpr(x.x, frame), emitExpr(x.y, frame), emitExpr(x.cond, frame)]
  return wat(x.cond.type.lanes === 4 ? 'v128.bitselect' : 'select', a, b, cond)
}

const emitMulAdd = (x: Expr & { kind: 'mulAdd' }, frame: Frame): Wat => {
  const [a, b, c] = [emitExpr(x.x, frame), emitExpr(x.y, frame), emitExpr(x.z, frame)]
  if (!frame.relaxed || x.type.elem !== 'f32') {
    return wat(`${prefix(x.type)}.add`, wat(`${prefix(x.type)}.mul`, a, b), c)
  }
  if (x.type.lanes === 4) return wat('f32x4.relaxed_madd', a, b, c)
  // one element is rounded as each of four is: a value does not depend on where in a buffer it lies
  const inAll = (scalar: Wat): Wat => wat('f32x4.splat', scalar)
  return wat('f32x4.extract_lane 0', wat('f32x4.relaxed_madd', inAll(a), inAll(b), inAll(c)))
}

/** The folded instruction that leaves the value of `x` on the stack. */
export const emitExpr = (x: Expr, frame: Frame): Wat => {
  if (x.type.lanes > 4) throw bug(`WebAssembly has no vector of ${x.type.lanes} lanes`)
  switch (x.kind) {
    case 'const':
      return constantOf(x.type, lanesOf(x.type, x.value))
    case 'ref':
      return get(frame.local(x.name))
    case 'load':
      return emitLoad(x, frame)
    case 'unary':
      return emitUnary(x, frame)
    case 'binary':
      return emitBinary(x, frame)
    case 'select':
      return emitSelect(x, frame)
    case 'cast':
      return emitCast(x, frame)
    case 'mulAdd':
      return emitMulAdd(x, frame)
    case 'lane':
      return emitLane(x, frame)
    case 'pack':
      return emitPack(x, frame)
    default:
      return x satisfies never
  }
}
