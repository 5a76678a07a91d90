import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import { add, lane, ref, set, splat, var_, withLanes } from '../loop/expr.js'
import type { Expr, RegType, Stmt } from '../loop/ir.js'
import type { View } from '../ops/row.js'
import { rowOf } from '../ops/table.js'
import { at, stridesOf, wholeOf } from '../ops/tensor.js'
import type { Group } from './fusion.js'
import { LoopWriter } from './loop-writer.js'
import {
  bind,
  computeMember,
  ELEMENT,
  type Frame,
  type Placement,
  readAccess,
  readsWords,
  registerOf,
  writeValue,
} from './members.js'
import type { Node } from './nodes.js'
import type { Phases } from './phases.js'
import { type Access, mergeDims } from './views.js'

/** Vectors that a column reduction keeps side by side, so that it reads whole cache lines. */
const COLUMNS = 4

/** What the kernel of a loops group needs beside the group: which members have a buffer, and the passes. */
export interface LoopsKernel {
  readonly group: Group
  readonly phases: Phases
  /** Members written to memory: everything another kernel reads, and what a later phase reloads. */
  readonly stored: (root: Value) => boolean
}

/** One dimension of the merged index space. */
interface Dim {
  readonly extent: number
  readonly inner: boolean
}

/** The loops of a group: outer dimensions, then one nest over the inner ones for each phase. */
export const lowerLoops = (kernel: LoopsKernel, placement: Placement): Stmt[] => {
  const nest = new Nest(kernel, placement)
  return nest.emit()
}

class Nest {
  readonly #kernel: LoopsKernel
  readonly #placement: Placement
  readonly #members: ReadonlyMap<Value, Node>
  readonly #dims: readonly Dim[]
  readonly #viewsInSpace: ReadonlyMap<View, View>
  readonly #linear: View
  readonly #outerLinear: View
  readonly #loops = new LoopWriter()

  constructor(kernel: LoopsKernel, placement: Placement) {
    this.#kernel = kernel
    this.#placement = placement
    const { group } = kernel
    this.#members = new Map(group.members.map(n => [n.equation.output, n]))
    const inner = group.space.map((_, d) => group.inner?.[d] ?? false)
    const linear = wholeOf(group.space)
    const outerLinear = outerContiguous(group.space, inner)
    const views = this.#collectViews(inner)
    const merged = mergeDims(
      group.space,
      [linear, outerLinear, ...views.map(v => v.spread)],
      (a, b) => at(inner, a) === at(inner, b),
    )
    this.#dims = merged.space.map((extent, d) => ({ extent, inner: at(inner, at(merged.dims, d)) }))
    this.#linear = at(merged.views, 0)
    this.#outerLinear = at(merged.views, 1)
    this.#viewsInSpace = new Map(views.map((v, i) => [v.original, at(merged.views, i + 2)]))
  }

  emit(): Stmt[] {
    const outer = this.#dims.map((_, d) => d).filter(d => !at(this.#dims, d).inner)
    const vectorDim = this.#dims.length - 1
    const last = this.#dims[vectorDim]
    if (last === undefined || last.inner)
      return this.#overDims(outer, new Map(), index => this.#body(index, 1, 1))
    if (this.#kernel.group.inner === undefined) {
      return this.#overDims(outer.slice(0, -1), new Map(), index => this.#pointwiseRow(index, vectorDim))
    }
    return this.#overDims(outer.slice(0, -1), new Map(), index => this.#columns(index, vectorDim))
  }

  /** Every view that members read from outside the group, spread over the dimensions of the space. */
  #collectViews(inner: readonly boolean[]): { readonly original: View; readonly spread: View }[] {
    const { group } = this.#kernel
    const seen = new Map<View, View>()
    for (const node of group.members) {
      const onSpace = node.kind === 'reduction' || !group.isOuter(node)
      for (const { root, view } of node.operands) {
        if (this.#members.has(root) || seen.has(view)) continue
        if (readsWords(node)) continue
        seen.set(view, spreadView(view, group.space, onSpace ? undefined : inner))
      }
    }
    return [...seen].map(([original, spread]) => ({ original, spread }))
  }

