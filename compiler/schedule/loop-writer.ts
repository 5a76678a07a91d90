import { add, i32, loop, ref } from '../loop/expr.js'
import type { Expr, Lanes, LoopKind, Stmt } from '../loop/ir.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { ELEMENT, type Frame, type Place, weightedSum } from './members.js'
import type { Range } from './threads.js'

/** Loops with at most this many trips are written out. */
export const UNROLL = 4

/** Reads and computations, then the writes: none of the vectors of a turn waits for another's. */
const storesLast = (body: readonly Stmt[]): Stmt[] => [
  ...body.filter(s => s.kind !== 'store'),
  ...body.filter(s => s.kind === 'store'),
]

/** Writes loops over an index space; indices count bytes of 4-byte elements, so that they add to addresses as they are. */
export class LoopWriter {
  readonly #prefix: string
  #names = 0

  constructor(prefix = '') {
    this.#prefix = prefix
  }

  fresh(kind: string): string {
    return `${this.#prefix}${kind}${this.#names++}`
  }

  /** `for i in from..extent step lanes`; short loops are written out. */
  over(
    extent: number,
    lanes: number,
    body: (index: Expr) => Stmt[],
    from = 0,
    kind: LoopKind = 'serial',
  ): Stmt[] {
    const trips = Math.floor((extent - from) / lanes)
    if (trips <= UNROLL) {
      return Array.from({ length: Math.max(0, trips) }, (_, t) =>
        body(i32((from + t * lanes) * ELEMENT)),
      ).flat()
    }
    const name = this.fresh('i')
    const to = (from + trips * lanes) * ELEMENT
    return [loop(kind, name, i32(from * ELEMENT), i32(to), lanes * ELEMENT, body(ref(name)))]
  }

  /** Serial loops over dimensions, outermost first. */
  nest(
    dims: readonly number[],
    rangeOf: (d: number) => Range,
    index: ReadonlyMap<number, Expr>,
    body: (index: ReadonlyMap<number, Expr>) => Stmt[],
  ): Stmt[] {
    const [d, ...rest] = dims
    if (d === undefined) return body(index)
    const { from, to } = rangeOf(d)
    return this.over(to, 1, i => this.nest(rest, rangeOf, new Map(index).set(d, i), body), from)
  }

  /**
   * One dimension in vectors, so many a turn, then its tail in single elements; what does not move goes before either
   * loop.
   */
  vectors(
    extent: number,
    lanes: Lanes,
    body: (index: Expr, lanes: Lanes, before: Stmt[]) => Stmt[],
    from = 0,
    together = 1,
  ): Stmt[] {
    const main = extent - ((extent - from) % lanes)
    const before: Stmt[] = []
    const turn = (i: Expr): Stmt[] =>
      storesLast(
        Array.from({ length: together }, (_, t) => body(add(i, t * lanes * ELEMENT), lanes, before)).flat(),
      )
    const turned = together === 1 ? from : extent - ((extent - from) % (lanes * together))
    const vectors = [
      ...this.over(turned, lanes * together, turn, from, 'vector'),
      ...this.over(main, lanes, i => body(i, lanes, before), turned, 'vector'),
    ]
    const beforeTail: Stmt[] = []
    const tail = this.over(extent, 1, i => body(i, 1, beforeTail), main)
    return [...before, ...vectors, ...beforeTail, ...tail]
  }

  /** The frame at a point of the space: `vectorDim` carries the lanes, `innermost` is the loop around the body. */
  frame(
    index: ReadonlyMap<number, Expr>,
    vectorDim: number | undefined,
    lanes: Lanes,
    body: Stmt[],
    before: Stmt[],
    innermost = vectorDim,
  ): Frame {
    const place = (view: View): Place => {
      const strides = [...index.keys()].map(d => at(view.strides, d))
      return {
        ...weightedSum([...index.values()], strides),
        laneStride: vectorDim === undefined ? 0 : at(view.strides, vectorDim),
        moves: innermost === undefined || at(view.strides, innermost) !== 0,
      }
    }
    return { lanes, place, body, before, fresh: () => this.fresh('v') }
  }
}
