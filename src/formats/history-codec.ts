import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { userFault } from '../../runtime/fault.js'
import { decodeOrThrow } from './codec.js'
import { parseJson } from './shown.js'

const SPELLED: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** Any number; JSON has no NaN and no infinities, so those are spelled as strings. */
const AnyNumber = new t.Type<number, number | string, unknown>(
  'number',
  (u): u is number => typeof u === 'number',
  (u, context) => {
    const value = SPELLED.get(u) ?? u
    return typeof value === 'number' ? E.right(value) : t.failure(u, context)
  },
  x => (Number.isFinite(x) ? x : String(x)),
)

/** A list of which the first wrong element is told: io-ts remembers all of them, which for a large file is all memory. */
const listOf = <A extends number>(element: t.Type<A, unknown, unknown>) =>
  new t.Type<readonly A[], unknown, unknown>(
    `list of ${element.name}`,
    (u): u is readonly A[] => Array.isArray(u) && u.every(element.is),
    (u, context) => {
      if (!Array.isArray(u)) return t.failure(u, context)
      const read: A[] = []
      for (const [i, one] of u.entries()) {
        const decoded = element.validate(one, t.appendContext(context, `${i}`, element, one))
        if (E.isLeft(decoded)) return decoded
        read.push(decoded.right)
      }
      return t.success(read)
    },
    list => list.map(element.encode),
  )

/** A record of lists under any names, `__proto__` too, which io-ts's own record loses. */
const recordOf = <A>(inner: t.Type<A, unknown, unknown>) =>
  new t.Type<Readonly<Record<string, A>>, unknown, unknown>(
    `record of ${inner.name}`,
    (u): u is Readonly<Record<string, A>> =>
      typeof u === 'object' && u !== null && Object.values(u).every(inner.is),
    (u, context) => {
      if (typeof u !== 'object' || u === null || Array.isArray(u)) return t.failure(u, context)
      const read: [string, A][] = []
      for (const [name, one] of Object.entries(u)) {
        const decoded = inner.validate(one, t.appendContext(context, name, inner, one))
        if (E.isLeft(decoded)) return decoded
        read.push([name, decoded.right])
      }
      return t.success(Object.fromEntries(read))
    },
    record => record,
  )

const Columns = t.intersection([
  t.type({
    epoch: listOf(t.Int),
    history: recordOf(listOf(AnyNumber)),
    seconds: listOf(t.number),
  }),
  t.partial({ testLoss: AnyNumber, testAccuracy: AnyNumber, stopped: t.string }),
])

/** The codec of `history.json`; every column has one number for each epoch. */
const HistoryCodec = t.refinement(
  Columns,
  ({ epoch, history, seconds }) =>
    [seconds, ...Object.values(history)].every(column => column.length === epoch.length),
  'training history with one number an epoch in each column',
)

/** Far more than losses and metrics that anybody watches. */
const MOST_COLUMNS = 10_000

/** What the text of a `history.json` holds. Throws `malformed-file` with the places that depart. */
export const decodeHistory = (text: string, path: string): t.TypeOf<typeof Columns> => {
  const json = parseJson(text, path)
  const columns = typeof json === 'object' && json !== null && 'history' in json ? json.history : undefined
  const count = typeof columns === 'object' && columns !== null ? Object.keys(columns).length : 0
  if (count > MOST_COLUMNS)
    throw userFault(
      'malformed-file',
      `${path} has ${count} columns, and densor reads at most ${MOST_COLUMNS}`,
      {
        suggestion: 'check that it is the file you meant',
      },
    )
  return decodeOrThrow(HistoryCodec, json, path)
}
