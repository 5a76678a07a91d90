/** Every buffer begins on a cache line. */
const LINE = 64

export const roundUp = (bytes: number): number => Math.ceil(bytes / LINE) * LINE

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
