import type { Arena } from './arena.js'
import { type Executor, executorOf } from './executor.js'
import { bug } from './fault.js'
import { ControlWord, type Plan } from './plan.js'
import { type CompiledModule, type LinearMemory, webAssembly } from './webassembly.js'

/** What a thread is given when it begins. */
export interface ThreadStart {
  readonly module: CompiledModule
  readonly memory: LinearMemory
  readonly control: number
  readonly thread: number
  readonly words: typeof ControlWord
}

/**
 * Starts a thread that runs `followerSource` on `start`, and resolves when it has begun. The engine's own way to do
 * this differs: Node's workers and a page's are in src/threads.ts.
 */
export type Spawn = (source: string, start: ThreadStart) => Promise<void>

/** Turns of the spin before a thread without work sleeps: a step that follows at once finds it awake. */
const SPINS = 20_000

/**
 * The program of every thread but the first, as text for a worker: it waits for a call, takes its part in it, and
 * waits for the next. It defines `follow(start)`.
 */
export const followerSource = `const follow = ({ module, memory, control, thread, words }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const read = word => Atomics.load(new Int32Array(memory.buffer, control, 64), word)
  let seen = 0
  for (;;) {
    for (let spins = 0; read(words.go) === seen; spins++)
      if (spins > ${SPINS}) Atomics.wait(new Int32Array(memory.buffer, control, 64), words.go, seen)
    seen = read(words.go)
    const mode = read(words.mode)
    if (mode === 2) return
    if (mode === 0) exports['step' + thread]()
    else {
      const run = exports['run' + thread]
      const data = Array.from({ length: run.length - 2 }, (_, i) => read(words.data + i))
      run(read(words.count), read(words.order), ...data)
    }
  }
}
`

/** The plan's code on as many threads as it is divided for; the caller is the first of them. */
export const instantiateThreads = async (plan: Plan, arena: Arena, spawn: Spawn): Promise<Executor> => {
  const { code, threads } = plan
  if (webAssembly === undefined || typeof code === 'string')
    throw bug(`plan ${plan.name} cannot run on threads`)
  if (!arena.isShared) throw bug(`plan ${plan.name} is divided for threads, and its arena is not shared`)
  const module = new webAssembly.Module(code)
  const { memory } = arena
  const executor = executorOf(new webAssembly.Instance(module, { env: { memory } }).exports)
  if (executor === undefined) throw bug('the WebAssembly of the plan exports no step')
  const { control } = threads
  const start = { module, memory, control, words: ControlWord }
  const others = Array.from({ length: threads.count - 1 }, (_, i) =>
    spawn(followerSource, { ...start, thread: i + 1 }),
  )
  await Promise.all(others)
  return led(executor, () => new Int32Array(arena.buffer, control, 64))
}

/** The first thread's entry points, which start the others before they begin. */
const led = ({ prepare, step, run, part }: Executor, words: () => Int32Array): Executor => {
  const go = (mode: number, args: readonly number[]): void => {
    const control = words()
    args.forEach((arg, i) => {
      control[ControlWord.count + i] = arg
    })
    control[ControlWord.mode] = mode
    Atomics.add(control, ControlWord.go, 1)
    Atomics.notify(control, ControlWord.go)
  }
  const together = (): void => {
    go(0, [])
    step()
  }
  if (run === undefined) return { prepare, step: together, part }
  return {
    prepare,
    step: together,
    part,
    run: (...args) => {
      go(1, args)
      return run(...args)
    },
  }
}
