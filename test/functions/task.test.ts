/** A task is a promise that starts when it is awaited, and a TaskEither of fp-ts that runs when it is called. */

import { inspect } from 'node:util'
import * as A from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, test } from 'vitest'
import { userFault } from '../../runtime/fault.js'
import {
  attemptAsync,
  dense,
  Fault,
  FaultError,
  init,
  input,
  predict,
  run,
  sequential,
  tensor,
  unwrap,
} from '../../src/index.js'
import type { Task } from '../../src/task.js'

/** A task that counts how often it ran, and one that fails. */
const counting = () => {
  const seen = { runs: 0 }
  return { seen, task: attemptAsync(async () => ++seen.runs) }
}
const failing = (): Task<number> =>
  attemptAsync<number>(async () => {
    throw userFault('planned', 'planned: it fails')
  })

describe('awaited', () => {
  test('it gives the value, and runs once however often it is awaited', async () => {
    const { seen, task } = counting()
    expect(seen.runs).toBe(0)
    expect([await task, await task, ...(await Promise.all([task, task]))]).toEqual([1, 1, 1, 1])
    expect(seen.runs).toBe(1)
  })

  test('it throws a FaultError with the fault, as run does', async () => {
    for (const thrown of [
      await failing().then(
        () => undefined,
        (error: unknown) => error,
      ),
      await run(failing()).catch((error: unknown) => error),
    ]) {
      expect(thrown).toBeInstanceOf(FaultError)
      if (!(thrown instanceof FaultError)) continue
      expect(thrown.fault.code).toBe('planned')
      expect(thrown.message).toBe('planned: it fails [planned]')
    }
  })

  test('then, catch and finally are those of a promise', async () => {
    const said: string[] = []
    expect(await counting().task.then(n => n + 1)).toBe(2)
    expect(
      await failing().catch((error: unknown) => (error instanceof FaultError ? 'caught' : 'other')),
    ).toBe('caught')
    expect(await counting().task.finally(() => said.push('finally'))).toBe(1)
    expect(said).toEqual(['finally'])
  })

  test('an async function that returns it gives its value', async () => {
    const { seen, task } = counting()
    const given = async () => task
    expect((await given()) + 1).toBe(2)
    expect(seen.runs).toBe(1)
  })

  test('a fault that an awaited task throws inside another task stays that fault', async () => {
    const outer = await attemptAsync(async () => (await failing()) + 1)()
    expect(E.isLeft(outer) && outer.left instanceof Fault && outer.left.code).toBe('planned')
  })
})

describe('called', () => {
  test('it gives an Either, and runs anew each time', async () => {
    const { seen, task } = counting()
    expect(await task()).toEqual(E.right(1))
    expect(await task()).toEqual(E.right(2))
    expect(await run(task)).toBe(3)
    // awaiting is a run of its own, and is remembered
    expect([await task, await task, seen.runs]).toEqual([4, 4, 4])
    expect(E.isLeft(await failing()())).toBe(true)
  })
})

describe("fp-ts's own functions", () => {
  test('map, chain, orElse, match and getOrElse', async () => {
    const { seen, task } = counting()
    const built = pipe(
      task,
      TE.map(n => n * 10),
      TE.chain(n => (n > 0 ? counting().task : failing())),
    )
    expect(seen.runs).toBe(0)
    expect(await built()).toEqual(E.right(1))
    expect(seen.runs).toBe(1)
    expect(await run(built)).toBe(1)
    expect(
      await pipe(
        failing(),
        TE.orElse(() => counting().task),
      )(),
    ).toEqual(E.right(1))
    expect(
      await pipe(
        failing(),
        TE.match(
          fault => fault.code,
          n => `${n}`,
        ),
      )(),
    ).toBe('planned')
    expect(
      await pipe(
        failing(),
        TE.getOrElse(() => T.of(7)),
      )(),
    ).toBe(7)
    expect(
      await pipe(
        failing(),
        TE.mapLeft(fault => fault.code),
      )(),
    ).toEqual(E.left('planned'))
  })

  test('sequenceArray, sequenceSeqArray, sequenceT, sequenceS, Do', async () => {
    const order: number[] = []
    const nth = (n: number): Task<number> =>
      attemptAsync(async () => {
        order.push(n)
        return n
      })
    expect(await TE.sequenceArray([nth(1), nth(2)])()).toEqual(E.right([1, 2]))
    expect(await TE.sequenceSeqArray([nth(3), nth(4)])()).toEqual(E.right([3, 4]))
    expect(await A.sequenceT(TE.ApplyPar)(nth(5), nth(6))()).toEqual(E.right([5, 6]))
    expect(await A.sequenceS(TE.ApplySeq)({ a: nth(7), b: nth(8) })()).toEqual(E.right({ a: 7, b: 8 }))
    // in parallel, fp-ts begins in an order of its own
    expect(order.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const done = pipe(
      TE.Do,
      TE.bind('one', () => counting().task),
      TE.bind('two', ({ one }) => attemptAsync(async () => one + 1)),
    )
    expect(await done()).toEqual(E.right({ one: 1, two: 2 }))
    expect(E.isLeft(await TE.sequenceArray([nth(9), failing()])())).toBe(true)
  })

  test('a task inside a value is left alone: neither awaited nor run', async () => {
    const { seen, task } = counting()
    const held = await pipe(
      counting().task,
      TE.map(() => ({ task })),
    )()
    expect(seen.runs).toBe(0)
    expect(E.isRight(held) && (await held.right.task)).toBe(1)
  })
})

describe('words', () => {
  const model = sequential(input(2), dense(1))
  const x = unwrap(tensor([1, 2], [3, 4]))

  test("densor's own functions give such tasks", async () => {
    const task = predict(model, unwrap(init(model, { seed: 1 })), x)
    expect((await task).dims).toEqual([1, 1])
    expect(E.map((y: { readonly data: ArrayLike<number> }) => y.data)(await task())).toEqual(
      E.right((await task).data),
    )
  })

  test('printed, it says what it is', () => {
    expect(inspect(predict(model, unwrap(init(model)), x))).toBe('[a task, predict(…), to be awaited]')
  })

  test('unwrap refuses what is not an Either, run what is not a task', async () => {
    const refused = (given: unknown) => () => unwrap(given as never)
    expect(refused(counting().task)).toThrow('this is a task, which has not run yet')
    expect(refused(counting().task.then())).toThrow('this is a promise')
    expect(refused(undefined)).toThrow('this is not an Either')
    expect(refused(x)).toThrow('this is not an Either')
    const noTask = (given: unknown) => run(given as never)
    await expect(noTask(tensor([1], [1]))).rejects.toThrow('write unwrap(…)')
    await expect(noTask(counting().task.then())).rejects.toThrow('this is a promise')
    await expect(noTask(() => 5)).rejects.toThrow('this is not a task')
    await expect(noTask(undefined)).rejects.toThrow('this is not a task')
  })
})
