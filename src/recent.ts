/** Values under keys, of which the most recently used are kept. */
export class Recent<T extends Promise<unknown>> {
  readonly #size: number
  readonly #values = new Map<string, T>()

  constructor(size: number) {
    this.#size = size
  }

  /** The value under the key, made if it is not there; one whose promise is rejected is forgotten. */
  get(key: string, make: () => T): T {
    const known = this.#values.get(key)
    const value = known ?? make()
    // A map remembers the order of its insertions: the first is the one that was used longest ago.
    this.#values.delete(key)
    this.#values.set(key, value)
    if (known === undefined) value.catch(() => this.#forget(key, value))
    const [oldest] = this.#values.keys()
    if (this.#values.size > this.#size && oldest !== undefined) this.#values.delete(oldest)
    return value
  }

  #forget(key: string, value: T): void {
    if (this.#values.get(key) === value) this.#values.delete(key)
  }
}
