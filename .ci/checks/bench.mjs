/** Reads the rows of the benchmark's smoke run: densor and at least four peers gave positive numbers. */
import { readFileSync } from 'node:fs'
import { argv, exit } from 'node:process'

const rows = JSON.parse(readFileSync(argv[2], 'utf8'))
const measured = rows.filter(row => row.unit !== 'ratio')
const peers = new Set(measured.map(row => row.peer))
const complaints = [
  ...(peers.has('densor') ? [] : ['densor gave no number']),
  ...(peers.size >= 5 ? [] : [`only these were run: ${[...peers].join(', ')}`]),
  ...measured.filter(row => !(row.value > 0)).map(row => `${row.peer} ${row.workload}: ${row.value}`),
]
if (complaints.length > 0) {
  console.error(complaints.join('\n'))
  exit(1)
}
console.log(`${measured.length} numbers of ${peers.size} peers`)
