/** Whose mistake a fault is: the user's, ours (`bug`), or a known limit of densor (`limitation`). */
export type FaultKind = 'user' | 'bug' | 'limitation'

export interface FaultDetails {
  /** Further facts, a sentence each. */
  readonly notes?: readonly string[]
  /** What to do about it, as an imperative sentence. */
  readonly suggestion?: string
}

/**
 * The error of densor as a value: its kind, a stable `code`, one sentence (`message`), notes, and what to do
 * (`suggestion`). Functions that can fail return an Either with it.
 *
 * @example
 * ```ts
 * import { Fault, tensor } from 'densor'
 *
 * const made = tensor([2, 2], [1, 2, 3])
 * if (made._tag === 'Left' && made.left instanceof Fault) console.log(made.left.code) // wrong-length
 * ```
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly kind: FaultKind
  readonly code: string
  readonly notes: readonly string[]
  readonly suggestion: string | undefined

  constructor(kind: FaultKind, code: string, sentence: string, details: FaultDetails = {}) {
    super(sentence)
    this.kind = kind
    this.code = code
    this.notes = details.notes ?? []
    this.suggestion = details.suggestion
    if (kind === 'bug') return
    // Thrown by what a user calls directly, as `add`, it is printed as a sentence, like a `FaultError`.
    this.stack = describeFault(this)
    for (const name of ['name', 'kind', 'code', 'notes', 'suggestion'])
      Object.defineProperty(this, name, { enumerable: false })
  }
}

/**
 * Makes the fault for a mistake in what the user wrote or passed. `code` is in kebab-case and stable.
 *
 * @example
 * ```ts
 * import { userFault } from 'densor/runtime'
 *
 * throw userFault('bad-rate', 'blur: the rate is -1', { suggestion: 'give a rate of at least 0' })
 * ```
 */
export const userFault = (code: string, sentence: string, details?: FaultDetails): Fault =>
  new Fault('user', code, sentence, details)

/**
 * Makes the fault for a documented limitation: something that densor does not support.
 *
 * @example
 * ```ts
 * import { limitation } from 'densor/runtime'
 *
 * throw limitation('no-webgpu', 'blur: there is only a version for the CPU')
 * ```
 */
export const limitation = (code: string, sentence: string, details?: FaultDetails): Fault =>
  new Fault('limitation', code, sentence, details)

/**
 * Makes the fault for a mistake of densor itself; its text asks the user to report it.
 *
 * @example
 * ```ts
 * import { bug } from 'densor/runtime'
 *
 * throw bug('the plan has no output')
 * ```
 */
export const bug = (sentence: string, details?: FaultDetails): Fault =>
  new Fault('bug', 'bug', sentence, details)

/**
 * The text of a fault: its sentence and code, its notes, and what to do.
 *
 * @example
 * ```ts
 * import { describeFault, tensor } from 'densor'
 *
 * const made = tensor([2, 2], [1, 2, 3])
 * if (made._tag === 'Left') console.log(describeFault(made.left))
 * ```
 */
export const describeFault = (fault: Fault): string =>
  [
    `${fault.message} [${fault.code}]`,
    ...fault.notes.map(note => `  note: ${note}`),
    ...(fault.suggestion === undefined ? [] : [`  try: ${fault.suggestion}`]),
    ...(fault.kind === 'bug'
      ? ['  This is a bug in densor: please report it with the program that caused it.']
      : []),
  ].join('\n')

/**
 * What `unwrap`, `run`, an awaited task and constructors throw: an error whose message is the whole text of a
 * `Fault`. Printed by Node, it has a stack only if the fault is a bug of densor.
 *
 * @example
 * ```ts
 * import { FaultError, tensor, unwrap } from 'densor'
 *
 * try {
 *   unwrap(tensor([2, 2], [1, 2, 3]))
 * } catch (error) {
 *   if (error instanceof FaultError) console.log(error.fault.code, error.fault.suggestion)
 * }
 * ```
 */
export class FaultError extends Error {
  readonly #fault: Fault

  constructor(fault: Fault) {
    super(describeFault(fault))
    this.#fault = fault
    // A user's mistake is in the message; only a bug of ours is worth its stack.
    this.stack = fault.kind === 'bug' ? `${this.message}\n${fault.stack ?? ''}` : this.message
  }

  /** The fault itself, with its code, notes and suggestion. */
  get fault(): Fault {
    return this.#fault
  }
}
