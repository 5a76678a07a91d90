import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decodeOrThrow, parseJson } from './codec.js'

const SPELLED: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** Any number; JSON has no NaN and no infinities, so those are spelled as strings. */
const AnyNumber = new t.Type<number, number | string, unknown>(
  'number',
  (u): u is number => typeof u === 'number',
  (u, context) => {
    const value = typeof u === 'string' ? SPELLED[u] : u
    return typeof value === 'number' ? E.right(value) : t.failure(u, context)
  },
  x => (Number.isFinite(x) ? x : String(x)),
)

const Columns = t.intersection([
  t.type({
    epoch: t.readonlyArray(t.Int),
    history: t.readonly(t.record(t.string, t.readonlyArray(AnyNumber))),
    seconds: t.readonlyArray(t.number),
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

/** What the text of a `history.json` holds. Throws `malformed-file` with every place that departs. */
export const decodeHistory = (text: string, path: string): t.TypeOf<typeof Columns> =>
  decodeOrThrow(HistoryCodec, parseJson(text, path), path)
