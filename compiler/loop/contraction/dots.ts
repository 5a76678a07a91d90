import { type Accumulator, comeTo, cutOf, endBlock } from '../blocks.js'
import { add, constant, i32, let_, load, loop, mul, mulAdd, pack, ref, set, store, var_ } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import type { DotsPlan } from './choose.js'
import { finishValue } from './finish.js'
import { addressOfA, addressOfB, range, type Site, scalarOf, scaled, sumOfLanes, vectorOf } from './site.js'

/** Copies one row of A or column of B, k elements `stride` apart, to contiguous ones at `to`. */
const copyLine = (site: Site, from: Expr, stride: number, to: Expr): Stmt => {
  const p = site.names.fresh('p')
  const value = load(scalarOf(site.c), add(from, mul(ref(p), 4 * stride)))
  return loop('serial', p, 0, site.c.k, 1, [store(add(mul(ref(p), 4), to), value)])
}

/** Where packed lines begin: one operand is packed at most. */
const packedLines = ({ kept, scratch }: Site): Expr => kept ?? i32(scratch)

const packRowsOfA = (site: Site): readonly Stmt[] => {
  const { c } = site
  const to = packedLines(site)
  return range(c.m).map(i => copyLine(site, addressOfA(site, i, 0), c.a.strideK, add(to, 4 * c.k * i)))
}

/** Copies the columns of B, so that their terms are contiguous. */
export const packColumns = (site: Site): readonly Stmt[] => {
  const { c } = site
  const to = packedLines(site)
  return range(c.n).map(j => copyLine(site, addressOfB(site, 0, j), c.b.strideK, add(to, 4 * c.k * j)))
}

/** A tile of dot products: rows i … and columns j …; `rows` by `columns` accumulators, `unroll` times. */
interface DotTile {
  readonly id: string
  readonly i: Expr
  readonly j: Expr
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly unroll: readonly number[]
  /** turns of the loop over the terms that are a block each; undefined where the sums are short */
  readonly block: number | undefined
}

const lineOfA = (tile: DotTile, r: number): string => `${tile.id}_a${r}`
const lineOfB = (tile: DotTile, q: number): string => `${tile.id}_b${q}`
const accOf = (tile: DotTile, r: number, q: number, u: number): string => `${tile.id}_c${r}_${q}_${u}`
const accumulatorOf = (site: Site, plan: DotsPlan, tile: DotTile, acc: string): Accumulator => ({
  type: vectorOf(site.c, plan.lanes),
  block: acc,
  total: tile.block === undefined ? undefined : { sum: `${acc}_sum`, lost: `${acc}_lost` },
})
const sumOf = (tile: DotTile, r: number, q: number): string => `${tile.id}_s${r}_${q}`

const eachDot = <T>(tile: DotTile, f: (r: number, q: number) => T): readonly T[] =>
  tile.rows.flatMap(r => tile.columns.map(q => f(r, q)))

const eachAccumulator = (site: Site, plan: DotsPlan, tile: DotTile): readonly Accumulator[] =>
  eachDot(tile, (r, q) => tile.unroll.map(u => accumulatorOf(site, plan, tile, accOf(tile, r, q, u)))).flat()

/** The starts of the lines and the accumulators. */
const declareTile = (site: Site, plan: DotsPlan, tile: DotTile): readonly Stmt[] => {
  const { c } = site
  const packed = (index: Expr, t: number): Expr => add(mul(add(index, t), 4 * c.k), packedLines(site))
  const { i, j } = tile
  return [
    ...tile.rows.map(r => let_(lineOfA(tile, r), plan.packA ? packed(i, r) : addressOfA(site, add(i, r), 0))),
    ...tile.columns.map(q =>
      let_(lineOfB(tile, q), plan.packB ? packed(j, q) : addressOfB(site, 0, add(j, q))),
    ),
    ...eachAccumulator(site, plan, tile).flatMap(({ block, total, type }) =>
      [block, ...Object.values(total ?? {})].map(name => var_(name, constant(type, 0))),
    ),
  ]
}

/** Adds a vector of terms, the `u`th from `p` on, to accumulators `u`. */
const addVector = (
  site: Site,
  { lanes }: DotsPlan,
  tile: DotTile,
  p: Expr | number,
  u: number,
): readonly Stmt[] => {
  const type = vectorOf(site.c, lanes)
  const id = site.names.fresh('v')
  const [a, b] = [(r: number) => `${id}_a${r}`, (q: number) => `${id}_b${q}`]
  const terms = (line: string): Expr => load(type, add(ref(line), scaled(p, 4)), 4 * lanes * u)
  return [
    ...tile.rows.map(r => let_(a(r), terms(lineOfA(tile, r)))),
    ...tile.columns.map(q => let_(b(q), terms(lineOfB(tile, q)))),
    ...eachDot(tile, (r, q) => {
      const acc = accOf(tile, r, q, u)
      return set(acc, mulAdd(ref(a(r), type), ref(b(q), type), ref(acc, type)))
    }),
  ]
}

