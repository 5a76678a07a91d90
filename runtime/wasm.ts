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

/**
 * Compiles the WebAssembly of a plan and binds it to the memory of an arena, synchronously. Throws a `Fault`
 * `wasm-rejected` if the engine cannot run it, and `wasm-forbidden` if the page's policy forbids it.
 *
 * @example
 * ```ts
 * import { Arena, instantiateWasm, type Plan } from 'densor/runtime'
 *
 * export const runOnce = ({ code }: Plan): void => {
 *   if (code instanceof Uint8Array) instantiateWasm(code, new Arena()).step()
 * }
 * ```
 */
export const instantiateWasm = (code: Uint8Array<ArrayBuffer>, arena: Arena): Executor => {
  const executor = executorOf(instantiateModule(code, arena.memory).exports)
  if (executor === undefined) throw bug('the WebAssembly of the plan exports no step')
  return executor
}
