import { add, i32, let_, loop, mul, ref } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import { roundUp } from './choose.js'
import {
  allTerms,
  type Dim,
  layoutOf,
  type NestedLayout,
  type NestedPlan,
  nestedPlan,
  product,
  termsOf,
} from './nested-plan.js'
import { packB, packRows } from './pack.js'
import type { Site } from './site.js'

/** What is fixed while one group of columns is worked on. */
export interface Group {
  readonly site: Site
  readonly plan: NestedPlan
  readonly layout: NestedLayout
  readonly stash: number | undefined
  readonly from: Expr
  readonly columns: number
}

/** Packs all of B to where it is kept. */
export const packNested = (site: Site): readonly Stmt[] => {
  const plan = nestedPlan(site.c)
  const [all, terms] = [allTerms(site.c), termsOf(site.c, plan)]
  return overGroups(site, plan, (from, columns) => {
    const group = { site, plan, layout: layoutOf(site.c, plan), stash: undefined, from, columns }
    if (terms === all) return packBlock(group, i32(0))
    const p = site.names.fresh('p')
    return [loop('serial', p, 0, all, terms, packBlock(group, ref(p)))]
  })
}

/** Code for each group of columns. */
export const overGroups = (
  site: Site,
  plan: NestedPlan,
  group: (from: Expr, columns: number) => readonly Stmt[],
): readonly Stmt[] => {
  const { n } = site.c
  const whole = n - (n % plan.group)
  const left = n - whole
  const j = site.names.fresh('j')
  if (whole <= plan.group) {
    return [...(whole > 0 ? group(i32(0), whole) : []), ...(left > 0 ? group(i32(whole), left) : [])]
  }
  return [
    loop('serial', j, 0, whole, plan.group, group(ref(j), plan.group)),
    ...(left > 0 ? group(i32(whole), left) : []),
  ]
}

/** Whether B is packed where it is used. */
export const packsHere = ({ site, plan }: Group): boolean => plan.packB && site.kept === undefined

/** Byte address of the panels of a block: in the packing space, or where all are kept. */
export const panelsAt = ({ site, plan, layout, from, columns }: Group, first: Expr): Expr => {
  if (site.kept === undefined) return i32(site.scratch + layout.b)
  const before = mul(from, 4 * allTerms(site.c))
  return add(add(site.kept, before), mul(first, 4 * roundUp(columns, plan.lanes)))
}

/** Packs one block of terms of a group of columns, from term `first` on. */
export const packBlock = (group: Group, first: Expr): readonly Stmt[] => {
  const { site, plan, from, columns } = group
  const terms = termsOf(site.c, plan)
  const to = panelsAt(group, first)
  const part = (at: Expr, count: number, width: number, place: Expr) =>
    packB(site, {
      p: first,
      terms,
      depth: terms,
      j: at,
      columns: count,
      width,
      lanes: plan.lanes,
      to: place,
    })
  const whole = columns - (columns % plan.panel)
  const left = columns - whole
  return [
    ...(whole > 0 ? part(from, whole, plan.panel, to) : []),
    ...(left > 0 ? part(add(from, whole), left, roundUp(left, plan.lanes), add(to, 4 * terms * whole)) : []),
  ]
}

/** All terms of the block, of the rows of one tile from row `i` on, to byte address `to`. */
export const packPanel = ({ site, plan }: Group, i: Expr, rows: number, to: Expr): readonly Stmt[] => {
  const inRuns = (dims: readonly Dim[], a: Expr, into: Expr): readonly Stmt[] => {
    const [dim, ...rest] = dims
    if (dim === undefined) return packRows({ ...site, a }, plan, i, rows, into)
    const [index, at, place] = [site.names.fresh('run'), site.names.fresh('at'), site.names.fresh('into')]
    const each = 4 * plan.rows * product(rest) * site.c.k
    return [
      loop('serial', index, 0, dim.extent, 1, [
        let_(at, add(a, mul(ref(index), 4 * dim.a))),
        let_(place, add(into, mul(ref(index), each))),
        ...inRuns(rest, ref(at), ref(place)),
      ]),
    ]
  }
  return inRuns(plan.runs, site.a, to)
}
