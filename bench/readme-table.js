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
  densor: 'densor',
  'jax-js': 'jax-js',
  'tfjs-wasm': 'tfjs (wasm)',
  'onnxruntime-web': 'onnxruntime-web',
  'onnxruntime-node': 'onnxruntime-node (native)',
  'plain-js': 'plain JS',
}

/** What each case is, for somebody who has not read bench/README.md. */
const labels = {
  W1: 'training 784-512-256-10, batch 128',
  'W1-compile': 'compiling that training step',
  'W2-b1': 'inference of it, batch 1',
  'W2-b256': 'inference of it, batch 256',
  W3: 'training 2-8-1, batch 4',
  W5: 'a pointwise function of 10⁶ values',
  GEMM: 'product of two 1024 × 1024 matrices',
}

const units = { us: 'µs' }

const number = value => {
  if (value < 1000) return String(Number(value.toPrecision(3)))
  return Number(value.toPrecision(3)).toLocaleString('en-US').replaceAll(',', ' ')
}

/** The table as Markdown; a peer that has no figure for a case has a dash. */
export const toMarkdown = rows => {
  const peers = Object.keys(columns).filter(peer => rows.some(row => row.peer === peer))
  const figure = (wanted, peer) =>
    rows.find(
      row =>
        row.peer === peer &&
        row.workload === wanted.workload &&
        row.metric === wanted.metric &&
        row.unit !== 'ratio',
    )
  const lines = cases
    .filter(wanted => figure(wanted, 'densor') !== undefined)
    .map(wanted => {
      const best = wanted.better === 'more' ? 'more is better' : 'less is better'
      const cells = peers.map(peer => {
        const found = figure(wanted, peer)
        return found === undefined ? '–' : number(found.value)
      })
      return `| ${labels[wanted.id] ?? wanted.id} (${units[wanted.unit] ?? wanted.unit}, ${best}) | ${cells.join(' | ')} |`
    })
  return [
    `| one thread | ${peers.map(peer => columns[peer]).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(peers.length)}`,
    ...lines,
  ].join('\n')
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
