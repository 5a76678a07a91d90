/** A buffer's life: bytes, from the kernel that writes it first to the one that reads it last. */
export interface Span {
  readonly bytes: number
  readonly first: number
  readonly last: number
}

/** Every buffer begins on a cache line. */
const LINE = 64

export const roundUp = (bytes: number): number => Math.ceil(bytes / LINE) * LINE

/**
 * Offsets for buffers such that no two that live at once overlap: largest first, each at the lowest gap
 * (greedy by size, Pisarchyk and Lee 2020).
 */
export const allot = (
  spans: readonly Span[],
): { readonly offsets: ReadonlyMap<Span, number>; readonly bytes: number } => {
  const offsets = new Map<Span, number>()
  const placed: Span[] = []
  let bytes = 0
  for (const span of [...spans].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const rivals = placed
      .filter(p => p.first <= span.last && span.first <= p.last)
      .map(p => ({ from: offsets.get(p) ?? 0, to: (offsets.get(p) ?? 0) + p.bytes }))
      .sort((a, b) => a.from - b.from)
    let offset = 0
    for (const { from, to } of rivals) {
      if (offset + span.bytes <= from) break
      offset = Math.max(offset, to)
    }
    offsets.set(span, offset)
    placed.push(span)
    bytes = Math.max(bytes, offset + span.bytes)
  }
  return { offsets, bytes }
}

/** Where something lies before the plan has an address: bytes from its base, or an address that others gave. */
export interface Place {
  readonly offset: number
  readonly owned: boolean
}

/** Hands out places that last as long as the plan. */
export class FixedRegion {
  readonly #resident: Readonly<Record<string, number>>
  used = 0

  constructor(resident: Readonly<Record<string, number>>) {
    this.#resident = resident
  }

  take(bytes: number): Place {
    const offset = this.used
    this.used += roundUp(bytes)
    return { offset, owned: true }
  }

  port(name: string, bytes: number): Place {
    const address = this.#resident[name]
    return address === undefined ? this.take(bytes) : { offset: address, owned: false }
  }
}
