/** The global that Node and Bun have, and pages have not. */
interface Decoder {
  readonly Buffer?: { readonly from: (text: string, encoding: 'base64' | 'hex') => Uint8Array<ArrayBuffer> }
}

/** Bytes that stand in a module's source as base64. */
export const fromBase64 = (text: string): Uint8Array => {
  // the one typed edge: what is not there is undefined
  const { Buffer: decoder } = globalThis as Decoder
  return decoder ? decoder.from(text, 'base64') : Uint8Array.from(atob(text), c => c.charCodeAt(0))
}

/** Bytes that stand in a module's source, two hexadecimal digits each. They compress almost as well as the bytes do. */
export const fromHex = (text: string): Uint8Array<ArrayBuffer> => {
  const { Buffer: decoder } = globalThis as Decoder
  return decoder
    ? decoder.from(text, 'hex')
    : Uint8Array.from({ length: text.length / 2 }, (_, i) =>
        Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
      )
}
