import { add, i32, loop, ref } from '../loop/expr.js'
import type { Expr, Lanes, LoopKind, Stmt } from '../loop/ir.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { ELEMENT, type Frame, type Place, weightedSum } from './members.js'
import type { Range } from './threads.js'

/** Loops with at most this many trips are written out. */
export const UNROLL = 4

/** A loop in blocks of so many turns: what follows each of them, the last included. */
export interface Blocks {
  readonly turns: number
  readonly after: () => readonly Stmt[]
}

/** Reads and computations, then the writes: none of the vectors of a turn waits for another's. */
const storesLast = (body: readonly Stmt[]): Stmt[] => [
  ...body.filter(s => s.kind !== 'store'),
  ...body.filter(s => s.kind === 'store'),
]

/** Writes loops over an index space; indices count bytes of 4-byte elements, so that they add to addresses as they are. */
export class LoopWriter {
  readonly #prefix: string
  readonly #unroll: number
  #names = 0

  /** `unroll`: loops with at most so many trips are written out. */
  constructor(prefix = '', unroll = UNROLL) {
    this.#prefix = prefix
    this.#unroll = unroll
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
    blocks?: Blocks,
  ): Stmt[] {
    const trips = Math.floor((extent - from) / lanes)
    if (trips <= this.#unroll) {
      const isLast = (t: number): boolean => (t + 1) % (blocks?.turns ?? trips) === 0 || t === trips - 1
      return Array.from({ length: Math.max(0, trips) }, (_, t) => [
        ...body(i32((from + t * lanes) * ELEMENT)),
        ...(blocks !== undefined && isLast(t) ? blocks.after() : []),
      ]).flat()
    }
    const step = lanes * ELEMENT
    const turn = (first: Expr | undefined, turns: number): Stmt => {
      const name = this.fresh('i')
      const [start, index] = first === undefined ? [from * ELEMENT, ref(name)] : [0, add(first, ref(name))]
      return loop(kind, name, start, start + turns * step, step, body(index))
    }
    if (blocks === undefined) return [turn(undefined, trips)]
    // bounds stay constants: an engine then keeps what the body reads where it was
    const block = (first: Expr, turns: number): Stmt[] => [
      ...(turns === 1 ? body(first) : [turn(first, turns)]),
      ...blocks.after(),
    ]
    const [around, left] = [this.fresh('i'), trips % blocks.turns]
    const [start, end] = [from * ELEMENT, from * ELEMENT + (trips - left) * step]
    return [
      loop('serial', around, start, end, blocks.turns * step, block(ref(around), blocks.turns)),
      ...(left > 0 ? block(i32(end), left) : []),
    ]
  }

  /** Serial loops over dimensions, outermost first. */
  nest(
    dims: readonly number[],
    rangeOf: (d: number) => Range,
    index: ReadonlyMap<number, Expr>,
    body: (index: ReadonlyMap<number, Expr>) => Stmt[],
    blocksOf: (d: number) => Blocks | undefined = () => undefined,
  ): Stmt[] {
    const [d, ...rest] = dims
    if (d === undefined) return body(index)
    const { from, to } = rangeOf(d)
    const each = (i: Expr): Stmt[] => this.nest(rest, rangeOf, new Map(index).set(d, i), body, blocksOf)
    return this.over(to, 1, each, from, 'serial', blocksOf(d))
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
    blocks?: Blocks,
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
      ...this.over(main, lanes, i => body(i, lanes, before), turned, 'vector', blocks),
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
