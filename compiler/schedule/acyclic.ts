import { bug } from '../../runtime/fault.js'
import { at } from '../ops/tensor.js'

/** Steps of a search for a path after which two vertices are left apart, as if there were one. */
const PATIENCE = 4096

/** One side of a search for a path. */
interface Search {
  readonly start: number
  readonly end: number
  readonly mark: number
  /** Which way it goes, and which vertices stand between the two ends. */
  readonly edges: readonly (Set<number> | undefined)[]
  readonly isBetween: (label: number) => boolean
  readonly reached: number[]
  readonly stack: { readonly from: number; readonly edges: Iterator<number> }[]
}

/**
 * A graph without cycles whose vertices are merged one by one. The vertices stand in an order in which each comes
 * after those that it needs; a merge looks at what stands between the two alone, from both ends at once, and moves what
 * it found. Vertices are numbers from 0; they must be linked from lower to higher ones before the first merge.
 */
export class Acyclic {
  readonly #after: (Set<number> | undefined)[]
  readonly #before: (Set<number> | undefined)[]
  /** The order: greater labels come later, neighbours are linked. */
  readonly #label: number[]
  readonly #next: number[]
  readonly #previous: number[]
  /** The last search that reached a vertex. */
  readonly #mark: number[]
  #marks = 0

  constructor(count: number) {
    this.#after = Array.from({ length: count }, () => new Set<number>())
    this.#before = Array.from({ length: count }, () => new Set<number>())
    // two more stand at the ends, so that every vertex has neighbours
    this.#label = Array.from({ length: count + 2 }, (_, i) => (i === count + 1 ? -1 : i))
    this.#next = Array.from({ length: count + 2 }, (_, i) => (i === count + 1 ? 0 : i + 1))
    this.#previous = Array.from({ length: count + 2 }, (_, i) => (i === 0 ? count + 1 : i - 1))
    this.#mark = Array.from({ length: count }, () => 0)
  }

  /** What needs a vertex. */
  after(v: number): ReadonlySet<number> {
    return setOf(this.#after, v)
  }

  /** Says that `to` needs `from`. */
  link(from: number, to: number): void {
    setOf(this.#after, from).add(to)
    setOf(this.#before, to).add(from)
  }

  /** Makes one vertex of two, and gives its number, one of theirs; undefined, with nothing done, where that might close a cycle. */
  merge(a: number, b: number): number | undefined {
    const [low, high] = this.#labelOf(a) < this.#labelOf(b) ? [a, b] : [b, a]
    const between = this.#between(low, high)
    if (between === undefined) return undefined
    const { reached, stays } = between
    const inOrder = reached.sort((x, y) => this.#labelOf(x) - this.#labelOf(y))
    const edges = (v: number): number => setOf(this.#after, v).size + setOf(this.#before, v).size
    const [kept, gone] = edges(low) >= edges(high) ? [low, high] : [high, low]
    this.#join(kept, gone)
    if (kept !== stays) this.#move(kept, stays)
    this.#unlink(gone)
    let last = stays === high ? kept : at(this.#previous, kept)
    for (const v of inOrder) {
      this.#move(v, last)
      last = v
    }
    return kept
  }

  /**
   * Everything between `low` and `high` that needs the one, or everything there that the other needs, whichever is
   * known first; and which of the two can stay where it is when the merged one takes its place. Undefined where a path
   * leads from one to the other by way of a third vertex.
   */
  #between(low: number, high: number): { readonly reached: number[]; readonly stays: number } | undefined {
    const search = (start: number, end: number, edges: Search['edges']): Search => {
      const label = this.#labelOf(end)
      const isBetween = start === low ? (l: number) => l < label : (l: number) => l > label
      const stack = [{ from: start, edges: setOf(edges, start).values() }]
      return { start, end, mark: ++this.#marks, edges, isBetween, reached: [], stack }
    }
    const down = search(low, high, this.#after)
    const up = search(high, low, this.#before)
    for (let step = 0; step < PATIENCE; step++) {
      if (this.#meets(down, up.mark) || this.#meets(up, down.mark)) return undefined
      if (down.stack.length === 0) return { reached: down.reached, stays: high }
      if (up.stack.length === 0) return { reached: up.reached, stays: low }
    }
    return undefined
  }

  /** Looks at one more edge; true where it ends a path by way of a third vertex. */
  #meets({ start, end, mark, edges, isBetween, reached, stack }: Search, other: number): boolean {
    const top = stack.at(-1)
    const edge = top?.edges.next()
    if (top === undefined || edge === undefined || edge.done === true) {
      stack.pop()
      return false
    }
    const to = edge.value
    if (to === end) return top.from !== start
    if (!isBetween(this.#labelOf(to)) || this.#mark[to] === mark) return false
    if (this.#mark[to] === other) return true
    this.#mark[to] = mark
    reached.push(to)
    stack.push({ from: to, edges: setOf(edges, to).values() })
    return false
  }

  /** Gives the edges of one vertex to another. */
  #join(kept: number, gone: number): void {
    const swap = (edges: (Set<number> | undefined)[], back: (Set<number> | undefined)[]): void => {
      for (const v of setOf(edges, gone)) {
        const there = setOf(back, v)
        there.delete(gone)
        if (v === kept) continue
        there.add(kept)
        setOf(edges, kept).add(v)
      }
      edges[gone] = undefined
    }
    swap(this.#after, this.#before)
    swap(this.#before, this.#after)
  }

  // ---- the order

  #labelOf(v: number): number {
    return at(this.#label, v)
  }

  /** Takes a vertex out of the order. */
  #unlink(v: number): void {
    const [previous, next] = [at(this.#previous, v), at(this.#next, v)]
    this.#next[previous] = next
    this.#previous[next] = previous
  }

  /** Puts a vertex right after another one. */
  #move(v: number, previous: number): void {
    if (at(this.#previous, v) === previous) return
    this.#unlink(v)
    const next = at(this.#next, previous)
    this.#next[previous] = v
    this.#previous[v] = previous
    this.#next[v] = next
    this.#previous[next] = v
    this.#label[v] = (this.#labelOf(previous) + this.#labelOf(next)) / 2
    if (this.#labelOf(v) <= this.#labelOf(previous) || this.#labelOf(v) >= this.#labelOf(next)) this.#number()
  }

  /** Numbers the order anew: a place between two has run out of labels. */
  #number(): void {
    const end = this.#label.length - 2
    let label = 0
    for (let v = at(this.#next, end + 1); v !== end; v = at(this.#next, v)) this.#label[v] = label++
    this.#label[end] = label
  }
}

const setOf = (edges: readonly (Set<number> | undefined)[], v: number): Set<number> => {
  const set = edges[v]
  if (set === undefined) throw bug(`acyclic: vertex ${v} is merged into another`)
  return set
}
