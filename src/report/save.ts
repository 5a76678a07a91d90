import { writeFileAtomic } from '../formats/files.js'
import { type Task, taskOf } from '../task.js'
import { type Report, renderReport } from './page.js'

/**
 * Writes a report page, whole or not at all; it opens from disk without a network. Left: `unwritable-file`.
 */
export const saveReport = (path: string, report: Report): Task<void> =>
  taskOf('saveReport', () => writeFileAtomic(path, renderReport(report)))
