import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Fault } from '../../runtime/fault.js'
import { attemptAsync } from '../errors.js'
import { writeFileAtomic } from '../formats/files.js'
import { type Report, renderReport } from './page.js'

/**
 * Writes a report page, whole or not at all; it opens from disk without a network. Left: `unwritable-file`.
 */
export const saveReport = (path: string, report: Report): TE.TaskEither<Fault, void> =>
  attemptAsync(() => writeFileAtomic(path, renderReport(report)))
