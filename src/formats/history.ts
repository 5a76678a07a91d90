import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import type { Fault } from '../../runtime/fault.js'
import { attemptAsync } from '../errors.js'
import type { History } from '../train/history.js'
import { decodeOrThrow, parseJson } from './codec.js'
import { readText, writeFileAtomic } from './files.js'

/** What `history.json` holds. */
export interface HistoryFile extends History {
  readonly testLoss?: number
  readonly testAccuracy?: number
}

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
export const HistoryCodec = t.refinement(
  Columns,
  ({ epoch, history, seconds }) =>
    [seconds, ...Object.values(history)].every(column => column.length === epoch.length),
  'training history with one number an epoch in each column',
)

/** Writes `history.json`, whole or not at all. Left: `unwritable-file`. */
export const saveHistory = (path: string, history: HistoryFile): TE.TaskEither<Fault, void> =>
  attemptAsync(() => {
    const { epoch, history: columns, seconds, stopped, testLoss, testAccuracy } = history
    const file = {
      epoch: epoch.map(n => Math.trunc(n)),
      history: columns,
      seconds,
      ...(stopped === undefined ? {} : { stopped }),
      ...(testLoss === undefined ? {} : { testLoss }),
      ...(testAccuracy === undefined ? {} : { testAccuracy }),
    }
    return writeFileAtomic(path, `${JSON.stringify(file, spelled, 2)}\n`)
  })

const spelled = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

/** Reads `history.json`. Left: `unreadable-file`, `malformed-file` with every place that departs. */
export const loadHistory = (path: string): TE.TaskEither<Fault, HistoryFile> =>
  attemptAsync(async () => {
    const file: t.TypeOf<typeof Columns> = decodeOrThrow(
      HistoryCodec,
      parseJson(await readText(path), path),
      path,
    )
    const { stopped, testLoss, testAccuracy, ...rest } = file
    return {
      ...rest,
      ...(stopped === undefined ? {} : { stopped }),
      ...(testLoss === undefined ? {} : { testLoss }),
      ...(testAccuracy === undefined ? {} : { testAccuracy }),
    }
  })
