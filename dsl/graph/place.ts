/** Where in a model a mistake was made. */
import { Fault, userFault } from '../../runtime/fault.js'

/** Runs `body`; a user's fault inside gets a note that names the layer. */
export const inLayer = <T>(key: string | undefined, kind: string, body: () => T): T => {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'user' || key === undefined) throw error
    throw new Fault(error.kind, error.code, error.message, {
      notes: [...error.notes, `in layer '${key}' (${kind})`],
      ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
    })
  }
}

/** Runs a function that the user wrote: what it throws is the user's to mend, and no bug of densor. */
export const inOwnCode = <T>(what: string, body: () => T): T => {
  try {
    return body()
  } catch (error) {
    if (error instanceof Fault) throw error
    // What `unwrap` throws holds the fault that the user's own code met.
    if (error instanceof Error && 'fault' in error && error.fault instanceof Fault) throw error.fault
    const message = error instanceof Error ? error.message : String(error)
    throw userFault('own-code-throws', `${what} throws: ${message}`, { notes: placeOf(error) })
  }
}

/** The same for a function that may return a promise, which is awaited. */
export const inOwnCodeAwaited = async (what: string, body: () => unknown): Promise<void> => {
  let result: unknown
  inOwnCode(what, () => {
    result = body()
  })
  if (typeof result !== 'object' || result === null || !('then' in result)) return
  try {
    await result
  } catch (error) {
    inOwnCode(what, () => {
      throw error
    })
  }
}

/** The line that threw, as the stack's first names it. */
const placeOf = (error: unknown): readonly string[] => {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const first = stack.split('\n').find(line => /^\s+at /.test(line))
  return first === undefined ? [] : [first.trim()]
}
