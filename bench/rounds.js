/** Peer, densor, peer, densor, ...: a machine that slows down slows both, so the ratios of neighbours hold. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './measure.js'
import { self } from './peers.js'

const child = fileURLToPath(new URL('child.js', import.meta.url))

/** Longest time, in ms, that one child may take. */
const patience = 180_000

/** What one child process reports: `{value, proof, rssMiB}` or `{error}`. */
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
  const failed = runs.find(run => 'error' in run)
  const base = { peer, case: wanted, error: failed?.error }
  if (failed || runs.length === 0) return base
  return {
    ...base,
    value: median(runs.map(run => run.value)),
    rssMiB: median(runs.map(run => run.rssMiB)),
    ratio: ratios.length > 0 ? median(ratios) : undefined,
  }
}

/**
 * Runs one case on the peers asked for. Gives one summary a peer: median figure, peak RSS, and `ratio`, the median
 * over the rounds of densor's figure over the peer's; or the error that ended it.
 */
export const runCase = async (wanted, asked, { rounds, smoke, onProgress }) => {
  const able = asked.filter(peer => peer.cases.includes(wanted.id))
  const own = able.find(peer => peer.name === self)
  const others = able.filter(peer => peer.name !== self)
  const runs = new Map(able.map(peer => [peer, []]))
  const ratios = new Map(able.map(peer => [peer, []]))
  const broken = peer => runs.get(peer).some(run => 'error' in run)
  const runOnce = async peer => {
    onProgress(wanted, peer)
    const run = await once(peer, wanted, smoke)
    runs.get(peer).push(run)
    return run
  }
  if (smoke) await Promise.all(able.map(runOnce))
  for (let round = 0; round < rounds && !smoke; round++) {
    for (const peer of others.filter(peer => !broken(peer))) {
      const theirs = await runOnce(peer)
      if (!own || broken(own) || broken(peer)) continue
      const ours = await runOnce(own)
      if (!('error' in ours)) ratios.get(peer).push(ours.value / theirs.value)
    }
    // when nobody is there to be paired with
    if (own && runs.get(own).length <= round && !broken(own)) await runOnce(own)
  }
  return able.map(peer => summary(peer, wanted, runs.get(peer), ratios.get(peer)))
}
