import { spawnThread } from '#platform'
import { loadPlan } from '../compiler/compile.js'
import type { Arena } from '../runtime/arena.js'
import { type Executable, load } from '../runtime/executable.js'
import { bug } from '../runtime/fault.js'
import type { Plan } from '../runtime/plan.js'
import { Crew, instantiateThreads } from '../runtime/threads.js'

/** Whether threads can be started here and share memory: a page needs to be isolated for it. */
export const canShareMemory = (): boolean => {
  const isBarred = 'crossOriginIsolated' in globalThis && !Reflect.get(globalThis, 'crossOriginIsolated')
  return spawnThread !== undefined && typeof SharedArrayBuffer === 'function' && !isBarred
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
