import { add, i32, let_, loop, mul, ref } from '../expr.js'
import type { Expr, LoopFunction, Stmt } from '../ir.js'
import { lowerBlocked } from './blocked.js'
import { choose, isEmpty, scratchBytes } from './choose.js'
import { lowerDots } from './dots.js'
import { lowerEmptySum } from './finish.js'
import { lowerNested } from './nested.js'
import { isNested, nestedScratch } from './nested-plan.js'
import type { Contraction } from './problem.js'
import { lowerRows } from './rows.js'
import { Names, type Site } from './site.js'
import { lowerStraight } from './straight.js'
import { orient } from './swap.js'

export type { Contraction } from './problem.js'

/** Bytes of packing space that `lowerContraction` uses at `scratch`; 0 where it packs nothing. */
export const contractionScratch = (contraction: Contraction): number => {
  const c = orient(contraction)
  if (isEmpty(c)) return 0
  return isNested(c) ? nestedScratch(c) : scratchBytes(c, choose(c))
}

const productOf = (site: Site): readonly Stmt[] => {
  const { c } = site
  if (c.k === 0) return lowerEmptySum(site)
  if (isNested(c)) return lowerNested(site)
  const plan = choose(c)
  switch (plan.path) {
    case 'straight':
      return lowerStraight(site)
    case 'dots':
      return lowerDots(site, plan)
    case 'rows':
      return lowerRows(site, plan)
    case 'blocked':
      return lowerBlocked(site, plan)
    default:
      return plan satisfies never
  }
}

/** The byte address of an operand at outer indices `l`. */
const baseAt = (base: number, l: readonly Expr[], strides: readonly number[]): Expr =>
  l.reduce((sum, index, d) => add(sum, mul(index, 4 * (strides[d] ?? 0))), i32(base))

/** `inner` in a loop for each outer dimension. */
const around = (c: Contraction, inner: readonly Stmt[]): readonly Stmt[] =>
  c.outer.reduceRight<readonly Stmt[]>((body, o, d) => [loop('serial', `l${d}`, 0, o.extent, 1, body)], inner)

/** The product at every outer index. */
const everywhere = (c: Contraction, scratch: number): readonly Stmt[] => {
  const l = c.outer.map((_, d) => ref(`l${d}`))
  const strides = { a: c.outer.map(o => o.a), b: c.outer.map(o => o.b) }
  const a = baseAt(c.a.base, l, strides.a)
  const b = baseAt(c.b.base, l, strides.b)
  const names = new Names()
  if (l.length === 0) return productOf({ c, l, a, b, scratch, names })
  const bound = productOf({ c, l, a: ref('a_base'), b: ref('b_base'), scratch, names })
  return around(c, [let_('a_base', a), let_('b_base', b), ...bound])
}

/**
 * The contraction as one function without parameters, packing into the `contractionScratch` bytes at byte address
 * `scratch`. The order of every sum is fixed by the shape and strides alone. `choose.ts` says which path and why.
 */
export const lowerContraction = (contraction: Contraction, scratch: number): LoopFunction => {
  const c = orient(contraction)
  const body = isEmpty(c) ? [] : everywhere(c, scratch)
  return { name: c.name, params: [], returns: false, exported: false, body }
}
