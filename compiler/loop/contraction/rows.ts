import { add, constant, i32, let_, load, loop, mulAdd, ref, store } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
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
const addTerms = (site: Site, p: Expr, depth: number, pitch: number): readonly Stmt[] => {
  const { c, names, scratch } = site
  const id = names.fresh('t')
  const [rows, terms] = [range(c.m), range(depth)]
  const whole = c.n - (c.n % 4)
  const [b, j] = [`${id}_b`, `${id}_j`]
  const weight = (r: number, t: number): string => `${id}_a${r}_${t}`
  const update = (lanes: 1 | 4, at: Expr, offset: number, suffix: string): readonly Stmt[] => {
    const type = lanes === 4 ? vectorOf(c) : scalarOf(c)
    const value = (t: number): Expr => ref(`${id}_v${t}${suffix}`, type)
    const factor = (r: number, t: number): Expr =>
      lanes === 4 ? ref(weight(r, t), type) : loadAt(type, addressOfA(site, r, p), 4 * t * c.a.strideK)
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
      terms.map(t => let_(weight(r, t), loadSplat(c, addressOfA(site, r, p), 4 * t * c.a.strideK))),
    ),
    loop('vector', j, 0, 4 * whole, 16, update(4, ref(j), 0, '')),
    ...range(c.n - whole).flatMap(q => update(1, i32(0), 4 * (whole + q), `_${q}`)),
  ]
}

/**
 * C[i, :] += A[i, p] * B[p, :], `depth` rows of B at a time, the sums in scratch: B is read once and in order, which
 * is what a product of few rows is bound by.
 */
export const lowerRows = (site: Site, plan: RowsPlan): readonly Stmt[] => {
  const { c, names, scratch } = site
  const pitch = roundRow(c.n)
  const [p, clear] = [names.fresh('p'), names.fresh('clear')]
  const whole = c.k - (c.k % plan.depth)
  const end = scratch + c.m * pitch
  return [
    loop('vector', clear, scratch, end, 16, [store(ref(clear), constant(vectorOf(c), 0))]),
    loop('serial', p, 0, whole, plan.depth, addTerms(site, ref(p), plan.depth, pitch)),
    ...(whole < c.k ? addTerms(site, i32(whole), c.k - whole, pitch) : []),
    ...finishStored(site, { i: i32(0), j: i32(0), columns: c.n }, c.m, scratch, pitch),
  ]
}
