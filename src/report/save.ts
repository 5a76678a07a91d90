import { writeFileAtomic } from '../formats/files.js'
import { type Task, taskOf } from '../task.js'
import { type Report, renderReport } from './page.js'

/**
 * Writes a report about a training to an HTML file, whole or not at all; the page needs no network. Fails
 * with a user fault `unwritable-file` if the file cannot be written.
 *
 * @example
 * ```ts
 * import { dense, fit, input, saveReport, sequential, summary } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const options = { loss: 'meanSquaredError', epochs: 20, verbose: 'silent' } as const
 * const { history } = await fit(model, { x: [[0], [1]], y: [[1], [3]] }, options)
 * const about = { title: 'A line', lead: 'One neuron learns a line.', facts: [], settings: [] }
 * await saveReport('report.html', { ...about, history, summary: await summary(model) })
 * ```
 */
export const saveReport = (path: string, report: Report): Task<void> =>
  taskOf('saveReport', () => writeFileAtomic(path, renderReport(report)))
