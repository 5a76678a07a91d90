/**
 * Writes the speed table of the README from the rows of a run on this machine:
 *   npm run bench -- --json out/bench.json && node bench/readme-table.js out/bench.json
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { argv, version } from 'node:process'
import { cases } from './workloads.js'

const BEGIN = '<!-- speed: written by bench/readme-table.js -->'
const END = '<!-- /speed -->'

/** The peers that the README shows, by column; all of them are in the full table. */
const columns = {
  densor: 'densor (wasm)',
  'densor-native': 'densor (native)',
  'jax-js': 'jax-js',
  'tfjs-wasm': 'tfjs (wasm)',
  'onnxruntime-web': 'onnxruntime-web',
  torch: 'PyTorch (native)',
}

/** What each case that the README shows is, for somebody who has not read bench/README.md. */
const labels = {
  W1: 'training 784-512-256-10, batch 128',
  'W2-b1': 'inference of it, batch 1',
  W4: 'training two convolutions and a dense layer, batch 64',
}

const units = { us: 'µs' }

const number = value => {
  if (value < 1000) return String(Number(value.toPrecision(3)))
  return Number(value.toPrecision(3)).toLocaleString('en-US').replaceAll(',', ' ')
}

/** A line of a table: what it is about, and which rows hold its figures. */
const lineOf = ({ id, workload, metric, unit, better }) => ({
  label: labels[id],
  workload,
  metric,
  unit,
  best: better === 'more' ? 'more is better' : 'less is better',
})

/** One table as Markdown; a peer that has no figure on a line has a dash, one that has none has no column. */
const tableOf = (rows, title, heads, lines) => {
  const figure = (line, peer) =>
    rows.find(row => row.peer === peer && row.workload === line.workload && row.metric === line.metric)?.value
  const shown = lines.filter(line => Object.keys(heads).some(peer => figure(line, peer) !== undefined))
  const peers = Object.keys(heads).filter(peer => shown.some(line => figure(line, peer) !== undefined))
  const text = shown.map(line => {
    const cells = peers.map(peer => {
      const value = figure(line, peer)
      return value === undefined ? '–' : number(value)
    })
    return `| ${line.label} (${units[line.unit] ?? line.unit}, ${line.best}) | ${cells.join(' | ')} |`
  })
  return [
    `| ${title} | ${peers.map(peer => heads[peer]).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(peers.length)}`,
    ...text,
  ].join('\n')
}

/** The table as Markdown: everybody on one thread. */
export const toMarkdown = rows =>
  tableOf(rows, 'one thread', columns, cases.filter(({ id }) => id in labels).map(lineOf))

/** `readme` with the table between its two marks. */
export const withTable = (readme, rows, machine) => {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`README.md lacks the marks ${BEGIN} and ${END}`)
  return `${readme.slice(0, from + BEGIN.length)}\n${toMarkdown(rows)}\n\nMeasured on ${machine}.\n${readme.slice(to)}`
}

const [, , file] = argv
if (file === undefined) throw new Error('usage: node bench/readme-table.js ROWS.json')
const readme = new URL('../README.md', import.meta.url)
const machine = `${cpus()[0]?.model ?? 'an unknown processor'}, Node ${version}, ${new Date().toISOString().slice(0, 10)}`
writeFileSync(
  readme,
  withTable(readFileSync(readme, 'utf8'), JSON.parse(readFileSync(file, 'utf8')), machine),
)
