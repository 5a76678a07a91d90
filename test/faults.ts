/** The fault that something throws: for tests of what is refused. */
import { Fault } from '../runtime/fault.js'

/** The fault that `body` throws. Fails if it throws another exception, or none. */
export const faultOf = (body: () => unknown): Fault => {
  try {
    body()
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}