  #overDims(
    dims: readonly number[],
    index: ReadonlyMap<number, Expr>,
    body: (index: ReadonlyMap<number, Expr>) => Stmt[],
  ): Stmt[] {
    return this.#loops.nest(dims, d => at(this.#dims, d).extent, index, body)
  }

  #pointwiseRow(index: ReadonlyMap<number, Expr>, vectorDim: number): Stmt[] {
    return this.#loops.vectors(at(this.#dims, vectorDim).extent, (i, lanes, before) => {
      const frame = this.#loops.frame(new Map(index).set(vectorDim, i), vectorDim, lanes, [], before)
      const values = new Values(
        this.#kernel,
        this.#placement,
        this.#members,
        this.#viewsInSpace,
        this.#linear,
      )
      values.runPhase(frame, 0)
      return frame.body
    })
  }

  /** Columns in blocks of vectors, each block folding its rows; then single columns. */
  #columns(index: ReadonlyMap<number, Expr>, d: number): Stmt[] {
    const { extent } = at(this.#dims, d)
    const wide = extent - (extent % (4 * COLUMNS))
    const main = extent - (extent % 4)
    return [
      ...this.#loops.over(
        wide,
        4 * COLUMNS,
        i => this.#body(new Map(index).set(d, i), 4, COLUMNS),
        0,
        'vector',
      ),
      ...this.#loops.over(main, 4, i => this.#body(new Map(index).set(d, i), 4, 1), wide, 'vector'),
      ...this.#loops.over(extent, 1, i => this.#body(new Map(index).set(d, i), 1, 1), main),
    ]
  }

  /**
   * All phases at one point of the outer dimensions. With `lanes` of 4 the point is a vector of columns
   * (`copies` of them side by side); with 1 the innermost inner dimension is the vector.
   */
  #body(outer: ReadonlyMap<number, Expr>, lanes: 1 | 4, copies: number): Stmt[] {
    const out: Stmt[] = []
    const inner = this.#dims.map((_, d) => d).filter(d => at(this.#dims, d).inner)
    const column = this.#dims.findLastIndex(d => !d.inner)
    const vectorDim = lanes === 4 ? column : undefined
    const shifted = Array.from({ length: copies }, (_, c) => {
      const base = outer.get(column)
      return base === undefined || c === 0 ? outer : new Map(outer).set(column, add(base, c * 4 * ELEMENT))
    })
    const values = shifted.map(
      () =>
        new Values(
          this.#kernel,
          this.#placement,
          this.#members,
          this.#viewsInSpace,
          this.#linear,
          this.#outerLinear,
        ),
    )
    const outerFrames = shifted.map(index => this.#loops.frame(index, vectorDim, lanes, out, out, undefined))
    values.forEach((v, c) => {
      v.runOuter(at(outerFrames, c), 0)
    })
    const isRowVector = inner.at(-1) === this.#dims.length - 1
    for (let phase = 0; phase < this.#kernel.phases.count; phase++) {
      const folds = values.map((v, c) => v.openFolds(at(outerFrames, c), phase, isRowVector))
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
    lanes: 1 | 4,
    phase: number,
    folds: readonly Fold[][],
  ): Stmt[] {
    const last = inner.at(-1)
    const isRowVector = lanes === 1 && last !== undefined && last === this.#dims.length - 1
    const step = (index: ReadonlyMap<number, Expr>, vector: 1 | 4, before: Stmt[]): Stmt[] => {
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
        return this.#loops.vectors(extent, (i, vector, above) =>
          step(new Map(index).set(last, i), vector, above),
        )
      }
      const above: Stmt[] = []
      const loops = this.#loops.over(extent, 1, i => step(new Map(index).set(last, i), lanes, above))
      return [...above, ...loops]
    })
  }
}

