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
  'onnxruntime-node': 'onnxruntime-node (native)',
  jax: 'JAX (native)',
  torch: 'PyTorch (native)',
  'plain-js': 'plain JS',
}

/** Those on two threads, beside densor on one. */
const pairs = {
  densor: 'densor (wasm), one',
  'densor-2': 'densor (wasm), two',
  'densor-native': 'densor (native), one',
  'densor-native-2': 'densor (native), two',
  'jax-2': 'JAX (native), two',
  'torch-2': 'PyTorch (native), two',
}

/** What each case is, for somebody who has not read bench/README.md. */
const labels = {
  W1: 'training 784-512-256-10, batch 128',
  'W1-compile': 'compiling that training step',
  'W1-compile-cached': 'the same in a later process',
  'W2-b1': 'inference of it, batch 1',
  'W2-b256': 'inference of it, batch 256',
  W3: 'training 2-8-1, batch 4',
  W4: 'training two convolutions and a dense layer, batch 64',
  W5: 'a pointwise function of 10⁶ values',
  'W5-resident': 'the same, data staying where it is',
  GEMM: 'product of two 1024 × 1024 matrices',
  'GEMM-resident': 'the same, data staying where it is',
}

const units = { us: 'µs' }

const number = value => {
  if (value < 1000) return String(Number(value.toPrecision(3)))
  return Number(value.toPrecision(3)).toLocaleString('en-US').replaceAll(',', ' ')
}

/** A line of a table: what it is about, and which rows hold its figures. */
const lineOf = ({ id, workload, metric, unit, better }) => ({
  label: labels[id] ?? id,
  workload,
  metric,
  unit,
  best: better === 'more' ? 'more is better' : 'less is better',
})

const memory = {
  label: 'peak memory of that training',
  workload: 'W1',
  metric: 'peak RSS',
  unit: 'MiB',
  best: 'less is better',
}

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

/** The tables as Markdown: everybody on one thread; then what a second thread brings, where that was measured. */
export const toMarkdown = rows => {
  const [training, ...others] = cases.map(lineOf)
  const single = tableOf(rows, 'one thread', columns, [training, memory, ...others])
  if (!rows.some(row => row.threads === 2)) return single
  const threaded = cases.filter(({ id }) => ['W1', 'W4'].includes(id)).map(lineOf)
  return `${single}\n\n${tableOf(rows, 'one and two threads', pairs, threaded)}`
}

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
