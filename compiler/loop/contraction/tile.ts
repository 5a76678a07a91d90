import { add, constant, let_, load, loop, mulAdd, ref, set, store, var_ } from '../expr.js'
import type { Expr, Stmt } from '../ir.js'
import type { VectorLanes } from '../vectors.js'
import { loadSplat, range, type Site, scaled, vectorOf } from './site.js'

/** Where a register tile reads its operands; byte addresses and byte steps. */
export interface TileOperands {
  /** the first term of the first row of A; row r lies `rowOffset(r)` further on, the next term `aStep` further on */
  readonly a: Expr
  readonly aStep: number
  readonly rowOffset: (row: number) => number
  /** the first row of the panel of B; the next one lies `bStep` (positive) further on */
  readonly b: Expr
  readonly bStep: number
  readonly terms: Expr | number
  /** dimensions of the terms around these, outermost first; in B they follow one another */
  readonly runs?: readonly { readonly extent: number; readonly aStep: number }[]
}

/** A register tile of `rows` by `lanes` * `vectors` values. */
export interface TileShape {
  readonly lanes: VectorLanes
  readonly rows: number
  readonly vectors: number
}

/** Sums over at most this many terms are written out. */
const unrolledTerms = 2

/** The code of a register tile. */
export interface Tile {
  /** the registers, row by row */
  readonly accs: readonly (readonly Expr[])[]
  /** declares the registers: zero, or what `partial` holds */
  readonly start: readonly Stmt[]
  /** adds the product */
  readonly sum: readonly Stmt[]
  /** writes the registers to memory at `to` */
  readonly save: (to: Expr, pitch: number) => readonly Stmt[]
}

/**
 * The register tile, the heart of the template: a step loads the vectors of one row of B, then for each row of A one
 * element into all lanes, and adds their products.
 *
 * One step a turn, and no unrolling here: within a block V8 (Node 20) issues all loads before the arithmetic, so that
 * two steps a turn hold twice the loads in registers and spill. It unrolls the loop itself, block by block.
 */
export const registerTile = (
  site: Site,
  shape: TileShape,
  from: TileOperands,
  partial?: { readonly at: Expr; readonly pitch: number },
): Tile => {
  const { c, names } = site
  const { lanes } = shape
  const type = vectorOf(c, lanes)
  const bytes = 4 * lanes
  const id = names.fresh('t')
  const rows = range(shape.rows)
  const vectors = range(shape.vectors)
  const acc = (r: number, v: number): Expr => ref(`${id}_c${r}_${v}`, type)
  const [pa, pb] = [`${id}_a`, `${id}_b`]

  const step = (suffix: string, offsetA: number, atB: Expr, offsetB: number): readonly Stmt[] => {
    const b = vectors.map(v => `${pb}${v}${suffix}`)
    const loadB = b.map((name, v) => let_(name, load(type, atB, offsetB + bytes * v)))
    const products = rows.flatMap(r => {
      const name = `${pa}${r}${suffix}`
      const a = ref(name, type)
      const loadA = let_(name, loadSplat(c, ref(pa), from.rowOffset(r) + offsetA, lanes))
      return [loadA, ...b.map((row, v) => set(`${id}_c${r}_${v}`, mulAdd(a, ref(row, type), acc(r, v))))]
    })
    return [...loadB, ...products]
  }

  const looped = (terms: Expr | number, b: Expr = from.b): readonly Stmt[] => {
    const body = [...step('', 0, ref(pb), 0), set(pa, add(ref(pa), from.aStep))]
    return [loop('serial', pb, b, add(b, scaled(terms, from.bStep)), from.bStep, body)]
  }
  /** One run of terms after the other; what A moved in a run goes into its step to the next. */
  const inRuns = (
    runs: readonly { readonly extent: number; readonly aStep: number }[],
    terms: number,
    b: Expr,
    depth: number,
  ): readonly Stmt[] => {
    const [run, ...rest] = runs
    if (run === undefined) return looped(terms, b)
    const inner = rest.reduce((n, { extent }) => n * extent, terms)
    const [index, next] = [`${id}_r${depth}`, rest[0]]
    const moved = next === undefined ? terms * from.aStep : next.extent * next.aStep
    return [
      loop('serial', index, b, add(b, run.extent * inner * from.bStep), inner * from.bStep, [
        ...inRuns(rest, terms, ref(index), depth + 1),
        set(pa, add(ref(pa), run.aStep - moved)),
      ]),
    ]
  }
  const written = (terms: number): readonly Stmt[] => [
    var_(pb, from.b),
    ...range(terms).flatMap(p => step(`_${p}`, p * from.aStep, ref(pb), p * from.bStep)),
  ]

  const first = (r: number, v: number): Expr =>
    partial === undefined ? constant(type, 0) : load(type, partial.at, partial.pitch * r + bytes * v)
  const { terms, runs = [] } = from
  return {
    accs: rows.map(r => vectors.map(v => acc(r, v))),
    start: rows.flatMap(r => vectors.map(v => var_(`${id}_c${r}_${v}`, first(r, v)))),
    sum: [
      var_(pa, from.a),
      ...(runs.length > 0 && typeof terms === 'number'
        ? inRuns(runs, terms, from.b, 0)
        : typeof terms === 'number' && terms <= unrolledTerms
          ? written(terms)
          : looped(terms)),
    ],
    save: (to, pitch) => rows.flatMap(r => vectors.map(v => store(to, acc(r, v), pitch * r + bytes * v))),
  }
}
