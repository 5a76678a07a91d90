import type { Bound } from './wasm.js'

/** Puts bytes into the memory, each piece at its address. */
export const put = (
  { buffer }: Bound['memory'],
  ...pieces: readonly (readonly [address: number, bytes: Uint8Array])[]
): void => {
  for (const [address, bytes] of pieces) new Uint8Array(buffer, address).set(bytes)
}
