import type { Arena } from './arena.js'
import { type Executor, executorOf } from './executor.js'
import { bug } from './fault.js'
import { evalForbidden } from './forbidden.js'
import type { LinearMemory } from './webassembly.js'

/** What the source of the js target evaluates to: its exported functions over one memory. */
type Factory = (memory: LinearMemory) => Readonly<Record<string, unknown>>

const evaluate = (code: string): Factory => {
  try {
    // the one typed edge: the source is ours, and executorOf checks what it returns
    return new Function('memory', code) as Factory
  } catch (error) {
    throw evalForbidden(error) ?? error
  }
}

/**
 * Makes an executor of the JavaScript of a plan, the body of a function of `memory`. Throws a `Fault`
 * `eval-forbidden` in a page whose content security policy forbids `eval`; `wasm` plans do not need it.
 *
 * @example
 * ```ts
 * import { Arena, instantiateJs, type Plan } from 'densor/runtime'
 *
 * export const runOnce = ({ code }: Plan): void => {
 *   if (typeof code === 'string') instantiateJs(code, new Arena()).step()
 * }
 * ```
 */
export const instantiateJs = (code: string, arena: Arena): Executor => {
  const executor = executorOf(evaluate(code)(arena.memory))
  if (executor === undefined) throw bug('the JavaScript of the plan exports no step')
  return executor
}
