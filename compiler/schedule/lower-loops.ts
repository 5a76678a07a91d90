import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import { add } from '../loop/expr.js'
import type { Expr, Lanes, Stmt } from '../loop/ir.js'
import { lanesFor } from '../loop/vectors.js'
import type { View } from '../ops/row.js'
import { at, stridesOf, wholeOf } from '../ops/tensor.js'
import type { Group } from './fusion.js'
import { LoopWriter } from './loop-writer.js'
import { ELEMENT, type Placement } from './members.js'
import { type Node, readsWords } from './nodes.js'
import { type Range, rangesOf } from './threads.js'
import { type Fold, type LoopsKernel, type Setting, Values } from './values.js'
import { mergeDims, viewOver } from './views.js'

/** Vectors that a column reduction keeps side by side, so that it reads whole cache lines. */
const COLUMNS = 4

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

class Nest {
  readonly #setting: Setting
  readonly #dims: readonly Dim[]
  readonly #loops = new LoopWriter()
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
      return this.#overDims(outer, new Map(), index => this.#body(index, 1, 1))
    if (this.#setting.kernel.group.inner === undefined) {
      return this.#overDims(outer.slice(0, -1), new Map(), index => this.#pointwiseRow(index, vectorDim))
    }
    return this.#overDims(outer.slice(0, -1), new Map(), index => this.#columns(index, vectorDim))
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
    return this.#loops.vectors(to, this.#lanesFor(at(this.#dims, vectorDim).extent), body, from)
  }

  /** Columns in blocks of vectors, each block folding its rows; then single columns. */
  #columns(index: ReadonlyMap<number, Expr>, d: number): Stmt[] {
    const { from, to } = this.#rangeOf(d)
    const lanes = this.#lanesFor(at(this.#dims, d).extent)
    const wide = to - ((to - from) % (lanes * COLUMNS))
    const main = to - ((to - from) % lanes)
    return [
      ...this.#loops.over(
        wide,
        lanes * COLUMNS,
        i => this.#body(new Map(index).set(d, i), lanes, COLUMNS),
        from,
        'vector',
      ),
      ...this.#loops.over(main, lanes, i => this.#body(new Map(index).set(d, i), lanes, 1), wide, 'vector'),
      ...this.#loops.over(to, 1, i => this.#body(new Map(index).set(d, i), 1, 1), main),
    ]
  }

  /**
   * All phases at one point of the outer dimensions. With several `lanes` the point is a vector of columns
   * (`copies` of them side by side); with 1 the innermost inner dimension is the vector.
   */
  #body(outer: ReadonlyMap<number, Expr>, lanes: Lanes, copies: number): Stmt[] {
    const out: Stmt[] = []
    const inner = this.#dims.map((_, d) => d).filter(d => at(this.#dims, d).inner)
    const column = this.#dims.findLastIndex(d => !d.inner)
    const vectorDim = lanes > 1 ? column : undefined
    const shifted = Array.from({ length: copies }, (_, c) => {
      const base = outer.get(column)
      return base === undefined || c === 0
        ? outer
        : new Map(outer).set(column, add(base, c * lanes * ELEMENT))
    })
    const values = shifted.map(() => new Values(this.#setting))
    const outerFrames = shifted.map(index => this.#loops.frame(index, vectorDim, lanes, out, out, undefined))
    values.forEach((v, c) => {
      v.runOuter(at(outerFrames, c), 0)
    })
    const last = inner.at(-1)
    const isRowVector = last === this.#dims.length - 1
    const rowLanes = isRowVector && last !== undefined ? this.#lanesFor(at(this.#dims, last).extent) : 1
    for (let phase = 0; phase < this.#setting.kernel.phases.count; phase++) {
      const folds = values.map((v, c) => v.openFolds(at(outerFrames, c), phase, rowLanes))
      if (values.some(v => v.hasPass(phase))) {
        out.push(...this.#pass(inner, shifted, values, vectorDim, lanes, phase, folds))
      }
      values.forEach((v, c) => {
        v.closeFolds(at(folds, c))
        v.runOuter(at(outerFrames, c), phase + 1)
      })
    }
    return out
  }

  /** One nest over the inner dimensions. */
  #pass(
    inner: readonly number[],
    outers: readonly ReadonlyMap<number, Expr>[],
    values: readonly Values[],
    vectorDim: number | undefined,
    lanes: Lanes,
    phase: number,
    folds: readonly Fold[][],
  ): Stmt[] {
    const last = inner.at(-1)
    const isRowVector = lanes === 1 && last !== undefined && last === this.#dims.length - 1
    const step = (index: ReadonlyMap<number, Expr>, vector: Lanes, before: Stmt[]): Stmt[] => {
      const body: Stmt[] = []
      values.forEach((v, c) => {
        const point = new Map([...at(outers, c), ...index])
        v.runPhase(
          this.#loops.frame(point, isRowVector ? last : vectorDim, vector, body, before, last),
          phase,
          at(folds, c),
        )
      })
      return body
    }
    const before: Stmt[] = []
    if (last === undefined) {
      const once = step(new Map(), lanes, before)
      return [...before, ...once]
    }
    const { extent } = at(this.#dims, last)
    return this.#overDims(inner.slice(0, -1), new Map(), index => {
      if (isRowVector) {
        return this.#loops.vectors(extent, this.#lanesFor(extent), (i, vector, above) =>
          step(new Map(index).set(last, i), vector, above),
        )
      }
      const above: Stmt[] = []
      const loops = this.#loops.over(extent, 1, i => step(new Map(index).set(last, i), lanes, above))
      return [...above, ...loops]
    })
  }
}

/** Row-major over the outer dimensions; the inner ones do not move it. */
const wholeOverOuter = (space: readonly number[], inner: readonly boolean[]): View => {
  const strides = stridesOf(space.map((extent, d) => (inner[d] ? 1 : extent)))
  return { shape: space, strides: strides.map((s, d) => (inner[d] ? 0 : s)), offset: 0 }
}

/** Every view that members read from outside the group, spread over the dimensions of the space. */
const viewsFromOutside = (
  group: Group,
  members: ReadonlyMap<Value, Node>,
  inner: readonly boolean[],
): { readonly original: View; readonly spread: View }[] => {
  const seen = new Map<View, View>()
  for (const node of group.members) {
    if (readsWords(node)) continue
    const onSpace = node.kind === 'reduction' || !group.isOuter(node)
    for (const { root, view } of node.operands) {
      if (!members.has(root)) seen.set(view, spreadView(view, group.space, onSpace ? undefined : inner))
    }
  }
  return [...seen].map(([original, spread]) => ({ original, spread }))
}

/** A view with the dimensions of the space; a view of the outer dimensions stands still along the inner ones. */
const spreadView = (view: View, space: readonly number[], inner: readonly boolean[] | undefined): View => {
  const spread = viewOver(view, space, inner)
  if (spread === undefined) throw bug(`schedule: a view of [${view.shape}] over [${space}]`)
  return spread
}
