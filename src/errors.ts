import type * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { bug, describeFault, Fault, userFault } from '../runtime/fault.js'

// What fp-ts's own constructors give, plain data: its modules are dozens of files to load before the first line runs.
const left = <L>(value: L): E.Either<L, never> => ({ _tag: 'Left', left: value })
const right = <A>(value: A): E.Either<never, A> => ({ _tag: 'Right', right: value })

/** The value of `body`, or the `Fault` it threw; any other exception is a bug of densor and becomes one. */
export const attempt = <A>(body: () => A): E.Either<Fault, A> => {
  try {
    return right(body())
  } catch (thrown) {
    return left(faultOf(thrown))
  }
}

/** Like `attempt`, for work that takes time: nothing happens before the task is run. */
export const attemptAsync =
  <A>(body: () => Promise<A>): TE.TaskEither<Fault, A> =>
  async () => {
    try {
      return right(await body())
    } catch (thrown) {
      return left(faultOf(thrown))
    }
  }

const faultOf = (thrown: unknown): Fault => {
  if (thrown instanceof Fault) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const fault = bug(`an unexpected exception: ${message}`)
  if (thrown instanceof Error && thrown.stack !== undefined) fault.stack = thrown.stack
  return fault
}

/** What `unwrap` and `run` throw: printed by Node, it reads like `describeFault`, without a stack. */
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

/** The value of a Right; throws a readable `FaultError` for a Left. For scripts. */
export const unwrap = <A>(either: E.Either<Fault, A>): A => {
  if (typeof either === 'function')
    throw new FaultError(
      userFault('task-not-run', 'unwrap: this is a task, which has not run yet', {
        suggestion: 'write await run(…)',
      }),
    )
  if (either._tag === 'Left') throw new FaultError(either.left)
  return either.right
}

/** Runs a task and unwraps it: `const fitted = await run(fit(…))`. For scripts. */
export const run = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => {
  if (typeof task !== 'function')
    throw new FaultError(
      userFault('not-a-task', 'run: this is no task; its result is there already', {
        suggestion: 'write unwrap(…)',
      }),
    )
  return unwrap(await task())
}
