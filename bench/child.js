/**
 * One peer on one case, in its own process: `node bench/child.js --peer jax-js --workload W1 [--smoke]`.
 * The result goes to the parent, or, started by hand, to the screen:
 * `{value, proof, rssMiB}` in the case's unit, `{error}`, or `{absent}` where the peer cannot run here.
 */
import { parseArgs } from 'node:util'
import { Absent } from './absent.js'
import { measure, measureOnce, median, pace } from './measure.js'
import { peers } from './peers.js'
import { cases, proofTolerance } from './workloads.js'

const oneOf = (list, wanted, what, key) => {
  const found = list.find(entry => entry[key] === wanted)
  if (!found) throw new Error(`no ${what} '${wanted}'; there is ${list.map(entry => entry[key]).join(', ')}`)
  return found
}

/** The proof's number, or an error: a wrong answer must not be timed. */
const checked = async ({ of, steps, expected }, { run, proof }) => {
  await run(steps)
  const number = await proof()
  if (!(Math.abs(number - expected) <= proofTolerance * Math.abs(expected)))
    throw new Error(`wrong answer: ${of} is ${number}, expected ${expected}`)
  return number
}

const result = async ({ values }) => {
  const peer = oneOf(peers, values.peer, 'peer', 'name')
  const wanted = oneOf(cases, values.workload, 'workload', 'id')
  const { runners, runnersFor } = await import(`./peers/${peer.module}`)
  const open = (runners ?? runnersFor(peer))[wanted.id]
  if (!open) throw new Error(`${peer.name} has no runner for ${wanted.id}`)
  const runner = await open()
  const proof = wanted.proof && !runner.computesNothing && (await checked(wanted.proof, runner))
  // a smoke run asks only whether a number comes out
  const single = wanted.once || values.smoke
  if (runner.figure) return { value: wanted.toValue(await runner.figure(values.smoke)) }
  const seconds = single ? await measureOnce(runner.run) : median(await measure(runner.run, pace))
  const rssMiB = (await runner.rssMiB?.()) ?? process.resourceUsage().maxRSS / 1024
  return { value: wanted.toValue(seconds), ...(proof === false ? {} : { proof }), rssMiB }
}

const tell = message => {
  if (process.send) process.send(message, () => process.exit(0))
  else {
    console.log(JSON.stringify(message))
    process.exit('value' in message ? 0 : 1)
  }
}

const options = {
  peer: { type: 'string' },
  workload: { type: 'string' },
  smoke: { type: 'boolean', default: false },
}

try {
  tell(await result(parseArgs({ options })))
} catch (error) {
  if (error instanceof Absent) tell({ absent: error.message })
  else tell({ error: error instanceof Error ? error.message.split('\n')[0] : String(error) })
}
