import { loadPlan } from '../compiler/compile.js'
import type { Arena } from '../runtime/arena.js'
import { type Executable, load } from '../runtime/executable.js'
import type { Plan } from '../runtime/plan.js'
import { Crew, instantiateThreads, type Spawn } from '../runtime/threads.js'

/** Whether this engine can share memory between threads: a page needs to be isolated for it. */
export const canShareMemory = (): boolean => {
  const isBarred = 'crossOriginIsolated' in globalThis && !Reflect.get(globalThis, 'crossOriginIsolated')
  return typeof SharedArrayBuffer === 'function' && !isBarred
}

/** Node's workers. They do not keep the process alive, and take over none of its arguments. */
const spawnInNode: Spawn = async source => {
  const { Worker } = await import('node:worker_threads')
  const program = `${source}
const { parentPort } = require('node:worker_threads')
parentPort.on('message', follow)
parentPort.postMessage('ready')`
  const worker = new Worker(program, { eval: true, execArgv: [], stdout: false })
  worker.unref()
  await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { post: start => worker.postMessage(start), stop: () => void worker.terminate() }
}

/** The threads of this program beside its own. */
export const crew = new Crew(spawnInNode)

/** Binds a plan to an arena, on several threads where it is divided for them: a native library has its own. */
export const loadThreaded = async (plan: Plan, arena: Arena): Promise<Executable> => {
  if (plan.threads.count === 1 || plan.target === 'native') return loadPlan(plan, arena)
  const executor = await instantiateThreads(plan, arena, crew)
  return load(plan, arena, () => executor)
}
