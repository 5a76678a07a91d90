/** The graph of groups, that merges without a look at paths. */
export class Careless {
  readonly #edges: Set<number>[]

  constructor(count: number) {
    this.#edges = Array.from({ length: count }, () => new Set())
  }

  after(v: number): ReadonlySet<number> {
    return this.#edges[v] ?? new Set()
  }

  link(from: number, to: number): void {
    this.#edges[from]?.add(to)
  }

  merge(a: number, b: number): number {
    for (const to of this.after(b)) this.link(a, to)
    for (const edges of this.#edges) if (edges.delete(b)) edges.add(a)
    this.#edges[b] = new Set()
    this.#edges[a]?.delete(a)
    return a
  }
}
