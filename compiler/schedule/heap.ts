/** Items by a number each, the one with the least comes first. */
export class Heap<T> {
  readonly #items: { readonly rank: number; readonly item: T }[] = []

  push(rank: number, item: T): void {
    const items = this.#items
    const entry = { rank, item }
    let i = items.length
    items.push(entry)
    while (i > 0) {
      const up = (i - 1) >> 1
      const above = items[up]
      if (above === undefined || above.rank <= rank) break
      items[i] = above
      i = up
    }
    items[i] = entry
  }

  /** The item with the least number, taken out; undefined where none is left. */
  pop(): T | undefined {
    const items = this.#items
    const [first] = items
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first?.item
    let i = 0
    for (;;) {
      const [left, right] = [items[2 * i + 1], items[2 * i + 2]]
      const isRight = left !== undefined && right !== undefined && right.rank < left.rank
      const below = isRight ? right : left
      if (below === undefined || below.rank >= last.rank) break
      items[i] = below
      i = 2 * i + (isRight ? 2 : 1)
    }
    items[i] = last
    return first.item
  }
}
