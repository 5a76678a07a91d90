import { type Cut, cutOf } from '../loop/blocks.js'
import { add, i32 } from '../loop/expr.js'
import type { Expr, Lanes, Stmt } from '../loop/ir.js'
import { nodesOf } from '../loop/share.js'
import { lanesFor } from '../loop/vectors.js'
import { at, wholeOf } from '../ops/tensor.js'
import { type Fold, settle } from './folds.js'
import { type Blocks, LoopWriter, UNROLL } from './loop-writer.js'
import { ELEMENT, type Placement } from './members.js'
import { viewsFromOutside, wholeOverOuter } from './outside.js'
import { type Range, rangesOf } from './threads.js'
import { type LoopsKernel, type Setting, Values } from './values.js'
import { mergeDims } from './views.js'

/** Vectors that a column reduction keeps side by side, so that it reads whole cache lines. */
const COLUMNS = 4

/** Sums that are held in registers at once beside what they read, and points of a window that share them. */
const SUMS = 12
const POINTS = 6

/** Elements of a cache line. */
const LINE = 16

/** Windows of at most this many elements are written out for so many neighbours. */
const WINDOW = 16
const NEIGHBOURS = 4

/** One dimension of the merged index space. */
interface Dim {
  readonly extent: number
  readonly inner: boolean
}

/**
 * The loops of a group: outer dimensions, then one nest over the inner ones for each phase. In `parts`, each is a
 * stretch of the outermost dimension; one part where there is none, or too little of it.
 */
export const lowerLoops = (kernel: LoopsKernel, placement: Placement, parts: number): readonly Stmt[][] => {
  const ranges = parts === 1 ? undefined : new Nest(kernel, placement).divide(parts)
  return (ranges ?? [undefined]).map(range => new Nest(kernel, placement, range).emit())
}

/** Elements of a row from which on two vectors are computed a turn. */
const PAIRED = 4096
/** Nodes of a vector's expressions from which on that pays: so many constants do not stay in registers. */
const LONG = 48

/** Operations of all copies of a body from which on none is made: long bodies gain nothing, and cost the compilers' time. */
const WRITTEN_OUT = 4096

class Nest {
  readonly #setting: Setting
  readonly #dims: readonly Dim[]
  readonly #loops: LoopWriter
  /** Trips that a loop may have and be written out; 1 where bodies are too long for that. */
  readonly #unroll: number
  readonly #range: Range | undefined

