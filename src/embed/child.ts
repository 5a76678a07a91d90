/** The process that runs the user's module: it waits for one request, answers it, and ends. */
import { transform } from 'esbuild'
import { Fault } from '../../runtime/fault.js'
import type { BuildAnswer, BuildRequest, PlainFault } from './request.js'
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

const answer = async (request: BuildRequest): Promise<BuildAnswer> => {
  try {
    return { result: await work(request) }
  } catch (thrown) {
    return { fault: plainFault(thrown, request.file) }
  }
}

// what the request will need is started while there is none yet
void transform('')

process.once('message', message => {
  // the one typed edge: the parent is ours, and sends this alone
  void answer(message as BuildRequest).then(said => process.send?.(said, () => process.exit(0)))
})
process.on('disconnect', () => process.exit(0))
