import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Fault } from '../../runtime/fault.js'
import { attemptAsync } from '../errors.js'
import type { History } from '../train/history.js'
import { readText, writeFileAtomic } from './files.js'

/** What `history.json` holds. */
export interface HistoryFile extends History {
  readonly testLoss?: number
  readonly testAccuracy?: number
}

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
    // the codec is loaded when there is something to read
    const { decodeHistory } = await import('./history-codec.js')
    const { stopped, testLoss, testAccuracy, ...rest } = decodeHistory(await readText(path), path)
    return {
      ...rest,
      ...(stopped === undefined ? {} : { stopped }),
      ...(testLoss === undefined ? {} : { testLoss }),
      ...(testAccuracy === undefined ? {} : { testAccuracy }),
    }
  })
