/** Summaries as rows for JSON and as a table for people. */
import { marksOn, markText, reached } from './marks.js'
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
      if (summary.ratio !== undefined)
        rows.push(row(summary, `${metric}, ${self} / peer`, summary.ratio, 'ratio'))
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

/** The marks on a summary with their verdicts: a ratio's on a peer's line, an absolute one on densor's. */
const verdicts = ({ peer, case: wanted, value, ratio }) => {
  const own = peer.name === self
  const figure = own ? value : ratio
  return marksOn(wanted.id, own ? undefined : peer.name).map(mark => {
    const verdict = figure === undefined ? 'no figure' : reached(mark, figure) ? 'pass' : 'MISS'
    return `${markText(mark)} ${verdict}`
  })
}

const line = (summary, judged) => {
  const { case: wanted, peer, value, ratio, error } = summary
  return [
    wanted.workload,
    wanted.metric,
    peer.name,
    peer.target,
    String(peer.threads),
    value === undefined ? '-' : number(value),
    wanted.unit,
    wanted.better,
    ratio === undefined ? '' : number(ratio),
    error ?? (judged ? verdicts(summary).join(', ') : ''),
  ]
}

const heads = ['load', 'metric', 'peer', 'target', 'thr', 'median', 'unit', 'better', `${self}/peer`, 'mark']
const toTheRight = new Set(['thr', 'median', `${self}/peer`])

/**
 * The table, one line a case and peer; `densor/peer` is the median of the paired ratios of the figures.
 * `judged`: whether the marks and their verdicts are shown.
 */
export const toTable = (summaries, judged) => {
  const lines = [heads, ...summaries.map(summary => line(summary, judged))]
  const widths = heads.map((_, column) => Math.max(...lines.map(cells => cells[column].length)))
  const pad = (cell, column) =>
    toTheRight.has(heads[column]) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
  const text = lines.map(cells => cells.map(pad).join('  ').trimEnd())
  return [text[0], widths.map(width => '-'.repeat(width)).join('  '), ...text.slice(1)].join('\n')
}
