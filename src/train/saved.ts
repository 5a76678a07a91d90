import type { TypedArray } from '../../runtime/dtype.js'
import type { Machine } from './machine.js'

/** Whether all elements are finite: their products with zero sum to zero. */
export const allFinite = (data: TypedArray): boolean => {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += (data[i] ?? 0) * 0
  return sum === 0
}

/** Whether the weights of a machine are finite, and its moving averages. */
export const hasFiniteWeights = (machine: Machine): boolean => {
  const names = machine.names()
  return ['params', 'state'].every(name => !names.includes(name) || allFinite(machine.shared(name)))
}

/** A copy of everything that a machine's steps change, to go back to. Its buffers are used again. */
export class Saved {
  readonly #machine: Machine
  readonly #copies = new Map<string, TypedArray>()

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Remembers the shared numbers as they are now. */
  save(): void {
    for (const name of this.#machine.names()) {
      const now = this.#machine.shared(name)
      const copy = this.#copies.get(name)
      if (copy !== undefined && copy.length === now.length) copy.set(now)
      else this.#copies.set(name, now.slice())
    }
  }

  /** Puts the remembered numbers back. */
  restore(): void {
    for (const [name, copy] of this.#copies) this.#machine.shared(name).set(copy)
  }
}
