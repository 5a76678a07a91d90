import { type Task, taskOf } from '../task.js'
import type { History } from '../train/history.js'
import { readText, writeFileAtomic } from './files.js'

/** The contents of a history file: a history, and scores on test data if there are any. */
export interface HistoryFile extends History {
  readonly testLoss?: number
  readonly testAccuracy?: number
}

/**
 * Writes the history of a training to a JSON file, whole or not at all. Fails with a user fault
 * `unwritable-file` if the file cannot be written.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveHistory, sequential } from 'densor'
 *
 * const options = { loss: 'meanSquaredError', epochs: 5, verbose: 'silent' } as const
 * const { history } = await fit(sequential(input(1), dense(1)), { x: [[0], [1]], y: [[1], [3]] }, options)
 * await saveHistory('history.json', history)
 * ```
 */
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

/**
 * Reads a history that `saveHistory` wrote. Fails with a user fault `unreadable-file` if the file cannot be
 * read, and `malformed-file`, which lists every wrong entry, if it is not a history.
 *
 * @example
 * ```ts
 * import { loadHistory } from 'densor'
 *
 * const { epoch, history } = await loadHistory('history.json')
 * console.log(epoch.length, history.loss?.at(-1))
 * ```
 */
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
