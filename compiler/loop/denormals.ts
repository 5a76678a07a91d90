import { LEAST_NORMAL } from '../../runtime/denormals.js'
import { bits, f32, lt, select, shl } from './expr.js'
import type { Expr } from './ir.js'

/** A sum with a number of this size or more is a multiple of 2^-125, or zero. */
const LARGE = 2 ** -101

const isAtLeast = (x: Expr, least: number): boolean => x.kind === 'const' && Math.abs(x.value) >= least

/** The magnitude below which a square is denormal. */
export const LEAST_ROOT = 2 ** -63

/** `x`, +0 where it is nearer to zero than `least`: by integers without their sign bit, never slow. */
export const flushBelow = (x: Expr, least: number): Expr => {
  const magnitude = (of: Expr): Expr => shl(bits(of, 'u32'), 1)
  return select(lt(magnitude(x), magnitude(f32(least))), 0, x)
}

/** Whether an expression can give a denormal f32, where memory holds none, and of the names those that `mayBe` says. */
export const mayBeDenormal = (expr: Expr, mayBe: (name: string) => boolean): boolean => {
  const known = new Map<Expr, boolean>()
  const may = (x: Expr): boolean => {
    const before = known.get(x)
    if (before !== undefined) return before
    const found = canBe(x, may, mayBe)
    known.set(x, found)
    return found
  }
  return expr.type.elem === 'f32' && may(expr)
}

const canBe = (x: Expr, may: (x: Expr) => boolean, mayBe: (name: string) => boolean): boolean => {
  switch (x.kind) {
    case 'const':
      return x.value !== 0 && Math.abs(x.value) < LEAST_NORMAL
    case 'ref':
      return mayBe(x.name)
    case 'load':
      return false
    case 'unary':
      return x.op === 'neg' || x.op === 'abs' ? may(x.x) : false
    case 'binary':
      return ofBinary(x, may)
    case 'select':
      return may(x.x) || may(x.y)
    case 'cast':
      return x.op === 'bits' || (x.op === 'splat' && may(x.x))
    case 'mulAdd':
      return !isAtLeast(x.z, LARGE)
    case 'lane':
      return may(x.x)
    case 'pack':
      return x.lanes.some(may)
    default:
      return x satisfies never
  }
}

const ofBinary = ({ op, x, y }: Expr & { kind: 'binary' }, may: (x: Expr) => boolean): boolean => {
  switch (op) {
    case 'add':
    case 'sub':
      return !isAtLeast(x, LARGE) && !isAtLeast(y, LARGE)
    case 'mul':
      return isAtLeast(y, 1) ? may(x) : true
    case 'div':
      return y.kind === 'const' && Math.abs(y.value) <= 1 ? may(x) : true
    default:
      return may(x) || may(y)
  }
}
