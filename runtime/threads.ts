import type { Arena } from './arena.js'
import { type Executor, executorOf } from './executor.js'
import { bug, type Fault, limitation } from './fault.js'
import { ControlWord, type Plan } from './plan.js'
import { instantiateModule } from './wasm.js'
import type { CompiledModule, LinearMemory } from './webassembly.js'

/** What a thread is given when it joins the team of a plan. */
export interface ThreadStart {
  readonly module: CompiledModule
  readonly memory: LinearMemory
  readonly control: number
  readonly thread: number
  readonly words: typeof ControlWord
  /** The count of calls before the one that the thread joins for. */
  readonly seen: number
  /** One word: 1 from the message that calls the thread to a team until it has left that team. */
  readonly busy: Int32Array
}

/** A thread of the engine's own kind that waits for messages, and follows the team that a message names. */
export interface Mate {
  readonly post: (start: ThreadStart) => void
  /** Ends the thread, and with it what it still holds of the memories it has worked on. */
  readonly stop: () => void
}

/**
 * Starts a thread that runs `followerSource` and calls `follow` with each message it receives; resolves when the thread
 * has begun. How this is done differs between Node and pages.
 */
export type Spawn = (source: string) => Promise<Mate>

/** Turns of the spin before a thread without work sleeps: a step that follows at once finds it awake. */
const SPINS = 20_000

/** Teams that keep their threads at the same time. Calls that alternate between so many plans send no message. */
const TEAMS_KEPT = 4

/**
 * The program of every thread but the first, as text for a worker. It defines `follow(start)`: wait for a call, take
 * part in it, wait for the next, until a call says to leave.
 */
export const followerSource = `const follow = ({ module, memory, control, thread, words, seen, busy }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const read = word => Atomics.load(new Int32Array(memory.buffer, control, 64), word)
  for (;;) {
    for (let spins = 0; read(words.go) === seen; spins++)
      if (spins > ${SPINS}) Atomics.wait(new Int32Array(memory.buffer, control, 64), words.go, seen)
    seen = read(words.go)
    const mode = read(words.mode)
    if (mode === 2) break
    if (mode === 0) exports['step' + thread]()
    else {
      const run = exports['run' + thread]
      const data = Array.from({ length: run.length - 2 }, (_, i) => read(words.data + i))
      run(read(words.count), read(words.order), ...data)
    }
  }
  Atomics.store(busy, 0, 0)
}
`

/** The threads of one plan beside the caller: none while another plan has them. */
interface Team {
  /** How many there have to be. */
  readonly size: number
  readonly start: Omit<ThreadStart, 'thread' | 'seen' | 'busy'>
  mates: readonly Member[]
}

interface Member {
  readonly mate: Mate
  readonly busy: Int32Array
}

const STEP = 0
const RUN = 1
const LEAVE = 2

const wordsOf = ({ start }: Team): Int32Array => new Int32Array(start.memory.buffer, start.control, 64)

const signal = (words: Int32Array, mode: number): void => {
  words[ControlWord.mode] = mode
  Atomics.add(words, ControlWord.go, 1)
  Atomics.notify(words, ControlWord.go)
}

/**
 * All threads that densor has started beside the caller's. A step is synchronous, so only one plan runs at a time: a
 * plan that is about to run takes the threads of the one that has rested longest. However many plans there are, there
 * are never more threads than `TEAMS_KEPT` teams of the largest size need.
 */
export class Crew {
  readonly #spawn: Spawn
  readonly #resting: Member[] = []
  /** Teams that have their threads, the last used one last. */
  readonly #teams: Team[] = []
  #size = 0
  #largest = 0

  constructor(spawn: Spawn) {
    this.#spawn = spawn
  }

  /** Threads that were started and live. */
  get size(): number {
    return this.#size
  }

