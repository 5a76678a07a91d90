/** A task that nobody ran is told at the end; one that ran, by any way, is not. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { expect, test } from 'vitest'
import { report } from '../../src/idle-tasks.js'
import { taskOf } from '../../src/task.js'

test('tasks that ran are not told, tasks that did not are', async () => {
  const made = () => taskOf('tried', async () => 1)
  await made()
  await made()()
  const twice = made()
  await Promise.all([twice, twice, twice()])
  await pipe(
    made(),
    TE.chain(() => made()),
  )()
  expect(report()).toBeUndefined()
  made()
  expect(report()).toBe(
    'densor: tried(…) made a task that nobody ran, so nothing was done; write await tried(…)',
  )
  for (let i = 0; i < 1000; i++) made()
  expect(report()).toContain('made 1001 tasks that nobody ran')
})
