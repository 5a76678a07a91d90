import type { Expr } from '../loop/ir.js'
import type { Frame } from './wasm-frame.js'

/* What of an address can stand in the instruction that loads or stores. */

const isNonNegative = (x: Expr, frame: Frame): boolean => {
  switch (x.kind) {
    case 'const':
      return x.value >= 0
    case 'ref':
      return frame.isNonNegative(x.name)
    case 'binary':
      switch (x.op) {
        case 'add':
        case 'mul':
        case 'min':
          return isNonNegative(x.x, frame) && isNonNegative(x.y, frame)
        case 'shl':
        case 'shr':
        case 'rem':
          return isNonNegative(x.x, frame)
        case 'div':
          return isNonNegative(x.x, frame) && x.y.kind === 'const' && x.y.value > 0
        case 'and':
        case 'max':
          return isNonNegative(x.x, frame) || isNonNegative(x.y, frame)
        default:
          return false
      }
    default:
      return false
  }
}

/** True where the value of an index or address expression cannot be negative, if it does not overflow. */
export const staysNonNegative = (x: Expr, frame: Frame): boolean =>
  x.type.elem === 'i32' && x.type.lanes === 1 && isNonNegative(x, frame)

/** A part of an address. */
interface Term {
  readonly x: Expr
  readonly factor: number
}

/** `x` as the sum of terms and a constant: additions are opened, and products of a sum with a constant. */
const splitSum = (x: Expr, factor: number, terms: Term[]): number => {
  if (x.kind === 'const') return x.value * factor
  if (x.kind === 'binary' && x.op === 'add') {
    return splitSum(x.x, factor, terms) + splitSum(x.y, factor, terms)
  }
  if (
    x.kind === 'binary' &&
    x.op === 'mul' &&
    x.y.kind === 'const' &&
    x.x.kind === 'binary' &&
    x.x.op === 'add'
  ) {
    return splitSum(x.x, factor * x.y.value, terms)
  }
  terms.push({ x, factor })
  return 0
}

/** An address as a sum, whose constant may stand in the instruction. */
export interface SplitAddress {
  readonly terms: readonly Term[]
  readonly constant: number
}

/**
 * `at + offset` as terms and a constant that is right as an immediate: the engine adds it without wrapping, so every
 * term must be known not to be negative. `undefined` where that is not known.
 */
export const splitAddress = (at: Expr, offset: number, frame: Frame): SplitAddress | undefined => {
  const terms: Term[] = []
  const constant = splitSum(at, 1, terms) + offset
  const foldable =
    constant >= 0 &&
    constant < 2 ** 31 &&
    terms.every(t => t.factor > 0 && t.factor < 2 ** 31 && staysNonNegative(t.x, frame))
  return foldable ? { terms, constant } : undefined
}
