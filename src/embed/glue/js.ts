import type { Bound, Steps } from './wasm.js'

/** JavaScript code on a fresh memory of so many bytes. */
export const bindJs = (make: (memory: Bound['memory']) => Steps, bytes: number): Bound => {
  const memory = { buffer: new ArrayBuffer(bytes) }
  return { memory, steps: make(memory) }
}
