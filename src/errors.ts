import type * as E from 'fp-ts/lib/Either.js'
import { bug, Fault, FaultError, userFault } from '../runtime/fault.js'

// What fp-ts's own constructors give, plain data: its modules are dozens of files to load before the first line runs.
const left = <L>(value: L): E.Either<L, never> => ({ _tag: 'Left', left: value })
const right = <A>(value: A): E.Either<never, A> => ({ _tag: 'Right', right: value })

/**
 * Calls a function and gives an Either: what it returns, or the `Fault` that it throws. Any other exception
 * becomes a fault of kind `bug`.
 *
 * @example
 * ```ts
 * import { attempt, describeFault, earlyStopping } from 'densor'
 *
 * const made = attempt(() => earlyStopping({ monitor: 'f1' }))
 * console.log(made._tag === 'Left' ? describeFault(made.left) : 'a callback')
 * ```
 */
export const attempt = <A>(body: () => A): E.Either<Fault, A> => {
  try {
    return right(body())
  } catch (thrown) {
    return left(faultOf(thrown))
  }
}

/** Like `attempt`, for a body that takes time. */
export const settled = async <A>(body: () => Promise<A>): Promise<E.Either<Fault, A>> => {
  try {
    return right(await body())
  } catch (thrown) {
    return left(faultOf(thrown))
  }
}

const faultOf = (thrown: unknown): Fault => {
  if (thrown instanceof Fault) return thrown
  if (thrown instanceof FaultError) return thrown.fault
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const fault = bug(`an unexpected exception: ${message}`)
  if (thrown instanceof Error && thrown.stack !== undefined) fault.stack = thrown.stack
  return fault
}

export { FaultError } from '../runtime/fault.js'

/** What is wrong with an argument of `unwrap` or `run`, and what to write: a fault's sentence, and a type's. */
const WORDS = {
  unwrapTask: ['unwrap: this is a task, which has not run yet', 'write await in place of unwrap(…)'],
  unwrapPromise: ['unwrap: this is a promise, whose value is not there yet', 'write await before it'],
  unwrapValue: ['unwrap: this is not an Either', 'use it as it is'],
  runEither: ['run: this is an Either, whose value is there already', 'write unwrap(…)'],
  runPromise: ['run: this is a promise, which runs already', 'write await alone'],
  runValue: ['run: this is not a task', 'pass what fit(…), predict(…) and the like return'],
} as const

type Words<K extends keyof typeof WORDS> = `${(typeof WORDS)[K][0]}; ${(typeof WORDS)[K][1]}`

const refusal = (code: string, [sentence, suggestion]: (typeof WORDS)[keyof typeof WORDS]): FaultError =>
  new FaultError(userFault(code, sentence, { suggestion }))

/** What `unwrap` takes: an Either as it is; anything else becomes the sentence that refuses it. */
export type Unwrappable<G> =
  G extends E.Either<unknown, unknown>
    ? G
    : G extends () => PromiseLike<unknown>
      ? Words<'unwrapTask'>
      : G extends PromiseLike<unknown>
        ? Words<'unwrapPromise'>
        : Words<'unwrapValue'>

/** What `run` takes: a task as it is; anything else becomes the sentence that refuses it. */
export type Runnable<G> = G extends () => PromiseLike<E.Either<unknown, unknown>>
  ? G
  : G extends E.Either<unknown, unknown>
    ? Words<'runEither'>
    : G extends PromiseLike<unknown>
      ? Words<'runPromise'>
      : Words<'runValue'>

/** The value that an Either, a promise or a task holds; of a refused argument too, so that it is refused once. */
export type ValueIn<G> =
  G extends E.Right<infer A>
    ? A
    : G extends E.Left<unknown>
      ? never
      : G extends () => PromiseLike<infer R>
        ? ValueIn<R>
        : G extends PromiseLike<infer R>
          ? ValueIn<R>
          : G

const isEither = (given: unknown): given is E.Either<Fault, unknown> =>
  typeof given === 'object' &&
  given !== null &&
  '_tag' in given &&
  (given._tag === 'Left' || given._tag === 'Right')

const isThenable = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && 'then' in given && typeof given.then === 'function'

/**
 * The value of an Either that succeeded; otherwise it throws the fault as a readable `FaultError`. For
 * scripts, where a mistake may end the program.
 *
 * @example
 * ```ts
 * import { tensor, unwrap } from 'densor'
 *
 * console.log(unwrap(tensor([2, 2], [1, 2, 3, 4])).dims)
 * ```
 */
export const unwrap = <G>(either: Unwrappable<G>): ValueIn<G> => {
  const given: unknown = either
  if (typeof given === 'function') throw refusal('task-not-run', WORDS.unwrapTask)
  if (isThenable(given)) throw refusal('promise-not-awaited', WORDS.unwrapPromise)
  if (!isEither(given)) throw refusal('not-an-either', WORDS.unwrapValue)
  if (given._tag === 'Left') throw new FaultError(given.left)
  // The typed edge: ValueIn<G> is what the Right of G holds.
  return given.right as ValueIn<G>
}

/**
 * Runs a task, densor's own or one that fp-ts made of it, and gives its value; throws a readable `FaultError`
 * if it fails. `await run(fit(…))` is the same as `await fit(…)`, except that a task trains again at each
 * `run`.
 *
 * @example
 * ```ts
 * import { dense, init, input, predict, run, sequential, unwrap } from 'densor'
 * import { map } from 'fp-ts/lib/TaskEither.js'
 *
 * const model = sequential(input(2), dense(1))
 * const answer = predict(model, unwrap(init(model)), [[3, 4]])
 * console.log(await run(map((y: Awaited<typeof answer>) => y.dims)(answer))) // [1, 1]
 * ```
 */
export const run = async <G>(task: Runnable<G>): Promise<ValueIn<G>> => {
  const given: unknown = task
  if (isEither(given)) throw refusal('not-a-task', WORDS.runEither)
  if (isThenable(given)) throw refusal('not-a-task', WORDS.runPromise)
  const result: unknown = typeof given === 'function' ? await given() : undefined
  if (!isEither(result)) throw refusal('not-a-task', WORDS.runValue)
  if (result._tag === 'Left') throw new FaultError(result.left)
  return result.right as ValueIn<G>
}
