import type { Machine, Step } from './machine.js'
import { type Part, partsOf } from './parts.js'
import type { StepProgram } from './programs.js'

/** Steps that an engine keeps; remainders of many sizes must not fill the memory. */
const STEPS_KEPT = 16

/** A machine whose plans are used again by the next call; one call at a time. */
export class Engine {
  readonly machine: Machine
  readonly #steps = new Map<string, Step>()
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(machine: Machine) {
    this.machine = machine
  }

  /** Whether it is time for a fresh engine. */
  get isFull(): boolean {
    return this.#steps.size >= STEPS_KEPT
  }

  /** Whether work is under way. */
  get isBusy(): boolean {
    return this.#waiting > 0
  }

  /** Runs `work` when all work before it is over: calls share the machine's numbers. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    const done = this.#turn.then(work).finally(() => {
      this.#waiting -= 1
    })
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** The steps of a kind for a pass over `rows` rows, compiled where they are not yet. */
  parts(
    kind: string,
    rows: number,
    batch: number,
    trace: (batch: number) => StepProgram,
  ): Promise<readonly Part[]> {
    return partsOf(rows, batch, async size => {
      const key = `${kind} ${size}`
      const known = this.#steps.get(key)
      if (known !== undefined) return known
      const step = await this.machine.load(trace(size))
      this.#steps.set(key, step)
      return step
    })
  }
}

const engines = new WeakMap<object, Map<string, Engine>>()
const identities = new WeakMap<object, number>()
let identityCount = 0

/**
 * Spells lists and records by what is in them, and functions and other objects by which one it is: a loss or an
 * optimizer that was made twice is not the same one.
 */
const spell = (part: unknown): string => {
  if (Array.isArray(part)) return `[${part.map(spell).join()}]`
  if ((typeof part !== 'object' && typeof part !== 'function') || part === null)
    return JSON.stringify(part) ?? 'none'
  if (Object.getPrototypeOf(part) === Object.prototype)
    return `{${Object.entries(part).map(([key, value]) => `${JSON.stringify(key)}:${spell(value)}`)}}`
  const known = identities.get(part) ?? ++identityCount
  identities.set(part, known)
  return `#${known}`
}

/** Engines that a model keeps, the last used ones; each holds memory. */
const ENGINES_KEPT = 8

/** The engine that this model has for this use of it; it lives as long as the model, unless others are used more. */
export const engineFor = (model: unknown, use: readonly unknown[], make: () => Machine): Engine => {
  if ((typeof model !== 'object' && typeof model !== 'function') || model === null) return new Engine(make())
  const byUse = engines.get(model) ?? new Map<string, Engine>()
  engines.set(model, byUse)
  const key = spell(use)
  const known = byUse.get(key)
  const engine = known === undefined || known.isFull ? new Engine(make()) : known
  // A Map keeps the order of insertion: the last used comes last.
  byUse.delete(key)
  byUse.set(key, engine)
  const [oldest] = byUse.keys()
  if (byUse.size > ENGINES_KEPT && oldest !== undefined) byUse.delete(oldest)
  return engine
}
