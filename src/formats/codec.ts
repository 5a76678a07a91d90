import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { userFault } from '../../runtime/fault.js'

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/**
 * Where a value departs from its codec: one line for each place, e.g. `history.loss[3]: expected number,
 * received "x"`.
 */
export const mismatches = (errors: t.Errors): readonly string[] => {
  const lines = errors.map(({ context, value, message }) => {
    const path = context
      .slice(1)
      .filter(entry => entry.key !== '')
      .map(entry => (/^\d+$/.test(entry.key) ? `[${entry.key}]` : `.${entry.key}`))
      .join('')
      .replace(/^\./, '')
    const expected =
      message ?? `expected ${context.at(-1)?.type.name ?? 'something else'}, received ${show(value)}`
    return path === '' ? expected : `${path}: ${expected}`
  })
  return [...new Set(lines)]
}

/**
 * The value if the codec accepts it; otherwise throws `malformed-file`, naming the file and each departure.
 */
export const decodeOrThrow = <A>(codec: t.Type<A, unknown, unknown>, value: unknown, file: string): A => {
  const decoded = codec.decode(value)
  if (E.isRight(decoded)) return decoded.right
  throw userFault('malformed-file', `${file} does not hold a ${codec.name}`, {
    notes: mismatches(decoded.left).slice(0, 20),
    suggestion: 'write the file again with densor, or check that it is the file you meant',
  })
}

/** `JSON.parse`, with a fault `malformed-file` that names the file. */
export const parseJson = (text: string, file: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw userFault(
      'malformed-file',
      `${file} is not JSON: ${thrown instanceof Error ? thrown.message : thrown}`,
      {
        suggestion: 'check that the file is complete and is the one you meant',
      },
    )
  }
}
