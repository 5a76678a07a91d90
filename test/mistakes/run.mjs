/** Runs compiled programs one after the other in this process, as JavaScript runs them, and writes down what came of each. */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { report } from '../../dist/src/idle-tasks.js'

const [list, answer] = process.argv.slice(2)
const files = JSON.parse(list)

/** What is said at the end about tasks that nobody ran, a line for each function. */
const idle = () => (report() ?? '').replace(/\d+ tasks/g, 'a task').split('\n')

const outcomeOf = thrown => {
  if (!(thrown instanceof Error)) return { kind: 'thrown', text: String(thrown) }
  if (thrown.fault === undefined) return { kind: 'raw', text: `${thrown.name}: ${thrown.message}` }
  const { kind, message, suggestion } = thrown.fault
  return { kind, text: thrown.stack, says: suggestion !== undefined || message.includes('expected') }
}

const rejected = []
process.on('unhandledRejection', reason => rejected.push(String(reason)))

const results = {}
for (const file of files) {
  const lines = []
  console.log = (...values) => lines.push(format(...values))
  let progress = ''
  process.stdout.write = text => {
    progress += text
    return true
  }
  const before = new Set(idle())
  const outcome = await import(pathToFileURL(file).href).then(
    () => ({ kind: 'value', text: lines.join('\n') }),
    outcomeOf,
  )
  const notes = progress.split('\n').filter(line => line.startsWith('note: '))
  const forgotten = idle().filter(line => line !== '' && !before.has(line))
  results[file] = { ...outcome, notes: [...notes, ...forgotten] }
}
writeFileSync(answer, JSON.stringify({ results, rejected }))
process.exit(0)
