import type { Bound } from './wasm.js'

/** The global that Node and Bun have, and pages have not. */
interface NodeBytes {
  readonly Buffer?: {
    readonly from: (
      memory: ArrayBuffer,
      address: number,
    ) => { readonly write: (text: string, encoding: 'base64') => number }
  }
}

/** What newer engines have. */
interface Base64Bytes extends Uint8Array {
  readonly setFromBase64?: (text: string) => { readonly written: number }
}

/** Puts bytes that stand in a module's source as base64 straight into the memory, one piece after the other. */
export const putBase64 = ({ buffer }: Bound['memory'], address: number, pieces: readonly string[]): void => {
  // the one typed edge: what is not there is undefined
  const { Buffer: node } = globalThis as NodeBytes
  for (const text of pieces) {
    const bytes: Base64Bytes = new Uint8Array(buffer, address)
    if (bytes.setFromBase64) address += bytes.setFromBase64(text).written
    else if (node) address += node.from(buffer, address).write(text, 'base64')
    else {
      const chars = atob(text)
      for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i)
      address += chars.length
    }
  }
}

/** So many bytes that stand in a module's source as base64. */
export const fromBase64 = (length: number, pieces: readonly string[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  putBase64(bytes, 0, pieces)
  return bytes
}

/**
 * Code that stands in a module's source. A byte is a character from "$" on where, 3 added, it is below 91: 0xfd, with
 * which a vector instruction begins, and small numbers. A blank before it adds 91, a "!" 182. Unlike base64 this leaves
 * bytes whole, so that they compress as well as they would in a file.
 */
export const fromText = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes: number[] = []
  let more = -3
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 36
    if (digit < 0) more = 91 * (digit + 5) - 3
    else {
      bytes.push(digit + more)
      more = -3
    }
  }
  return Uint8Array.from(bytes)
}
