/** The program beside its peers, in one run: `npm run bench -- [options]`; see README.md. */
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { markSets } from './marks.js'
import { peers } from './peers.js'
import { toRows, toTable } from './report.js'
import { runCase } from './rounds.js'
import { cases } from './workloads.js'

const usage = `npm run bench -- [options]
  --only W1,W3             these workloads (or single cases: ${cases.map(wanted => wanted.id).join(', ')})
  --peers densor,jax-js    these peers: ${peers.map(peer => peer.name).join(', ')}
  --rounds N               how often each pair is run (3)
  --marks 2|3              which set of marks to judge by (3)
  --json FILE              write rows {workload, peer, target, threads, metric, value, unit}
  --smoke                  does each give a number? one tiny run of each; the figures mean nothing
  --help                   this text`

const options = {
  only: { type: 'string' },
  peers: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  marks: { type: 'string', default: '3' },
  json: { type: 'string' },
  smoke: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

class UsageError extends Error {}

/** The entries of `list` that a comma-separated option names, or all; a name that fits nothing is an error. */
const chosen = (list, text, fits, what) => {
  if (text === undefined) return list
  const names = text.split(',').map(name => name.trim())
  const unknown = names.find(name => !list.some(entry => fits(entry, name)))
  if (unknown !== undefined) throw new UsageError(`no ${what} '${unknown}'`)
  return list.filter(entry => names.some(name => fits(entry, name)))
}

const parse = () => {
  let values
  try {
    values = parseArgs({ options }).values
  } catch (error) {
    throw new UsageError(error.message)
  }
  const rounds = Number(values.rounds)
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new UsageError(`--rounds takes a whole number above 0`)
  if (!(values.marks in markSets)) throw new UsageError(`--marks takes ${Object.keys(markSets).join(' or ')}`)
  return {
    marks: values.smoke ? [] : markSets[values.marks],
    help: values.help,
    json: values.json,
    smoke: values.smoke,
    rounds: values.smoke ? 1 : rounds,
    peersGiven: values.peers !== undefined,
    peers: chosen(peers, values.peers, (peer, name) => peer.name === name, 'peer'),
    cases: chosen(
      cases,
      values.only,
      (wanted, name) => wanted.id === name || wanted.workload === name,
      'workload',
    ),
  }
}

/** The peers that can run; without the benches' own packages, those that need none. */
const present = asked => {
  if (asked.peersGiven) return asked.peers
  const hasPackages = existsSync(new URL('node_modules', import.meta.url))
  const hasPython = existsSync(new URL('.venv', import.meta.url))
  if (!hasPackages)
    console.error(
      'The peers are not installed (npm ci --ignore-scripts --prefix bench): densor and plain JS alone.',
    )
  if (!hasPython && !asked.smoke)
    console.error('JAX and PyTorch are left out: bench/native-peers.sh installs them.')
  // a smoke run says whether the benchmark is whole, with what npm installs
  const withPython = hasPython && !asked.smoke
  return asked.peers.filter(peer =>
    peer.framework === undefined ? hasPackages || peer.installed : withPython,
  )
}

const onProgress = (wanted, peer) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${wanted.id} ${peer.name} `)
}

const bench = async asked => {
  let able = present(asked)
  const tasks = asked.cases.filter(wanted => able.some(peer => peer.cases.includes(wanted.id)))
  if (tasks.length === 0)
    throw new UsageError('none of the peers asked for runs any of the workloads asked for')
  const all = []
  for (const wanted of tasks) {
    all.push(...(await runCase(wanted, able, { ...asked, onProgress })))
    // told once, and not tried again
    able = able.filter(peer => !all.some(({ peer: gone, absent }) => absent && gone.name === peer.name))
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  for (const { peer, absent } of all) if (absent) console.error(`${peer.name} is left out: ${absent}`)
  const summaries = all.filter(({ absent }) => absent === undefined)
  console.log(toTable(summaries, asked.marks))
  if (asked.json) writeFileSync(asked.json, `${JSON.stringify(toRows(summaries), null, 2)}\n`)
  const judged = asked.peersGiven ? all : summaries
  return judged.some(summary => summary.value === undefined) ? 1 : 0
}

try {
  const asked = parse()
  if (asked.help) console.log(usage)
  else process.exitCode = await bench(asked)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n${usage}`)
  process.exitCode = 2
}