  constructor(kernel: LoopsKernel, placement: Placement, range?: Range) {
    this.#range = range
    const { group } = kernel
    const members = new Map(group.members.map(n => [n.equation.output, n]))
    const inner = group.space.map((_, d) => group.inner?.[d] ?? false)
    const views = viewsFromOutside(group, members, inner)
    const merged = mergeDims(
      group.space,
      [wholeOf(group.space), wholeOverOuter(group.space, inner), ...views.map(v => v.spread)],
      (a, b) => at(inner, a) === at(inner, b),
    )
    this.#dims = merged.space.map((extent, d) => ({ extent, inner: at(inner, at(merged.dims, d)) }))
    this.#setting = {
      kernel,
      placement,
      members,
      views: new Map(views.map((v, i) => [v.original, at(merged.views, i + 2)])),
      linear: at(merged.views, 0),
      outerLinear: at(merged.views, 1),
    }
    this.#unroll = group.cost * this.#copies() > WRITTEN_OUT ? 1 : UNROLL
    this.#loops = new LoopWriter('', this.#unroll)
  }

  /** Copies of a body where all short loops are written out. */
  #copies(): number {
    const last = this.#dims.length - 1
    return this.#dims.reduce((n, { extent }, d) => {
      const lanes = d === last ? this.#lanesFor(extent) : 1
      const [trips, tail] = [Math.floor(extent / lanes), extent % lanes]
      return n * ((trips <= UNROLL ? trips : 1) + (tail <= UNROLL ? tail : 1))
    }, 1)
  }

  /** Stretches of the outermost dimension; whole cache lines of vectors where it is the innermost too. */
  divide(parts: number): readonly Range[] | undefined {
    const [first, ...rest] = this.#outer()
    if (first === undefined) return undefined
    const { extent } = at(this.#dims, first)
    const isVector = rest.length === 0 && first === this.#dims.length - 1
    return rangesOf(extent, parts, isVector ? this.#lanesFor(extent) * COLUMNS : 1)
  }

  #outer(): readonly number[] {
    return this.#dims.map((_, d) => d).filter(d => !at(this.#dims, d).inner)
  }

  /** The elements of a dimension that are walked: all, or of the outermost one this part's. */
  #rangeOf(d: number): Range {
    const isOutermost = d === this.#outer()[0]
    return isOutermost && this.#range !== undefined ? this.#range : { from: 0, to: at(this.#dims, d).extent }
  }

  emit(): Stmt[] {
    const outer = this.#outer()
    const vectorDim = this.#dims.length - 1
    const last = this.#dims[vectorDim]
    if (last === undefined || last.inner)
      return this.#overDims(outer, new Map(), index => this.#body([index], 1))
    if (this.#setting.kernel.group.inner === undefined) {
      return this.#overDims(outer.slice(0, -1), new Map(), index => this.#pointwiseRow(index, vectorDim))
    }
    const near = this.#near(outer.slice(this.#range === undefined ? 0 : 1, -1))
    const around = outer.slice(0, -1 - near.length)
    const beside = near.length === 0 ? this.#beside(around) : undefined
    if (beside === undefined) {
      return this.#overDims(around, new Map(), index =>
        this.#columns(this.#pointsOf(index, near), vectorDim, SUMS),
      )
    }
    return this.#overDims(around.slice(0, -1), new Map(), index => {
      const { from, to } = this.#rangeOf(beside)
      const whole = to - ((to - from) % NEIGHBOURS)
      const points = (i: Expr, count: number): ReadonlyMap<number, Expr>[] =>
        Array.from({ length: count }, (_, p) => new Map(index).set(beside, add(i, p * ELEMENT)))
      return [
        ...this.#loops.over(
          whole,
          NEIGHBOURS,
          i => this.#columns(points(i, NEIGHBOURS), vectorDim, NEIGHBOURS),
          from,
        ),
        ...this.#loops.over(to, 1, i => this.#columns(points(i, 1), vectorDim, NEIGHBOURS), whole),
      ]
    })
  }

  /**
   * True where something in memory is read, of the many elements of a sum, that stays the same along an outer
   * dimension.
   */
  #shares(d: number): boolean {
    const { views, members, kernel, placement } = this.#setting
    const { producer, nodeOf } = placement.analysis
    return kernel.group.members.some(({ operands }) =>
      operands.some(({ root, view }) => {
        const strides = views.get(view)?.strides
        const isStored = !members.has(root) && (producer(root) === undefined || nodeOf.has(root))
        const moves = (stride: number, e: number): boolean => stride !== 0 && at(this.#dims, e).inner
        return isStored && strides !== undefined && strides[d] === 0 && strides.some(moves)
      }),
    )
  }

  /** The last of these dimensions whose points share what they read, such as an image that meets a whole window. */
  #near(dims: readonly number[]): readonly number[] {
    if (this.#unroll === 1) return []
    let from = dims.length
    let points = 1
    while (from > 0) {
      const d = at(dims, from - 1)
      points *= at(this.#dims, d).extent
      if (points > POINTS || !this.#shares(d)) break
      from--
    }
    return dims.slice(from)
  }

  /**
   * The last of these dimensions, if neighbours along it share what they read, and their sums are short: windows. Where
   * a vector is a cache line it pays more to read line after line.
   */
  #beside(dims: readonly number[]): number | undefined {
    const d = dims.at(-1)
    const terms = this.#dims.reduce((n, dim) => (dim.inner ? n * dim.extent : n), 1)
    const isNarrow = this.#lanesFor(at(this.#dims, this.#dims.length - 1).extent) < LINE
    return d !== undefined && isNarrow && terms <= WINDOW && this.#isUnrolled() && this.#shares(d)
      ? d
      : undefined
  }

  /** True where the loops over the inner dimensions are all written out. */
  #isUnrolled(): boolean {
    return this.#dims.every(({ inner, extent }) => !inner || extent <= this.#unroll)
  }

  #lanesFor(extent: number): Lanes {
    return lanesFor(this.#setting.placement.unit, extent)
  }

  #overDims(
    dims: readonly number[],
    index: ReadonlyMap<number, Expr>,
    body: (index: ReadonlyMap<number, Expr>) => Stmt[],
  ): Stmt[] {
    return this.#loops.nest(dims, d => this.#rangeOf(d), index, body)
  }

  #pointwiseRow(index: ReadonlyMap<number, Expr>, vectorDim: number): Stmt[] {
    const { from, to } = this.#rangeOf(vectorDim)
    const body = (i: Expr, lanes: Lanes, before: Stmt[]): Stmt[] => {
      const frame = this.#loops.frame(new Map(index).set(vectorDim, i), vectorDim, lanes, [], before)
      const values = new Values(this.#setting)
      values.runPhase(frame, 0)
      return frame.body
    }
    const lanes = this.#lanesFor(at(this.#dims, vectorDim).extent)
    const pays = lanes <= 4 && to - from >= PAIRED && nodesOf(body(i32(0), lanes, [])) >= LONG
    return this.#loops.vectors(to, lanes, body, from, pays ? 2 : 1)
  }

  /**
   * Columns in blocks of vectors, so many `sums` in all, each block folding its rows at all points; then single
   * columns.
   */
  #columns(points: readonly ReadonlyMap<number, Expr>[], d: number, sums: number): Stmt[] {
    const { from, to } = this.#rangeOf(d)
    const lanes = this.#lanesFor(at(this.#dims, d).extent)
    const side = this.#unroll === 1 ? 1 : Math.min(COLUMNS, Math.max(1, Math.floor(sums / points.length)))
    const wide = to - ((to - from) % (lanes * side))
    const main = to - ((to - from) % lanes)
    const columns = (i: Expr, width: Lanes, count: number): Stmt[] => {
      const places = Array.from({ length: count }, (_, c) => (c === 0 ? i : add(i, c * width * ELEMENT)))
      return this.#body(
        points.flatMap(point => places.map(place => new Map(point).set(d, place))),
        width,
      )
    }
    return [
      ...this.#loops.over(wide, lanes * side, i => columns(i, lanes, side), from, 'vector'),
      ...this.#loops.over(main, lanes, i => columns(i, lanes, 1), wide, 'vector'),
      ...this.#loops.over(to, 1, i => columns(i, 1, 1), main),
    ]
  }

  /** `index` with every point of some dimensions. */
  #pointsOf(index: ReadonlyMap<number, Expr>, dims: readonly number[]): readonly ReadonlyMap<number, Expr>[] {
    const [d, ...rest] = dims
    if (d === undefined) return [index]
    return Array.from({ length: at(this.#dims, d).extent }, (_, i) => i).flatMap(i =>
      this.#pointsOf(new Map(index).set(d, i32(i * ELEMENT)), rest),
    )
  }

  /**
   * All phases at some points of the outer dimensions. With several `lanes` each is a vector of columns; with 1 the
   * innermost inner dimension is the vector.
   */
  #body(points: readonly ReadonlyMap<number, Expr>[], lanes: Lanes): Stmt[] {
    const out: Stmt[] = []
    const inner = this.#dims.map((_, d) => d).filter(d => at(this.#dims, d).inner)
    const column = this.#dims.findLastIndex(d => !d.inner)
    const vectorDim = lanes > 1 ? column : undefined
    const values = points.map(() => new Values(this.#setting))
    const outerFrames = points.map(index => this.#loops.frame(index, vectorDim, lanes, out, out, undefined))
    values.forEach((v, c) => {
      v.runOuter(at(outerFrames, c), 0)
    })
    const last = inner.at(-1)
    const isRowVector = last === this.#dims.length - 1
    const rowLanes = isRowVector && last !== undefined ? this.#lanesFor(at(this.#dims, last).extent) : 1
    for (let phase = 0; phase < this.#setting.kernel.phases.count; phase++) {
      const cut = values.some(v => v.hasSums(phase)) ? this.#cut(inner, rowLanes) : undefined
      // the elements of one row that fill no vector are few
      const isLong = (width: Lanes): boolean =>
        cut !== undefined && (width > 1 || rowLanes === 1 || inner.length > 1)
      const folds = values.map((v, c) => v.openFolds(at(outerFrames, c), phase, rowLanes, isLong))
      if (values.some(v => v.hasPass(phase))) {
        out.push(...this.#pass({ inner, outers: points, values, vectorDim, lanes, phase, folds, cut }))
      }
      values.forEach((v, c) => {
        v.closeFolds(at(folds, c))
        v.runOuter(at(outerFrames, c), phase + 1)
      })
    }
    return out
  }

  /** Where the loops over the inner dimensions are cut for long sums; the innermost is walked in vectors of `rowLanes`. */
  #cut(inner: readonly number[], rowLanes: Lanes): Cut | undefined {
    const extents = inner.map(d => at(this.#dims, d).extent)
    const last = extents.pop()
    if (last === undefined) return undefined
    return cutOf([...extents, Math.max(Math.floor(last / rowLanes), last % rowLanes)])
  }

  /** One nest over the inner dimensions. */
  #pass(pass: Pass): Stmt[] {
    const { inner, outers, values, vectorDim, lanes, phase, folds } = pass
    const last = inner.at(-1)
    const isRowVector = lanes === 1 && last !== undefined && last === this.#dims.length - 1
    const all = new Map<string, Expr>()
    const step = (index: ReadonlyMap<number, Expr>, vector: Lanes, before: Stmt[]): Stmt[] => {
      const body: Stmt[] = []
      const known = this.#isUnrolled() && !isRowVector ? all : new Map<string, Expr>()
      values.forEach((v, c) => {
        const point = new Map([...at(outers, c), ...index])
        const frame = this.#loops.frame(point, isRowVector ? last : vectorDim, vector, body, before, last)
        v.runPhase({ ...frame, known }, phase, at(folds, c))
      })
      return body
    }
    if (last === undefined) {
      const before: Stmt[] = []
      const once = step(new Map(), lanes, before)
      return [...before, ...once]
    }
    return this.#loops.nest(
      inner.slice(0, -1),
      d => this.#rangeOf(d),
      new Map(),
      index => {
        const each = (i: Expr, vector: Lanes, before: Stmt[]): Stmt[] =>
          step(new Map(index).set(last, i), vector, before)
        return isRowVector ? this.#row(pass, last, each) : this.#innermost(pass, last, each)
      },
      d => blocksOf(pass, d, 'all'),
    )
  }

  /** The innermost dimension element by element; what does not move goes before it. */
  #innermost(pass: Pass, d: number, each: Each): Stmt[] {
    const before: Stmt[] = []
    const turn = (i: Expr): Stmt[] => each(i, pass.lanes, before)
    const { extent } = at(this.#dims, d)
    const loops = this.#loops.over(extent, 1, turn, 0, 'serial', blocksOf(pass, d, 'all'))
    return [...before, ...loops]
  }

  /** The innermost dimension in vectors. */
  #row(pass: Pass, d: number, each: Each): Stmt[] {
    const { extent } = at(this.#dims, d)
    const lanes = this.#lanesFor(extent)
    const blocks = blocksOf(pass, d, lanes > 1 ? 'vectors' : 'all')
    const loops = this.#loops.vectors(extent, lanes, each, 0, 1, blocks)
    const hasTail = extent % lanes > 0
    return blocks !== undefined && hasTail ? [...loops, ...settle(pass.folds.flat(), 'singles')] : loops
  }
}

/** What a loop does at an index, for so many lanes; the last go before the loop. */
type Each = (index: Expr, lanes: Lanes, before: Stmt[]) => Stmt[]

/** One phase at some points of the outer dimensions: a nest over the inner ones, and the folds that it advances. */
interface Pass {
  readonly inner: readonly number[]
  readonly outers: readonly ReadonlyMap<number, Expr>[]
  readonly values: readonly Values[]
  readonly vectorDim: number | undefined
  readonly lanes: Lanes
  readonly phase: number
  readonly folds: readonly Fold[][]
  readonly cut: Cut | undefined
}

/** The blocks of the loop over a dimension, if it is the one that is cut. */
const blocksOf = ({ inner, folds, cut }: Pass, d: number, which: 'vectors' | 'all'): Blocks | undefined =>
  cut !== undefined && d === inner[cut.loop]
    ? { turns: cut.turns, after: () => settle(folds.flat(), which) }
    : undefined
