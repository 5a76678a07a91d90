import fc from 'fast-check'

/** The value, which fast-check shows as `text` where it fails. */
export const printsAs = <T extends object>(text: string, value: T): T =>
  Object.defineProperty(value, fc.toStringMethod, { value: () => text })
