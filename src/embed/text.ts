/** Bytes as they stand in a module's source; `glue/bytes.ts` reads them back. */

/** Code as printable characters: what `fromText` reads. */
export const toText = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => {
    const digits = (byte + 3) & 255
    const more = Math.floor(digits / 91)
    return `${more === 0 ? '' : String.fromCharCode(31 + more)}${String.fromCharCode(36 + (digits % 91))}`
  }).join('')

/** Bytes of a piece of base64: whole triples. Engines read some strings of this size in less time than one of all. */
const PIECE = 3 * 2 ** 14

/** Bytes as pieces of base64: what `putBase64` takes. */
export const piecesOf = (bytes: Uint8Array): readonly string[] =>
  Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
    Buffer.from(bytes.subarray(i * PIECE, (i + 1) * PIECE)).toString('base64'),
  )
