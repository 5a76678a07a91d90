import { add, i32, let_, loop, mul, ref } from '../expr.js'
import type { Expr, LoopFunction, Stmt } from '../ir.js'
import { lowerBlocked, packBlocked } from './blocked.js'
import { choose, isEmpty, packedElements, packedOrder, scratchBytes } from './choose.js'
import { lowerDots, packColumns } from './dots.js'
import { lowerEmptySum } from './finish.js'
import { lowerNested } from './nested.js'
import { packNested } from './nested-pack.js'
import { isNested, nestedPlan, nestedScratch, packedOfNested } from './nested-plan.js'
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

/** Elements that are kept of one B: those that are packed where B stays from call to call. */
const keptElements = (c: Contraction): number => {
  if (!c.b.isFixed || isEmpty(c) || c.k === 0) return 0
  return isNested(c) ? packedOfNested(c, nestedPlan(c)) : packedElements(c, choose(c))
}

/** How far apart what is kept lies from one outer index to the next: B is packed once for all that share it. */
const keptStrides = (c: Contraction): readonly number[] => {
  let next = keptElements(c)
  return c.outer.map(({ extent, b }) => {
    const stride = b === 0 ? 0 : next
    if (b !== 0) next *= extent
    return stride
  })
}

/**
 * Bytes that a contraction keeps at `kept`, packed once by `lowerPacking` for all calls, as its B is fixed; 0 where
 * it packs none.
 */
export const contractionKept = (contraction: Contraction): number => {
  const c = orient(contraction)
  return c.outer.reduce((n, o) => n * (o.b === 0 ? 1 : o.extent), 4 * keptElements(c))
}

/** What `lowerPacking` of two contractions depends on: of equals one is enough. */
export const packingKey = (contraction: Contraction): string => {
  const c = orient(contraction)
  const { b, n, k, terms = [], outer } = c
  const around = outer.filter(o => o.b !== 0).map(({ extent, b }) => [extent, b])
  const order = isNested(c) || isEmpty(c) ? [] : packedOrder(choose(c))
  return JSON.stringify([b, n, k, terms.map(t => t.extent), around, order])
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

/** The product, or its packing, at every outer index. */
const everywhere = (
  c: Contraction,
  scratch: number,
  keptAt: number,
  body: (site: Site) => readonly Stmt[],
): readonly Stmt[] => {
  const l = c.outer.map((_, d) => ref(`l${d}`))
  const strides = { a: c.outer.map(o => o.a), b: c.outer.map(o => o.b) }
  const a = baseAt(c.a.base, l, strides.a)
  const b = baseAt(c.b.base, l, strides.b)
  const kept = keptElements(c) === 0 ? undefined : baseAt(keptAt, l, keptStrides(c))
  const names = new Names()
  if (l.length === 0) return body({ c, l, a, b, scratch, kept, names })
  const site: Site = { c, l, a: ref('a_base'), b: ref('b_base'), scratch, kept: kept && ref('kept'), names }
  return around(c, [
    let_('a_base', a),
    let_('b_base', b),
    ...(kept === undefined ? [] : [let_('kept', kept)]),
    ...body(site),
  ])
}

/**
 * The contraction as one function without parameters, packing into the `contractionScratch` bytes at byte address
 * `scratch`, and reading what `lowerPacking` put into the `contractionKept` bytes at byte address `kept`. The order of every sum is fixed by the shape and strides alone. `choose.ts` says which path and why.
 */
export const lowerContraction = (contraction: Contraction, scratch: number, kept: number): LoopFunction => {
  const c = orient(contraction)
  const body = isEmpty(c) ? [] : everywhere(c, scratch, kept, productOf)
  return { name: c.name, params: [], returns: false, exported: false, body }
}

const packingOf = (site: Site): readonly Stmt[] => {
  if (isNested(site.c)) return packNested(site)
  const plan = choose(site.c)
  return plan.path === 'blocked' ? packBlocked(site, plan) : packColumns(site)
}

/** Packs a fixed B into the `contractionKept` bytes, which are not 0, at byte address `kept`: moves numbers only. */
export const lowerPacking = (contraction: Contraction, kept: number): LoopFunction => {
  const c = orient(contraction)
  const own = { ...c, outer: c.outer.filter(o => o.b !== 0) }
  const body = everywhere(own, 0, kept, packingOf)
  return { name: `${c.name}_pack`, params: [], returns: false, exported: false, body }
}
