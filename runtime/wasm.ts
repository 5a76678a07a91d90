import type { Arena } from './arena.js'
import { type Executor, executorOf } from './executor.js'
import { bug, type Fault, limitation } from './fault.js'
import { type LinearMemory, webAssembly } from './webassembly.js'

const noEngine = (notes: readonly string[]): Fault =>
  limitation('wasm-rejected', 'This JavaScript engine does not run the WebAssembly of the plan.', {
    notes,
    suggestion: 'Use an engine with WebAssembly SIMD, or compile for the js target.',
  })

const instantiate = (
  code: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
): Readonly<Record<string, unknown>> => {
  if (webAssembly === undefined) throw noEngine(['It has no WebAssembly.'])
  try {
    return new webAssembly.Instance(new webAssembly.Module(code), { env: { memory } }).exports
  } catch (error) {
    throw noEngine([error instanceof Error ? error.message : String(error)])
  }
}

/** Compiles the bytes of a plan and binds them to the arena's memory, synchronously. */
export const instantiateWasm = (code: Uint8Array<ArrayBuffer>, arena: Arena): Executor => {
  const executor = executorOf(instantiate(code, arena.memory))
  if (executor === undefined) throw bug('the WebAssembly of the plan exports no step')
  return executor
}
