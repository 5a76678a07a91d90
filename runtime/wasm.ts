import type { Arena } from './arena.js'
import { type Executor, executorOf } from './executor.js'
import { bug, type Fault, limitation } from './fault.js'
import { wasmForbidden } from './forbidden.js'
import { type CompiledModule, type LinearMemory, webAssembly } from './webassembly.js'

const noEngine = (notes: readonly string[]): Fault =>
  limitation('wasm-rejected', 'This JavaScript engine does not run the WebAssembly of the plan.', {
    notes,
    suggestion: 'Use an engine with WebAssembly SIMD, or compile for the js target.',
  })

/** A module, and its exports over a memory. Throws `wasm-forbidden` and `wasm-rejected`, with the engine's words. */
export const instantiateModule = (
  code: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
): { readonly module: CompiledModule; readonly exports: Readonly<Record<string, unknown>> } => {
  if (webAssembly === undefined) throw noEngine(['It has no WebAssembly.'])
  try {
    const module = new webAssembly.Module(code)
    return { module, exports: new webAssembly.Instance(module, { env: { memory } }).exports }
  } catch (error) {
    throw wasmForbidden(error) ?? noEngine([error instanceof Error ? error.message : String(error)])
  }
}

/** Compiles the bytes of a plan and binds them to the arena's memory, synchronously. */
export const instantiateWasm = (code: Uint8Array<ArrayBuffer>, arena: Arena): Executor => {
  const executor = executorOf(instantiateModule(code, arena.memory).exports)
  if (executor === undefined) throw bug('the WebAssembly of the plan exports no step')
  return executor
}
