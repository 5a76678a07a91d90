import type { Either } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../runtime/fault.js'

/**
 * Work that takes time and has not begun: a promise that starts when it is awaited, and an fp-ts `TaskEither` that runs
 * when it is called. Awaited, it gives its value or throws a `FaultError`, and runs once however often it is awaited.
 * Each call runs it anew and gives an `Either`. A task that is neither awaited nor called does nothing.
 */
export interface Task<A> extends Promise<A> {
  (): Promise<Either<Fault, A>>
}
