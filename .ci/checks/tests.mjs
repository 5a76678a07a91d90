/** Reads vitest's JSON report of a project: every test file of it ran, everything passed, nothing was skipped. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { argv, cwd, exit } from 'node:process'

/** Whose names end so need more of the machine than Node; they are a project, and a stage, of their own. */
const isMachine = name => name.endsWith('.machine.test.ts')

const [, , file, project] = argv
const report = JSON.parse(readFileSync(file, 'utf8'))
const ran = new Set(report.testResults.map(file => relative(cwd(), file.name)))
const files = execFileSync('git', ['ls-files', 'test/**/*.test.ts', 'test/*.test.ts'], { encoding: 'utf8' })
const wanted = files.split('\n').filter(name => name !== '' && isMachine(name) === (project === 'machine'))

const complaints = [
  ...wanted.filter(name => !ran.has(name)).map(name => `${name} did not run`),
  ...report.testResults
    .filter(file => file.assertionResults.length === 0)
    .map(file => `${file.name} is empty`),
  ...(report.numPendingTests + report.numTodoTests > 0 ? ['some tests were skipped'] : []),
  ...(report.numPassedTests === report.numTotalTests ? [] : ['not every test passed']),
  ...(wanted.length > 0 ? [] : ['git lists no test file']),
]
if (complaints.length > 0) {
  console.error(complaints.join('\n'))
  exit(1)
}
console.log(`${report.numPassedTests} tests in ${ran.size} files, none skipped`)
