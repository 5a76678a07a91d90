import type { Arena } from './arena.js'
import { sizeOf, type TypedArray } from './dtype.js'
import type { Executor } from './executor.js'
import { bug } from './fault.js'
import { instantiateJs } from './js.js'
import type { Plan, PlanPort } from './plan.js'
import { instantiateWasm } from './wasm.js'

/** A plan bound to an arena: set its input ports, run it, read its output ports. */
export interface Executable extends Executor {
  readonly plan: Plan
  /** The elements of an input or output port, in the arena: valid until the arena grows. */
  readonly port: (name: string) => TypedArray
}

/** Binds the code of a plan to an arena. */
export type Instantiate = (plan: Plan, arena: Arena) => Executor

const instantiate: Instantiate = ({ name, target, code }, arena) => {
  if (target === 'native') throw bug(`plan ${name} is native: loadNative of runtime/native loads it`)
  return typeof code === 'string' ? instantiateJs(code, arena) : instantiateWasm(code, arena)
}

/**
 * Binds the code of a plan to an arena and writes its constants there: the result runs one step and gives its
 * inputs and outputs as views. Throws a `Fault` if the engine refuses the code, or if the plan is native,
 * which `densor` itself loads.
 *
 * @example
 * ```ts
 * import { Arena, load, type Plan } from 'densor/runtime'
 *
 * export const runOnce = (plan: Plan, x: Float32Array): void => {
 *   const { port, step } = load(plan, new Arena())
 *   port('x').set(x)
 *   step()
 * }
 * ```
 */
export const load = (plan: Plan, arena: Arena, bind: Instantiate = instantiate): Executable => {
  const executor = bind(plan, arena)
  for (const { offset, data } of plan.constants) new Uint8Array(arena.buffer, offset, data.length).set(data)
  const ports = new Map<string, PlanPort>([...plan.outputs, ...plan.inputs].map(p => [p.name, p]))
  return {
    ...executor,
    plan,
    port: name => {
      const port = ports.get(name)
      if (port === undefined) throw bug(`plan ${plan.name} has no port ${name}`)
      return arena.view(port.dtype, port.offset, sizeOf(port.shape))
    },
  }
}