/** A reduction under way: its accumulators, one of vectors and one of single elements. */
interface Fold {
  readonly node: Node
  readonly type: RegType
  readonly vector: string | undefined
  readonly single: string | undefined
  readonly frame: Frame
}

/** The values of members at one point of the outer dimensions, phase by phase. */
class Values {
  readonly #kernel: LoopsKernel
  readonly #placement: Placement
  readonly #members: ReadonlyMap<Value, Node>
  readonly #views: ReadonlyMap<View, View>
  readonly #linear: View
  readonly #outerLinear: View
  readonly #outer = new Map<Value, Expr>()

  constructor(
    kernel: LoopsKernel,
    placement: Placement,
    members: ReadonlyMap<Value, Node>,
    views: ReadonlyMap<View, View>,
    linear: View,
    outerLinear = linear,
  ) {
    this.#kernel = kernel
    this.#placement = placement
    this.#members = members
    this.#views = views
    this.#linear = linear
    this.#outerLinear = outerLinear
  }

  #isFull(node: Node): boolean {
    return node.kind !== 'reduction' && !this.#kernel.group.isOuter(node)
  }

  #level(node: Node): number {
    return this.#kernel.phases.levelOf(node)
  }

  /** True when a phase walks the inner dimensions at all. */
  hasPass(phase: number): boolean {
    return this.#kernel.group.members.some(
      n => this.#level(n) === phase && (n.kind === 'reduction' || (this.#isFull(n) && this.#isWritten(n))),
    )
  }

  #isWritten(node: Node): boolean {
    return this.#kernel.stored(node.equation.output)
  }

  /** The members of one phase at one point of the whole space: folds advance, stored members are written. */
  runPhase(frame: Frame, phase: number, folds: readonly Fold[] = []): void {
    const here = new Map<Value, Expr>()
    for (const node of this.#kernel.group.members) {
      if (this.#isFull(node) && this.#level(node) === phase && this.#isWritten(node)) {
        const value = this.#full(frame, phase, here, node)
        writeValue(frame, value, this.#placement.addressOf(node.equation.output), this.#linear)
      }
    }
    for (const fold of folds) {
      const value = this.#operand(frame, phase, here, at(fold.node.operands, 0))
      this.#advance(frame, fold, value)
    }
  }

  #advance(frame: Frame, fold: Fold, value: Expr): void {
    const { equation } = fold.node
    const name = frame.lanes === 4 ? fold.vector : fold.single
    const { lower } = rowOf(equation.prim)
    if (name === undefined || lower.kind !== 'reduction') throw bug('schedule: a fold without an accumulator')
    const type = withLanes(fold.type, frame.lanes)
    const x = frame.lanes === 4 ? splat(value) : value
    frame.body.push(set(name, lower.step(ref(name, type), x, equation.params, type)))
  }

  #full(frame: Frame, phase: number, here: Map<Value, Expr>, node: Node): Expr {
    const root = node.equation.output
    const known = here.get(root)
    if (known !== undefined) return known
    const reload = this.#level(node) < phase && this.#isWritten(node)
    const value = reload
      ? readAccess(this.#placement, frame, { root, view: this.#linear })
      : computeMember(
          this.#placement,
          frame,
          node,
          readsWords(node) ? [] : node.operands.map(o => this.#operand(frame, phase, here, o)),
          this.#linear,
        )
    here.set(root, value)
    return value
  }

  #operand(frame: Frame, phase: number, here: Map<Value, Expr>, access: Access): Expr {
    const maker = this.#members.get(access.root)
    if (maker === undefined) return this.#external(frame, access)
    if (this.#isFull(maker)) return this.#full(frame, phase, here, maker)
    const value = this.#outer.get(access.root)
    if (value === undefined) throw bug(`schedule: %${access.root} is not yet folded`)
    return value
  }

  #external(frame: Frame, { root, view }: Access): Expr {
    const spread = this.#views.get(view)
    if (spread === undefined) throw bug(`schedule: an unknown view of %${root}`)
    return readAccess(this.#placement, frame, { root, view: spread })
  }

  // ---- outer values

  /** Accumulators for the reductions of a phase. */
  openFolds(frame: Frame, phase: number, isRowVector: boolean): Fold[] {
    return this.#kernel.group.members
      .filter(n => n.kind === 'reduction' && this.#level(n) === phase)
      .map(node => {
        const { equation } = node
        const { lower } = rowOf(equation.prim)
        if (lower.kind !== 'reduction') throw bug(`schedule: ${equation.prim} is no reduction`)
        const type = registerOf(this.#placement.analysis.typeOf(equation.output))
        const open = (lanes: 1 | 4): string => {
          const name = frame.fresh()
          frame.body.push(var_(name, lower.identity(equation.params, withLanes(type, lanes))))
          return name
        }
        const vector = frame.lanes === 4 || isRowVector ? open(4) : undefined
        const single = frame.lanes === 1 ? open(1) : undefined
        return { node, type, vector, single, frame }
      })
  }

  /** The folded values: lanes are folded into one, unless the lanes are columns of their own. */
  closeFolds(folds: readonly Fold[]): void {
    for (const { node, type, vector, single, frame } of folds) {
      const { lower } = rowOf(node.equation.prim)
      if (lower.kind !== 'reduction') throw bug(`schedule: ${node.equation.prim} is no reduction`)
      const step = (x: Expr, y: Expr): Expr => lower.step(x, y, node.equation.params, type)
      const wide = vector === undefined ? undefined : ref(vector, withLanes(type, 4))
      const narrow = single === undefined ? undefined : ref(single, type)
      const pairs = (v: Expr): Expr => step(step(lane(v, 0), lane(v, 1)), step(lane(v, 2), lane(v, 3)))
      const result = wide === undefined ? narrow : narrow === undefined ? wide : step(pairs(wide), narrow)
      if (result === undefined) throw bug('schedule: a fold without an accumulator')
      this.#outer.set(node.equation.output, bind(frame, result))
      this.#write(frame, node)
    }
  }

  /** Members on the outer dimensions that can be computed before pass `level` and not before. */
  runOuter(frame: Frame, level: number): void {
    const { group } = this.#kernel
    for (const node of group.members) {
      if (!group.isOuter(node) || node.kind === 'reduction' || this.#level(node) !== level) continue
      const operands = node.operands.map(o => this.#outer.get(o.root) ?? this.#external(frame, o))
      const value = computeMember(this.#placement, frame, node, operands, this.#outerLinear)
      this.#outer.set(node.equation.output, value)
      this.#write(frame, node)
    }
  }

  #write(frame: Frame, node: Node): void {
    const root = node.equation.output
    const value = this.#outer.get(root)
    if (value === undefined || !this.#isWritten(node)) return
    writeValue(frame, value, this.#placement.addressOf(root), this.#outerLinear)
  }
}

/** Row-major over the outer dimensions; the inner ones do not move it. */
const outerContiguous = (space: readonly number[], inner: readonly boolean[]): View => {
  const strides = stridesOf(space.map((extent, d) => (inner[d] ? 1 : extent)))
  return { shape: space, strides: strides.map((s, d) => (inner[d] ? 0 : s)), offset: 0 }
}

/**
 * A view with the dimensions of the space: extents of 1 come and go, and a view of the outer dimensions
 * stands still along the inner ones.
 */
const spreadView = (view: View, space: readonly number[], inner: readonly boolean[] | undefined): View => {
  const given: number[] = []
  view.shape.forEach((extent, d) => {
    if (extent !== 1) given.push(at(view.strides, d))
  })
  let next = 0
  const strides = space.map((extent, d) => {
    if (extent === 1 || inner?.[d]) return 0
    const stride = given[next++]
    if (stride === undefined) throw bug(`schedule: a view of [${view.shape}] over [${space}]`)
    return stride
  })
  if (next !== given.length) throw bug(`schedule: a view of [${view.shape}] over [${space}]`)
  return { shape: space, strides, offset: view.offset }
}
