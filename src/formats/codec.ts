import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { userFault } from '../../runtime/fault.js'
import { brief, shown } from './shown.js'

/**
 * Where a value departs from its codec: one line for each place, e.g. `history.loss[3]: expected number,
 * received "x"`.
 */
export const mismatches = (errors: t.Errors): readonly string[] => {
  const lines = errors.slice(0, 100).map(({ context, value, message }) => {
    const path = context
      .slice(1)
      .filter(entry => entry.key !== '')
      .map(entry => (/^\d+$/.test(entry.key) ? `[${entry.key}]` : `.${entry.key}`))
      .join('')
      .replace(/^\./, '')
    const expected =
      message ?? `expected ${context.at(-1)?.type.name ?? 'something else'}, received ${shown(value)}`
    return path === '' ? expected : `${path}: ${expected}`
  })
  return [...new Set(lines)].map(line => brief(line, 200))
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
