import { type CompiledModule, type LinearMemory, webAssembly } from '../../../runtime/webassembly.js'

/** What the code of a module exports: functions without arguments, one for each step. */
export type Steps = Readonly<Record<string, () => void>>

/** Code bound to a memory of its own. */
export interface Bound {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly steps: Steps
}

/** A module, compiled or as its bytes, on a fresh memory of so many pages of 64 kB. */
export const bindWasm = (code: Uint8Array<ArrayBuffer> | CompiledModule, pages: number): Bound => {
  if (!webAssembly) throw Error('this engine has no WebAssembly: build with --target js')
  const memory: LinearMemory = new webAssembly.Memory({ initial: pages })
  const module = code instanceof Uint8Array ? new webAssembly.Module(code) : code
  // the one typed edge: the code is ours, and exports functions without arguments
  const steps = new webAssembly.Instance(module, { env: { memory } }).exports as Steps
  return { memory, steps }
}
