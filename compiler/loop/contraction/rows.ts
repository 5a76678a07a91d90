import { add, constant, i32, let_, load, loop, mulAdd, ref, splat, store } from '../expr.js'
import type { Expr, Lanes, RegType, Stmt } from '../ir.js'
import type { RowsPlan } from './choose.js'
import { finishStored } from './finish.js'
import {
  addressOfA,
  addressOfB,
  loadAt,
  loadSplat,
  range,
  roundRow,
  type Site,
  scalarOf,
  vectorOf,
} from './site.js'

/** Adds the products of terms p … p + depth - 1 to the sums of all rows. */
const addTerms = (site: Site, plan: RowsPlan, p: Expr, depth: number): readonly Stmt[] => {
  const { c, names, scratch } = site
  const id = names.fresh('t')
  const [rows, terms] = [range(c.m), range(depth)]
  const pitch = roundRow(c.n, plan.lanes)
  const { lanes: wide } = plan
  const whole = c.n - (c.n % wide)
  const fours = c.n - (c.n % 4)
  const [b, j] = [`${id}_b`, `${id}_j`]
  const weight = (r: number, t: number): string => `${id}_a${r}_${t}`
  const update = (lanes: Lanes, at: Expr, offset: number, suffix: string): readonly Stmt[] => {
    const type: RegType = { elem: c.elem, lanes }
    const value = (t: number): Expr => ref(`${id}_v${t}${suffix}`, type)
    const factor = (r: number, t: number): Expr =>
      lanes === wide
        ? ref(weight(r, t), type)
        : splat(loadAt(scalarOf(c), addressOfA(site, r, p), 4 * t * c.a.strideK), lanes)
    return [
      ...terms.map(t =>
        let_(`${id}_v${t}${suffix}`, loadAt(type, add(ref(b), at), offset + 4 * t * c.b.strideK)),
      ),
      ...rows.map(r => {
        const place = scratch + pitch * r + offset
        const sum = terms.reduce<Expr>((x, t) => mulAdd(factor(r, t), value(t), x), load(type, at, place))
        return store(at, sum, place)
      }),
    ]
  }
  return [
    let_(b, addressOfB(site, p, 0)),
    ...rows.flatMap(r =>
      terms.map(t => let_(weight(r, t), loadSplat(c, addressOfA(site, r, p), 4 * t * c.a.strideK, wide))),
    ),
    loop('vector', j, 0, 4 * whole, 4 * wide, update(wide, ref(j), 0, '')),
    ...range((fours - whole) / 4).flatMap(q => update(4, i32(0), 4 * whole + 16 * q, `_w${q}`)),
    ...range(c.n - fours).flatMap(q => update(1, i32(0), 4 * (fours + q), `_${q}`)),
  ]
}

/**
 * C[i, :] += A[i, p] * B[p, :], `depth` rows of B at a time, the sums in scratch: B is read once and in order, which
 * is what a product of few rows is bound by.
 */
export const lowerRows = (site: Site, plan: RowsPlan): readonly Stmt[] => {
  const { c, names, scratch } = site
  const pitch = roundRow(c.n, plan.lanes)
  const [p, clear] = [names.fresh('p'), names.fresh('clear')]
  const whole = c.k - (c.k % plan.depth)
  const end = scratch + c.m * pitch
  return [
    loop('vector', clear, scratch, end, 4 * plan.lanes, [
      store(ref(clear), constant(vectorOf(c, plan.lanes), 0)),
    ]),
    loop('serial', p, 0, whole, plan.depth, addTerms(site, plan, ref(p), plan.depth)),
    ...(whole < c.k ? addTerms(site, plan, i32(whole), c.k - whole) : []),
    ...finishStored(site, { i: i32(0), j: i32(0), columns: c.n, lanes: plan.lanes }, c.m, scratch, pitch),
  ]
}
