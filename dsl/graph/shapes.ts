/** Small arithmetic on symbolic shapes that the graph operations share. */
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import type { Dim, Shape } from '../types/dims.js'
import type { Sizes } from './node.js'

/** A dimension as a number: symbols are looked up in `sizes`; sums and products of them are computed. */
export const sizeOfDim = (dim: Dim, sizes: Sizes): number => {
  if (typeof dim === 'number') return dim
  const terms = split(dim, '+')
  if (terms.length > 1) return terms.reduce((sum, term) => sum + sizeOfDim(term, sizes), 0)
  const factors = split(dim, '*')
  if (factors.length > 1) return sizeOf(factors.map(factor => sizeOfDim(factor, sizes)))
  if (dim.startsWith('(')) return sizeOfDim(dim.slice(1, -1), sizes)
  if (/^\d+$/.test(dim)) return Number(dim)
  const window = /^(?:valid\((.+),k(\d+),s(\d+)|same\((.+),s(\d+))\)$/s.exec(dim)
  if (window !== null) return placesOf(window, sizes)
  const size = sizes.get(dim)
  if (size !== undefined) return size
  throw userFault(
    'unknown-dimension',
    `graph: the size of '${dim}' is not known when the graph is compiled`,
    {
      suggestion: `Give '${dim}' as a dimension of an input, or write its size as a number.`,
    },
  )
}

/** How many places a window has along a dimension: `valid(H,k3,s1)`, or `same(H,s2)`, as ../types/windows.ts writes it. */
const placesOf = (
  [, valid, kernel, stride, same = '', step]: readonly (string | undefined)[],
  sizes: Sizes,
): number =>
  valid === undefined
    ? Math.ceil(sizeOfDim(same, sizes) / Number(step))
    : Math.floor((sizeOfDim(valid, sizes) - Number(kernel)) / Number(stride)) + 1

/** A symbolic shape as numbers. */
export const sizesOf = (shape: Shape, sizes: Sizes): number[] => shape.map(dim => sizeOfDim(dim, sizes))

/** `text` cut at each `mark` that is outside of parentheses. */
const split = (text: string, mark: '+' | '*'): string[] => {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const [i, c] of [...text].entries()) {
    if (c === '(') depth += 1
    if (c === ')') depth -= 1
    if (c !== mark || depth > 0) continue
    parts.push(text.slice(from, i))
    from = i + 1
  }
  return [...parts, text.slice(from)]
}
