import {
  add,
  constant,
  i32,
  lane,
  let_,
  load,
  loop,
  mul,
  mulAdd,
  pack,
  ref,
  set,
  store,
  var_,
} from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import type { DotsPlan } from './choose.js'
import { finishValue } from './finish.js'
import { addressOfA, addressOfB, range, type Site, scalarOf, scaled, vectorOf } from './site.js'

/** The operands with contiguous k: where row i of A and column j of B start. */
interface Rows {
  readonly a: (i: Expr) => Expr
  readonly b: (j: Expr) => Expr
}

/** Copies one row of A or column of B, k elements `stride` apart, to contiguous ones at `to`. */
const copyLine = (site: Site, from: Expr, stride: number, to: number): Stmt => {
  const p = site.names.fresh('p')
  const value = load(scalarOf(site.c), add(from, mul(ref(p), 4 * stride)))
  return loop('serial', p, 0, site.c.k, 1, [store(add(mul(ref(p), 4), to), value)])
}

const packLines = (site: Site, plan: DotsPlan): readonly Stmt[] => {
  const { c, scratch } = site
  return [
    ...(plan.packA
      ? range(c.m).map(i => copyLine(site, addressOfA(site, i, 0), c.a.strideK, scratch + 4 * c.k * i))
      : []),
    ...(plan.packB
      ? range(c.n).map(j => copyLine(site, addressOfB(site, 0, j), c.b.strideK, scratch + 4 * c.k * j))
      : []),
  ]
}

/** Products of rows i … and columns j …: vector accumulators along k, summed across at the end. */
const dotTile = (
  site: Site,
  plan: DotsPlan,
  at: Rows,
  i: Expr,
  j: Expr,
  rows: number,
  columns: number,
): readonly Stmt[] => {
  const { c, names } = site
  const id = names.fresh('t')
  const vector = vectorOf(c)
  const [is, js] = [range(rows), range(columns)]
  const nameA = (r: number): string => `${id}_a${r}`
  const nameB = (q: number): string => `${id}_b${q}`
  const nameC = (r: number, q: number, u: number): string => `${id}_c${r}_${q}_${u}`
  const each = <T>(f: (r: number, q: number) => T): readonly T[] => is.flatMap(r => js.map(q => f(r, q)))

  const step = (p: Expr | number, u: number, suffix: string): readonly Stmt[] => {
    const [va, vb] = [(r: number) => `${id}_x${r}_${suffix}`, (q: number) => `${id}_y${q}_${suffix}`]
    return [
      ...is.map(r => let_(va(r), load(vector, add(ref(nameA(r)), scaled(p, 4)), 16 * u))),
      ...js.map(q => let_(vb(q), load(vector, add(ref(nameB(q)), scaled(p, 4)), 16 * u))),
      ...each((r, q) => {
        const product = mulAdd(ref(va(r), vector), ref(vb(q), vector), ref(nameC(r, q, u), vector))
        return set(nameC(r, q, u), product)
      }),
    ]
  }
  const turn = 4 * plan.unroll
  const looped = c.k - (c.k % turn)
  const whole = c.k - (c.k % 4)
  const p = names.fresh('p')
  const across = (r: number, q: number): Expr => {
    const parts = range(plan.unroll).map(u => ref(nameC(r, q, u), vector))
    const sum = parts.reduce((x, y) => add(x, y))
    const lanes = add(add(lane(sum, 0), lane(sum, 2)), add(lane(sum, 1), lane(sum, 3)))
    return range(c.k - whole).reduce<Expr>((x, t) => {
      const offset = 4 * (whole + t)
      return mulAdd(load(scalarOf(c), ref(nameA(r)), offset), load(scalarOf(c), ref(nameB(q)), offset), x)
    }, lanes)
  }
  return [
    ...is.map(r => let_(nameA(r), add(at.a(i), 4 * r * lineOf(site, plan.packA, c.a.strideM)))),
    ...js.map(q => let_(nameB(q), add(at.b(j), 4 * q * lineOf(site, plan.packB, c.b.strideN)))),
    ...each((r, q) => range(plan.unroll).map(u => var_(nameC(r, q, u), constant(vector, 0)))).flat(),
    ...(looped > 0
      ? [
          loop(
            'serial',
            p,
            0,
            looped,
            turn,
            range(plan.unroll).flatMap(u => step(ref(p), u, `${u}`)),
          ),
        ]
      : []),
    ...range((whole - looped) / 4).flatMap(u => step(looped, u, `rest${u}`)),
    ...each((r, q) => let_(`${id}_s${r}_${q}`, across(r, q))),
    ...is.flatMap(r =>
      finishRow(
        site,
        add(i, r),
        j,
        js.map(q => ref(`${id}_s${r}_${q}`, scalarOf(c))),
      ),
    ),
  ]
}

/** Elements from one row of A, or column of B, to the next. */
const lineOf = (site: Site, packed: boolean, stride: number): number => (packed ? site.c.k : stride)

const finishRow = (site: Site, i: Expr, j: Expr, values: readonly Expr[]): readonly Stmt[] => {
  if (values.length !== 4) return values.flatMap((x, q) => finishValue(site, i, add(j, q), x))
  const row = site.names.fresh('v')
  return [let_(row, pack(values)), ...finishValue(site, i, j, ref(row, vectorOf(site.c)))]
}

/** Few rows or few columns, k contiguous on both sides. */
export const lowerDots = (site: Site, plan: DotsPlan): readonly Stmt[] => {
  const { c, names } = site
  const at: Rows = {
    a: i => (plan.packA ? add(mul(i, 4 * c.k), site.scratch) : addressOfA(site, i, 0)),
    b: j => (plan.packB ? add(mul(j, 4 * c.k), site.scratch) : addressOfB(site, 0, j)),
  }
  const [i, j] = [names.fresh('i'), names.fresh('j')]
  const acrossColumns = (row: Expr, rows: number): readonly Stmt[] => {
    const whole = c.n - (c.n % plan.columns)
    const left = c.n - whole
    const name = `${j}_${rows}`
    return [
      loop(
        'serial',
        name,
        0,
        whole,
        plan.columns,
        dotTile(site, plan, at, row, ref(name), rows, plan.columns),
      ),
      ...(left > 0 ? dotTile(site, plan, at, row, i32(whole), rows, left) : []),
    ]
  }
  const whole = c.m - (c.m % plan.rows)
  return [
    ...packLines(site, plan),
    loop('serial', i, 0, whole, plan.rows, acrossColumns(ref(i), plan.rows)),
    ...(whole < c.m ? acrossColumns(i32(whole), c.m - whole) : []),
  ]
}
