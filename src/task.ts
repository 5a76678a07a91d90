import type { Either } from 'fp-ts/lib/Either.js'
import type { Task } from '../dsl/types/signatures-task.js'
import type { Fault } from '../runtime/fault.js'
import { settled, unwrap } from './errors.js'
import { noteTask } from './idle-tasks.js'

export type { Task } from '../dsl/types/signatures-task.js'

/** What a task has of a promise. */
const OF_PROMISES = ['then', 'catch', 'finally'] as const

/** `body` as a task of the function `name`: nothing happens before it is awaited or called. */
export const taskOf = <A>(name: string, body: () => Promise<A>): Task<A> => {
  const runs = noteTask(name)
  const call = (): Promise<Either<Fault, A>> => {
    runs()
    return settled(body)
  }
  let once: Promise<A> | undefined
  const awaited = (): Promise<A> => {
    once ??= call().then(either => unwrap(either))
    return once
  }
  const said = `a task, ${name}(…), to be awaited`
  for (const method of OF_PROMISES)
    Object.defineProperty(call, method, {
      value: (...args: readonly never[]) => Reflect.apply(Promise.prototype[method], awaited(), args),
    })
  Object.defineProperties(call, {
    name: { value: name },
    [Symbol.toStringTag]: { value: 'Task' },
    [Symbol.for('nodejs.util.inspect.custom')]: { value: () => `[${said}]` },
  })
  // It has what a promise has, which `defineProperty` does not tell the compiler.
  return call as Task<A>
}

/**
 * Like `attempt`, for a function that returns a promise: it gives a task, which does nothing until it is
 * awaited or called. A fault of what the function awaits becomes a fault of this task.
 *
 * @example
 * ```ts
 * import { attemptAsync, dense, fit, input, predict, sequential } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const answer = attemptAsync(async () => {
 *   const { weights } = await fit(model, { x: [[0], [1]], y: [[1], [3]] }, { loss: 'meanSquaredError' })
 *   return await predict(model, weights, [[2]])
 * })
 * console.log((await answer).data)
 * ```
 */
export const attemptAsync = <A>(body: () => Promise<A>): Task<A> => taskOf('attemptAsync', body)
