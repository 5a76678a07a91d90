import { add, i32, let_, loop, mul, ref } from '../expr.js'
import type { Expr, LoopFunction, Stmt } from '../ir.js'
import { lowerBlocked } from './blocked.js'
import { choose, isEmpty, scratchBytes } from './choose.js'
import { lowerDots } from './dots.js'
import { lowerEmptySum } from './finish.js'
import type { Contraction } from './problem.js'
import { lowerRows } from './rows.js'
import { Names, type Site } from './site.js'
import { lowerStraight } from './straight.js'
import { orient } from './swap.js'

export type { Contraction } from './problem.js'

/** Bytes of packing space that `lowerContraction` uses at `scratch`; 0 where it packs nothing. */
export const contractionScratch = (contraction: Contraction): number => {
  const c = orient(contraction)
  return isEmpty(c) ? 0 : scratchBytes(c, choose(c))
}

const productOf = (site: Site): readonly Stmt[] => {
  const { c } = site
  if (c.k === 0) return lowerEmptySum(site)
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

/**
 * The contraction as one function without parameters, packing into the `contractionScratch` bytes at byte address
 * `scratch`. The order of every sum is fixed by the shape and strides alone. `choose.ts` says which path and why.
 */
export const lowerContraction = (contraction: Contraction, scratch: number): LoopFunction => {
  const c = orient(contraction)
  const names = new Names()
  const l = c.outer.map((_, d) => ref(`l${d}`))
  const aBase = baseAt(
    c.a.base,
    l,
    c.outer.map(o => o.a),
  )
  const bBase = baseAt(
    c.b.base,
    l,
    c.outer.map(o => o.b),
  )
  const bind = l.length > 0
  const site: Site = {
    c,
    l,
    a: bind ? ref('a_base') : aBase,
    b: bind ? ref('b_base') : bBase,
    scratch,
    names,
  }
  const product = isEmpty(c) ? [] : productOf(site)
  const inner = bind ? [let_('a_base', aBase), let_('b_base', bBase), ...product] : product
  const body = c.outer.reduceRight<readonly Stmt[]>(
    (stmts, o, d) => [loop('serial', `l${d}`, 0, o.extent, 1, stmts)],
    inner,
  )
  return { name: c.name, params: [], returns: false, exported: false, body: isEmpty(c) ? [] : body }
}
