/**
 * Dimensions at run time: the same arithmetic as dims.ts on numbers and symbols. Here every number is known.
 */
import type { Dim, Shape } from './dims.js'

/** a + b; symbols are kept as 'a+b'. */
export const addDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a === 0) return b
  return b === 0 ? a : `${a}+${b}`
}

/** a * b; symbols are kept as '<coefficient>*<symbols>'. */
export const multiplyDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number') return typeof b === 'number' ? a * b : scale(a, b)
  return typeof b === 'number' ? scale(b, a) : multiplySymbols(a, b)
}

/** The product of all dimensions: the number of elements. */
export const product = (shape: Shape): Dim => shape.reduce(multiplyDims, 1)

/** '12*N' as [12, 'N'], 12 as [12, ''], 'N' as [1, 'N']. */
export const factorsOf = (dim: Dim): readonly [factor: number, symbols: string] =>
  typeof dim === 'number' ? [dim, ''] : (coefficientOf(dim) ?? [1, dim])

/** The last dimension of a shape, if there is one. */
export const lastDim = (shape: Shape): Dim | undefined => shape[shape.length - 1]

const coefficientOf = (symbols: string): readonly [number, string] | undefined => {
  const match = /^(0|[1-9]\d*)\*(.*)$/s.exec(symbols)
  return match === null ? undefined : [Number(match[1]), match[2] ?? '']
}

const atom = (symbols: string): string => (symbols.includes('+') ? `(${symbols})` : symbols)

const scale = (factor: number, symbols: string): Dim => {
  if (factor === 1) return symbols
  if (factor === 0) return 0
  const own = coefficientOf(symbols)
  return own === undefined ? `${factor}*${atom(symbols)}` : `${factor * own[0]}*${atom(own[1])}`
}

const multiplySymbols = (a: string, b: string): Dim => {
  const ownA = coefficientOf(a)
  const ownB = coefficientOf(b)
  if (ownA !== undefined && ownB !== undefined) {
    return scale(ownA[0] * ownB[0], `${atom(ownA[1])}*${atom(ownB[1])}`)
  }
  if (ownA !== undefined) return `${ownA[0]}*${atom(ownA[1])}*${atom(b)}`
  if (ownB !== undefined) return `${ownB[0]}*${atom(a)}*${atom(ownB[1])}`
  return `${atom(a)}*${atom(b)}`
}
