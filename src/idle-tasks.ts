/** Tasks that were made and that nobody awaited or called: told at the end of the program, in one line for each function. */
import { atEnd } from '#platform'

/** How many tasks of each function have not run; a number for each name, however many tasks there are. */
const idle = new Map<string, number>()

/** Notes that a task was made. What it returns notes that the task runs; more than one run is noted once. */
export const noteTask = (name: string): (() => void) => {
  if (idle.size === 0) atEnd(report)
  idle.set(name, (idle.get(name) ?? 0) + 1)
  let waits = true
  return () => {
    if (waits) idle.set(name, (idle.get(name) ?? 1) - 1)
    waits = false
  }
}

/** The sentences about tasks that nobody ran; undefined where there are none. */
export const report = (): string | undefined => {
  const lines = [...idle].flatMap(([name, count]) => {
    if (count === 0) return []
    const many = count === 1 ? 'a task' : `${count} tasks`
    return [`densor: ${name}(…) made ${many} that nobody ran, so nothing was done; write await ${name}(…)`]
  })
  return lines.length === 0 ? undefined : lines.join('\n')
}
