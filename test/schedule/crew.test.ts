import { fc, test } from '@fast-check/vitest'
import { afterAll, describe, expect } from 'vitest'
import { compileProgram } from '../../compiler/compile.js'
import { Arena } from '../../runtime/arena.js'
import type { Executable } from '../../runtime/executable.js'
import { Fault } from '../../runtime/fault.js'
import { Crew, instantiateThreads } from '../../runtime/threads.js'
import { crew, loadThreaded } from '../../src/threads.js'
import { fillInputs, threadedPrograms as programs } from './threaded-programs.js'

// Threads are shared among plans: however many plans there are, their number stays level, and no bit changes.

const program = programs['row sums']
if (program === undefined) throw new Error('there are no row sums')

const loaded = async (threads: number): Promise<Executable> => {
  const arena = new Arena(1, { shared: threads > 1 })
  const plan = await compileProgram(program, { threads, reserve: bytes => arena.reserve(bytes) })
  const executable = await loadThreaded(plan, arena)
  fillInputs(program, executable)
  return executable
}

const answer = (executable: Executable): Float32Array => {
  executable.port('y').fill(0)
  executable.step()
  return Float32Array.from(executable.port('y'))
}

describe('a crew of threads', () => {
  const plans = Promise.all(Array.from({ length: 7 }, (_, i) => loaded(2 + (i % 2))))
  const one = loaded(1).then(answer)
  afterAll(() => plans)

  test.prop([fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 30 })], { numRuns: 15 })(
    'plans called in any order give the bits of one thread',
    async order => {
      const all = await plans
      for (const i of order) {
        const plan = all[i]
        expect(plan && answer(plan)).toEqual(await one)
      }
      expect(crew.size).toBeLessThanOrEqual(8)
    },
  )

  test('ten times as many plans need no more threads', async () => {
    for (let i = 0; i < 20; i++) answer(await loaded(2))
    expect(crew.size).toBeLessThanOrEqual(8)
    const [first] = await plans
    expect(first && answer(first)).toEqual(await one)
  })

  test('threads that are not needed any more are told to stop', async () => {
    const started: string[] = []
    const stopped: string[] = []
    const counted = new Crew(async () => {
      const name = `thread ${started.length}`
      started.push(name)
      return { post: ({ busy }) => void Atomics.store(busy, 0, 0), stop: () => void stopped.push(name) }
    })
    const arena = new Arena(1, { shared: true })
    const plan = await compileProgram(program, { threads: 2, reserve: bytes => arena.reserve(bytes) })
    for (let i = 0; i < 6; i++) {
      await instantiateThreads(plan, arena, counted)
      // without a step the team has taken no thread, and none is started for the next
      expect([started.length, stopped.length]).toEqual([1, 0])
    }
    expect(counted.size).toBe(1)
  })

  test('where no thread starts, the fault says so', async () => {
    const barred = new Crew(() => Promise.reject(new Error('EAGAIN')))
    const fault = await barred.reserve(3).catch((thrown: unknown) => thrown)
    expect(fault).toBeInstanceOf(Fault)
    expect(fault).toMatchObject({ kind: 'limitation', code: 'no-threads', notes: ['EAGAIN'] })
    expect(barred.size).toBe(0)
  })
})
