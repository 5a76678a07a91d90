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
 * Makes an executor of JavaScript source, the body of a function of `memory`. It is evaluated with `new
 * Function`, so a page whose content security policy forbids `eval` cannot use this target (`eval-forbidden`); the
 * wasm target needs none.
 */
export const instantiateJs = (code: string, arena: Arena): Executor => {
  const executor = executorOf(evaluate(code)(arena.memory))
  if (executor === undefined) throw bug('the JavaScript of the plan exports no step')
  return executor
}
