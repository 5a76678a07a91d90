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
 * Like `attempt`, for work that takes time: a task, which does nothing before it is awaited or called.
 *
 * @example
 * ```ts
 * import { attemptAsync } from 'densor'
 *
 * const page = attemptAsync(async () => (await fetch('https://example.org')).text())
 * console.log((await page).length)
 * ```
 */
export const attemptAsync = <A>(body: () => Promise<A>): Task<A> => taskOf('attemptAsync', body)
