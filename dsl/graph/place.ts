/** Where in a model a mistake was made. */
import { Fault } from '../../runtime/fault.js'

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
