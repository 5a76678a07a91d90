/**
 * Runs the README's first model, unchanged, in every place where densor says that it runs, and writes the table of them.
 *   run.mjs TARBALL            tries all; fails where a place fails, or where the table in src/platform/PLACES.md is another
 *   run.mjs TARBALL --write    writes the table
 *   run.mjs TARBALL NAME…      tries the places whose names hold one of these words
 *   --folder FOLDER            works there, and keeps the tools that are there
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { argv, exit } from 'node:process'
import { fileURLToPath } from 'node:url'
import { ELSEWHERE } from './elsewhere.mjs'
import { IN_PAGES } from './in-pages.mjs'
import { ON_MACHINES } from './on-machines.mjs'
import { agree, answerOf, firstModel, formsOf } from './program.mjs'
import { closeBrowser, run } from './tools.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..', '..')
const table = join(root, 'src', 'platform', 'PLACES.md')

const words = argv.slice(2)
const option = name => {
  const at = words.indexOf(name)
  return at < 0 ? undefined : words.splice(at, 2)[1]
}
const kept = option('--folder')
const isWriting = words.includes('--write')
const [tarball, ...wanted] = words.filter(word => word !== '--write')

const base = realpathSync(kept ?? mkdtempSync(join(tmpdir(), 'places-')))
const modules = join(base, 'node_modules')
const npm = (...args) =>
  run('npm', [...args, '--no-fund', '--no-audit', '--ignore-scripts'], { cwd: base, seconds: 400 })

/** The tools, exactly those of the lock file, and the packed densor beside them. */
const install = async () => {
  if (!existsSync(modules)) {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, file), join(base, file))
    // not ci: it refuses what other systems would install and this lock file leaves out
    await npm('install')
  }
  rmSync(join(modules, 'densor'), { recursive: true, force: true })
  await npm('install', '--no-save', resolve(tarball))
}

const versionOf = tool => JSON.parse(readFileSync(join(modules, tool, 'package.json'), 'utf8')).version
const toolOf = ({ tool }) => (tool === undefined ? '' : `${tool} ${versionOf(tool)}`)

const forms = await formsOf(firstModel(join(root, 'README.md')))
const shared = {
  forms,
  modules,
  tarball: resolve(tarball),
  installed: join(modules, 'densor'),
  tool: path => join(modules, path),
  bun: join(modules, '@oven', 'bun-linux-x64', 'bin', 'bun'),
}

/** Tries one place: the answer that it gives, or what went wrong. */
const attempt = async (place, number) => {
  const folder = join(base, `place-${number}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const began = performance.now()
  try {
    const printed = await place.try({ ...shared, folder })
    return { place, answer: answerOf(printed), printed, seconds: (performance.now() - began) / 1000 }
  } catch (error) {
    return { place, failure: error.message, seconds: (performance.now() - began) / 1000 }
  }
}

await install()
const all = [...ON_MACHINES, ...IN_PAGES, ...ELSEWHERE]
const [first] = ON_MACHINES
const chosen = all.filter(
  place => wanted.length === 0 || place === first || wanted.some(word => place.name.includes(word)),
)

const complaints = []
let reference
for (const [number, place] of chosen.entries()) {
  const { answer, failure, printed, seconds } = await attempt(place, number)
  reference ??= answer ?? []
  const wrong =
    failure ??
    (place.expects === undefined
      ? reference.length > 0 && agree(answer, reference)
        ? undefined
        : `it says ${answer}, and Node ${reference}\n${printed.slice(-2000)}`
      : place.expects.test(printed)
        ? undefined
        : `it says ${printed.slice(-2000)}`)
  console.log(`${wrong === undefined ? 'ok  ' : 'FAIL'} ${seconds.toFixed(1).padStart(6)} s  ${place.name}`)
  if (wrong !== undefined) complaints.push(`${place.name}: ${wrong}`)
}
await closeBrowser()

const rows = all.map(
  place => `| ${place.name} | ${toolOf(place)} | ${place.how} | ${place.outcome ?? 'runs'} |`,
)
const text = `# Where densor runs

The README's first model, unchanged, in every place; made and checked by \`.ci/places/run.mjs\` of the repository. "runs" means that it
trains and predicts there, and says the numbers that it says in Node. A page is Chromium's.

| place | tool | how | outcome |
| --- | --- | --- | --- |
${rows.join('\n')}
`
if (isWriting && complaints.length === 0) writeFileSync(table, text)
else if (wanted.length === 0 && (!existsSync(table) || readFileSync(table, 'utf8') !== text))
  complaints.push(`${table} is another table; run.mjs --write writes it`)
if (kept === undefined) rmSync(base, { recursive: true, force: true, maxRetries: 5 })
if (complaints.length > 0) {
  console.error(complaints.join('\n\n'))
  exit(1)
}
console.log(`${chosen.length} places`)
