/**
 * The process that runs the user's module: it waits for one request, answers it, and ends. One that is started
 * beforehand, with the argument `rehearse`, uses the time until then.
 */
import { Fault } from '../../runtime/fault.js'
import { loadEsbuild } from './esbuild.js'
import { rehearse } from './rehearse.js'
import type { BuildAnswer, BuildErrand, PlainFault } from './request.js'
import { BuildFault, work } from './work.js'

const plainFault = (thrown: unknown, file: string): PlainFault => {
  const at = thrown instanceof BuildFault ? thrown : undefined
  const fault = at?.fault ?? thrown
  const [inputs, place] = [at?.inputs ?? [file], at?.place]
  if (fault instanceof Fault) {
    const { kind, code, message, notes, suggestion } = fault
    return { kind, code, message, notes, suggestion, inputs, place }
  }
  const message = `an unexpected exception: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown}`
  return { kind: 'bug', code: 'bug', message, notes: [], suggestion: undefined, inputs, place }
}

const answer = async ({ request, temporary }: BuildErrand): Promise<BuildAnswer> => {
  try {
    return { densor: 'built', result: await work(request, temporary) }
  } catch (thrown) {
    return { densor: 'built', fault: plainFault(thrown, request.file) }
  }
}

let isAsked = false

/** Rehearsals after which the engine has compiled most of it. */
const REHEARSALS = 3

/** What the request will need is started, loaded and compiled while there is none yet. */
const prepare = async (): Promise<void> => {
  const { transform } = await loadEsbuild('Building a module')
  await transform('') // esbuild's own process
  const count = process.argv.includes('rehearse') ? REHEARSALS : 0
  for (let i = 0; i < count && !isAsked; i++) await rehearse()
}

process.once('message', message => {
  isAsked = true
  // from here on: densor's own modules need none
  process.setSourceMapsEnabled(true)
  // the one typed edge: the parent is ours, and sends this alone
  void answer(message as BuildErrand).then(said => process.send?.(said, () => process.exit(0)))
})
process.on('disconnect', () => process.exit(0))
// where a rehearsal fails, the build says why
prepare().catch(() => {})
