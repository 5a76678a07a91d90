import { spawnThread } from '#platform'
import { loadPlan } from '../compiler/compile.js'
import type { Arena } from '../runtime/arena.js'
import { type Executable, load } from '../runtime/executable.js'
import { bug } from '../runtime/fault.js'
import type { Plan } from '../runtime/plan.js'
import { Crew, instantiateThreads } from '../runtime/threads.js'

/** Why threads cannot be started here or cannot share memory; `undefined` where they can. */
const obstacle = (): string | undefined => {
  if (spawnThread === undefined) return 'this engine has no workers'
  const isBarred = 'crossOriginIsolated' in globalThis && !Reflect.get(globalThis, 'crossOriginIsolated')
  if (isBarred || typeof SharedArrayBuffer !== 'function')
    return 'this page is not isolated (it is with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)'
  return undefined
}

let isTold = false

/** How many of the requested threads can share memory here: all, or one, which is told the first time. */
export const sharingThreads = (requested: number): number => {
  const reason = requested > 1 ? obstacle() : undefined
  if (reason === undefined) return requested
  if (!isTold) console.warn(`densor runs on one thread: ${reason}`)
  isTold = true
  return 1
}

const noThreads = async (): Promise<never> => {
  throw bug('a plan is divided for threads where none can be started')
}

/** The threads of this program beside its own. */
export const crew = /* @__PURE__ */ new Crew(spawnThread ?? noThreads)

/** Binds a plan to an arena, on several threads where it is divided for them: a native library has its own. */
export const loadThreaded = async (plan: Plan, arena: Arena): Promise<Executable> => {
  if (plan.threads.count === 1 || plan.target === 'native') return loadPlan(plan, arena)
  const executor = await instantiateThreads(plan, arena, crew)
  return load(plan, arena, () => executor)
}
