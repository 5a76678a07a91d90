/** How values of files are read and shown in messages: short, whatever they are. */
import { userFault } from '../../runtime/fault.js'

/** A text, cut where it is long. */
export const brief = (text: string, most = 60): string =>
  text.length > most ? `${text.slice(0, most - 3)}...` : text

/** A value in a few words, however large or deep it is. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return brief(typeof value === 'string' ? JSON.stringify(brief(value)) : String(value))
}

/** `JSON.parse`, with a fault `malformed-file` that names the file. */
export const parseJson = (text: string, file: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw userFault(
      'malformed-file',
      `${file} is not JSON: ${brief(thrown instanceof Error ? thrown.message : String(thrown), 200)}`,
      {
        suggestion: 'check that the file is complete and is the one you meant',
      },
    )
  }
}
