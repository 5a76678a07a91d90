import type { Machine, Step } from './machine.js'
import { type Part, partsOf } from './parts.js'
import type { StepProgram } from './programs.js'

/** Steps that an engine keeps; remainders of many sizes must not fill the memory. */
const STEPS_KEPT = 16

/** A machine whose plans are used again by the next call; one call at a time. */
export class Engine {
  readonly machine: Machine
  readonly #steps = new Map<number, Step>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(machine: Machine) {
    this.machine = machine
  }

  /** Whether it is time for a fresh engine. */
  get isFull(): boolean {
    return this.#steps.size >= STEPS_KEPT
  }

  /** Runs `work` when all work before it is over: calls share the machine's numbers. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** The steps for a pass over `rows` rows, compiled where they are not yet. */
  parts(rows: number, batch: number, trace: (batch: number) => StepProgram): Promise<readonly Part[]> {
    return partsOf(rows, batch, async size => {
      const known = this.#steps.get(size)
      if (known !== undefined) return known
      const step = await this.machine.load(trace(size))
      this.#steps.set(size, step)
      return step
    })
  }
}

const engines = new WeakMap<object, Map<string, Engine>>()
const identities = new WeakMap<object, number>()
let identityCount = 0

/** Spells strings and numbers as they are, and objects by which object it is. */
const spell = (part: unknown): string => {
  if (Array.isArray(part)) return `[${part.map(spell).join()}]`
  if ((typeof part !== 'object' && typeof part !== 'function') || part === null)
    return JSON.stringify(part) ?? 'none'
  const known = identities.get(part) ?? ++identityCount
  identities.set(part, known)
  return `#${known}`
}

/** The engine that this model has for this use of it; it lives as long as the model. */
export const engineFor = (model: unknown, use: readonly unknown[], make: () => Machine): Engine => {
  if ((typeof model !== 'object' && typeof model !== 'function') || model === null) return new Engine(make())
  const byUse = engines.get(model) ?? new Map<string, Engine>()
  engines.set(model, byUse)
  const key = spell(use)
  const known = byUse.get(key)
  if (known !== undefined && !known.isFull) return known
  const engine = new Engine(make())
  byUse.set(key, engine)
  return engine
}
