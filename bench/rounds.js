/** Peer, densor, peer, densor, ...: a machine that slows down slows both, so the ratios of neighbours hold. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './measure.js'

const child = fileURLToPath(new URL('child.js', import.meta.url))

/** Longest time, in ms, that one child may take. */
const patience = 180_000

/** What one child process reports: `{value, proof, rssMiB}`, `{error}` or `{absent}`. */
const once = (peer, wanted, smoke) =>
  new Promise(resolve => {
    const args = ['--peer', peer.name, '--workload', wanted.id, ...(smoke ? ['--smoke'] : [])]
    // what a library prints is not part of the table
    const started = fork(child, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], timeout: patience })
    started.once('message', resolve)
    started.once('error', error => resolve({ error: error.message }))
    started.once('exit', (code, signal) => resolve({ error: `the process ended with ${signal ?? code}` }))
  })

const summary = (peer, wanted, runs, ratios) => {
  const failed = runs.find(run => !('value' in run))
  const base = { peer, case: wanted, error: failed?.error, absent: failed?.absent, ratios: [] }
  if (failed || runs.length === 0) return base
  return {
    ...base,
    value: median(runs.map(run => run.value)),
    rssMiB: runs[0].rssMiB === undefined ? undefined : median(runs.map(run => run.rssMiB)),
    ratios: [...ratios].map(([over, figures]) => ({ over, ratio: median(figures) })),
  }
}

/** Runs of one case as they come in: figures of each peer, and of each pair. */
const journal = (wanted, able, { smoke, onProgress }) => {
  const runs = new Map(able.map(peer => [peer, []]))
  const ratios = new Map(able.map(peer => [peer, new Map()]))
  return {
    runs,
    ratios,
    broken: peer => runs.get(peer).some(run => !('value' in run)),
    take: async peer => {
      onProgress(wanted, peer)
      const run = await once(peer, wanted, smoke)
      runs.get(peer).push(run)
      return run
    },
    pair: (over, peer, ratio) => {
      const known = ratios.get(peer)
      known.set(over.name, [...(known.get(over.name) ?? []), ratio])
    },
  }
}

const oneRound = async ({ runs, broken, take, pair }, able, round) => {
  for (const peer of able.filter(
    peer => !peer.own || able.some(other => peer.against.includes(other.name)),
  )) {
    if (broken(peer) || (round > 0 && runs.get(peer).length >= peer.rounds)) continue
    const theirs = await take(peer)
    for (const over of able.filter(other => peer.against.includes(other.name))) {
      if (broken(peer) || broken(over)) continue
      const ours = await take(over)
      if ('value' in ours) pair(over, peer, ours.value / theirs.value)
    }
  }
  // who was paired with nobody
  for (const own of able) if (own.own && runs.get(own).length <= round && !broken(own)) await take(own)
}

/**
 * Runs one case on the peers asked for. Gives one summary a peer: median figure, peak RSS, and `ratios`, for each row of
 * densor that it is compared with the median over the rounds of that row's figure over the peer's; or the error that
 * ended it, or why it is `absent` here.
 */
export const runCase = async (wanted, asked, options) => {
  const { rounds, smoke } = options
  const able = asked
    .filter(peer => peer.cases.includes(wanted.id))
    .map(peer => ({ ...peer, rounds: peer.slow?.includes(wanted.id) ? 1 : rounds }))
    .filter(peer => !(smoke && peer.slow?.includes(wanted.id)))
  const kept = journal(wanted, able, options)
  if (smoke) await Promise.all(able.map(kept.take))
  else for (let round = 0; round < rounds; round++) await oneRound(kept, able, round)
  return able.map(peer => summary(peer, wanted, kept.runs.get(peer), kept.ratios.get(peer)))
}