/** One dot product: the accumulators, then across the lanes, then the terms that fill no vector. */
const total = (site: Site, plan: DotsPlan, tile: DotTile, r: number, q: number): Expr => {
  const { c } = site
  const sum = tile.unroll
    .map(u => comeTo(accumulatorOf(site, plan, tile, accOf(tile, r, q, u))))
    .reduce((x, y) => add(x, y))
  const whole = c.k - (c.k % plan.lanes)
  return range(c.k - whole).reduce<Expr>((x, t) => {
    const term = (line: string): Expr => load(scalarOf(c), ref(line), 4 * (whole + t))
    return mulAdd(term(lineOfA(tile, r)), term(lineOfB(tile, q)), x)
  }, sumOfLanes(sum))
}

/** The loop over the terms, `turn` of them at a time, in blocks where the sums are long. */
const termsOf = (
  site: Site,
  plan: DotsPlan,
  tile: DotTile,
  turn: number,
  looped: number,
): readonly Stmt[] => {
  const { names } = site
  const p = names.fresh('p')
  const body = (at: Expr): readonly Stmt[] => tile.unroll.flatMap(u => addVector(site, plan, tile, at, u))
  const { block } = tile
  if (looped === 0) return []
  if (block === undefined) return [loop('serial', p, 0, looped, turn, body(ref(p)))]
  const each = (first: Expr, turns: number): readonly Stmt[] => {
    const q = names.fresh('p')
    return [
      loop('serial', q, 0, turns * turn, turn, body(add(first, ref(q)))),
      ...eachAccumulator(site, plan, tile).flatMap(a => endBlock(a, names.fresh('next'))),
    ]
  }
  const left = (looped / turn) % block
  const whole = looped - left * turn
  return [
    loop('serial', p, 0, whole, block * turn, each(ref(p), block)),
    ...(left > 0 ? each(i32(whole), left) : []),
  ]
}

const dotTile = (site: Site, plan: DotsPlan, tile: DotTile): readonly Stmt[] => {
  const { c } = site
  const turn = plan.lanes * plan.unroll
  const looped = c.k - (c.k % turn)
  const value = (r: number, q: number): Expr => ref(sumOf(tile, r, q), scalarOf(c))
  return [
    ...declareTile(site, plan, tile),
    ...termsOf(site, plan, tile, turn, looped),
    ...range(Math.floor((c.k - looped) / plan.lanes)).flatMap(u => addVector(site, plan, tile, looped, u)),
    ...eachDot(tile, (r, q) => let_(sumOf(tile, r, q), total(site, plan, tile, r, q))),
    ...tile.rows.flatMap(r =>
      finishRow(
        site,
        add(tile.i, r),
        tile.j,
        tile.columns.map(q => value(r, q)),
      ),
    ),
  ]
}

const finishRow = (site: Site, i: Expr, j: Expr, values: readonly Expr[]): readonly Stmt[] => {
  if (values.length !== 4) return values.flatMap((x, q) => finishValue(site, i, add(j, q), x))
  const row = site.names.fresh('v')
  return [let_(row, pack(values)), ...finishValue(site, i, j, ref(row, vectorOf(site.c)))]
}

/** Few rows or few columns, k contiguous on both sides: vector accumulators along k, summed across at the end. */
export const lowerDots = (site: Site, plan: DotsPlan): readonly Stmt[] => {
  const { c, names } = site
  const turns = Math.floor(c.k / (plan.lanes * plan.unroll))
  const block = c.elem === 'f32' ? cutOf([turns])?.turns : undefined
  const tile = (i: Expr, j: Expr, rows: number, columns: number): readonly Stmt[] =>
    dotTile(site, plan, {
      id: names.fresh('t'),
      i,
      j,
      rows: range(rows),
      columns: range(columns),
      unroll: range(plan.unroll),
      block,
    })
  const acrossColumns = (i: Expr, rows: number): readonly Stmt[] => {
    const whole = c.n - (c.n % plan.columns)
    const j = names.fresh('j')
    const left = whole < c.n ? tile(i, i32(whole), rows, c.n - whole) : []
    return [loop('serial', j, 0, whole, plan.columns, tile(i, ref(j), rows, plan.columns)), ...left]
  }
  const whole = c.m - (c.m % plan.rows)
  const i = names.fresh('i')
  return [
    ...(plan.packA ? packRowsOfA(site) : []),
    ...(plan.packB && site.kept === undefined ? packColumns(site) : []),
    loop('serial', i, 0, whole, plan.rows, acrossColumns(ref(i), plan.rows)),
    ...(whole < c.m ? acrossColumns(i32(whole), c.m - whole) : []),
  ]
}
