/** Summaries as rows for JSON and as a table for people. */
import { markText, reached } from './marks.js'
import { self } from './peers.js'

const row = ({ peer, case: wanted }, metric, value, unit) => ({
  workload: wanted.workload,
  peer: peer.name,
  target: peer.target,
  threads: peer.threads,
  metric,
  value,
  unit,
})

/** Rows `{workload, peer, target, threads, metric, value, unit}`; a peer without a number has no row. */
export const toRows = summaries =>
  summaries
    .filter(summary => summary.value !== undefined)
    .flatMap(summary => {
      const { metric, unit } = summary.case
      const rows = [row(summary, metric, summary.value, unit)]
      for (const { over, ratio } of summary.ratios)
        rows.push(row(summary, `${metric}, ${over} / peer`, ratio, 'ratio'))
      if (summary.case.id === 'W1') rows.push(row(summary, 'peak RSS', summary.rssMiB, 'MiB'))
      return rows
    })

/** Three significant digits at least, thousands apart: `0.0123`, `56.7`, `24 012`. */
const number = value => {
  if (value >= 1000)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ' ')
  return value.toPrecision(3)
}

/** The figure that a mark is on, if this summary has it. */
const figureFor = (mark, { value, rssMiB, ratios }) => {
  if (mark.of === 'MB') return rssMiB === undefined ? undefined : (rssMiB * 2 ** 20) / 1e6
  return mark.peer === undefined ? value : ratios.find(({ over }) => over === mark.over)?.ratio
}

/** The marks on a summary with their verdicts: a ratio's on a peer's line, an absolute one on densor's. */
const verdicts = (summary, marks) =>
  marks
    .filter(mark => mark.case === summary.case.id && (mark.peer ?? mark.over) === summary.peer.name)
    .map(mark => {
      const figure = figureFor(mark, summary)
      const who = mark.peer === undefined || mark.over === self ? '' : `${mark.over} `
      const verdict = figure === undefined ? 'no figure' : reached(mark, figure) ? 'pass' : 'MISS'
      return `${who}${markText(mark)} ${verdict}`
    })

/** `2.15`, or with the row of densor that it is about where that is not the usual one. */
const ratioText = ({ over, ratio }) =>
  over === self ? number(ratio) : `${over.replace(`${self}-`, '')} ${number(ratio)}`

const line = (summary, marks) => {
  const { case: wanted, peer, value, ratios, error } = summary
  return [
    wanted.workload,
    wanted.metric,
    peer.name,
    peer.target,
    String(peer.threads),
    value === undefined ? '-' : number(value),
    wanted.unit,
    wanted.better,
    ratios.map(ratioText).join(', '),
    error ?? verdicts(summary, marks).join(', '),
  ]
}

const heads = ['load', 'metric', 'peer', 'target', 'thr', 'median', 'unit', 'better', `${self}/peer`, 'mark']
const toTheRight = new Set(['thr', 'median', `${self}/peer`])

/**
 * The table, one line a case and peer; `densor/peer` is the median of the paired ratios of the figures.
 * `marks`: those whose verdicts are shown.
 */
export const toTable = (summaries, marks) => {
  const lines = [heads, ...summaries.map(summary => line(summary, marks))]
  const widths = heads.map((_, column) => Math.max(...lines.map(cells => cells[column].length)))
  const pad = (cell, column) =>
    toTheRight.has(heads[column]) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
  const text = lines.map(cells => cells.map(pad).join('  ').trimEnd())
  return [text[0], widths.map(width => '-'.repeat(width)).join('  '), ...text.slice(1)].join('\n')
}
