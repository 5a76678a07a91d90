import { type Task, taskOf } from '../task.js'
import type { History } from '../train/history.js'
import { readText, writeFileAtomic } from './files.js'

/** What `history.json` holds. */
export interface HistoryFile extends History {
  readonly testLoss?: number
  readonly testAccuracy?: number
}

/** Writes `history.json`, whole or not at all. Left: `unwritable-file`. */
export const saveHistory = (path: string, history: HistoryFile): Task<void> =>
  taskOf('saveHistory', () => {
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
export const loadHistory = (path: string): Task<HistoryFile> =>
  taskOf('loadHistory', async () => {
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