  /**
   * Starts threads for a new team of `size`. The team that has rested longest gives way, and its threads end: a thread
   * holds on to the memory of each plan it has run. Fails with a limitation where no thread starts.
   */
  async reserve(size: number): Promise<void> {
    while (this.#teams.length >= TEAMS_KEPT) this.#retire()
    this.#largest = Math.max(this.#largest, size)
    const room = TEAMS_KEPT * this.#largest - this.#size
    const missing = Math.max(0, this.#largest - this.#size, Math.min(room, size - this.#resting.length))
    this.#size += missing
    const started = await Promise.allSettled(
      Array.from({ length: missing }, () => this.#spawn(followerSource)),
    )
    for (const result of started)
      if (result.status === 'fulfilled')
        this.#resting.push({ mate: result.value, busy: new Int32Array(new SharedArrayBuffer(4)) })
      else this.#size -= 1
    const failed = started.find(result => result.status === 'rejected')
    if (failed !== undefined && this.#size < size) throw noThreads(failed.reason)
  }

  /** Starts a call in which the team's threads take part. */
  call(team: Team, mode: number, args: readonly number[]): void {
    if (this.#teams.at(-1) !== team) this.#muster(team)
    const words = wordsOf(team)
    for (let i = 0; i < args.length; i++) words[ControlWord.count + i] = args[i] ?? 0
    signal(words, mode)
  }

  /** Gives the team its threads where it has none, and notes that it is the last used. */
  #muster(team: Team): void {
    const place = this.#teams.indexOf(team)
    if (place >= 0) this.#teams.splice(place, 1)
    else this.#gather(team)
    this.#teams.push(team)
  }

  #gather(team: Team): void {
    while (this.#resting.length < team.size || this.#teams.length >= TEAMS_KEPT)
      this.#resting.push(...this.#dismiss())
    const seen = Atomics.load(wordsOf(team), ControlWord.go)
    team.mates = this.#resting.splice(0, team.size)
    team.mates.forEach(({ mate, busy }, i) => {
      busy[0] = 1
      mate.post({ ...team.start, thread: i + 1, seen, busy })
    })
  }

  #retire(): void {
    for (const { mate } of this.#dismiss()) {
      mate.stop()
      this.#size -= 1
    }
  }

  /** The threads of the team that has rested longest, when they have left it: its next call must not find them there. */
  #dismiss(): readonly Member[] {
    const team = this.#teams.shift()
    if (team === undefined) throw bug(`no plan has threads to give, and there are ${this.#size}`)
    const { mates } = team
    signal(wordsOf(team), LEAVE)
    for (const { busy } of mates) while (Atomics.load(busy, 0) !== 0);
    team.mates = []
    return mates
  }
}

const noThreads = (reason: unknown): Fault =>
  limitation('no-threads', 'No more threads can be started for this program.', {
    notes: [reason instanceof Error ? reason.message : String(reason)],
    suggestion: 'use fewer threads, or threads: 1',
  })

/** The plan's code on as many threads as it is divided for; the caller is the first of them. */
export const instantiateThreads = async (plan: Plan, arena: Arena, crew: Crew): Promise<Executor> => {
  const { code, threads } = plan
  if (typeof code === 'string') throw bug(`plan ${plan.name} cannot run on threads`)
  if (!arena.isShared) throw bug(`plan ${plan.name} is divided for threads, and its arena is not shared`)
  const { memory } = arena
  const { module, exports } = instantiateModule(code, memory)
  const executor = executorOf(exports)
  if (executor === undefined) throw bug('the WebAssembly of the plan exports no step')
  const size = threads.count - 1
  await crew.reserve(size)
  return led(executor, crew, {
    size,
    start: { module, memory, control: threads.control, words: ControlWord },
    mates: [],
  })
}

/** The first thread's entry points, which start the others before they begin. */
const led = ({ prepare, step, run, part }: Executor, crew: Crew, team: Team): Executor => {
  const together = (): void => {
    crew.call(team, STEP, [])
    step()
  }
  if (run === undefined) return { prepare, step: together, part }
  return {
    prepare,
    step: together,
    part,
    run: (...args) => {
      crew.call(team, RUN, args)
      return run(...args)
    },
  }
}
