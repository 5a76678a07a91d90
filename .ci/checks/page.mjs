/**
 * Opens a report page in headless Chromium, from disk, as a reader would.
 *   page.mjs PAGE PICTURE   fails when the page logs anything or lacks a part; writes a screenshot
 *   page.mjs --self-test    the control: pages with a planted fault must each be caught
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { argv, env, exit } from 'node:process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const scratch = mkdtempSync(join(tmpdir(), 'page-'))
const browser = env.CHROMIUM ?? 'chromium'

const chromium = async (page, ...options) => {
  const fixed = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--hide-scrollbars',
    '--enable-logging=stderr',
    `--user-data-dir=${join(scratch, 'profile')}`,
    '--window-size=1100,2600',
    '--virtual-time-budget=5000',
  ]
  const settings = { encoding: 'utf8', timeout: 120_000, maxBuffer: 1e8 }
  return execute(browser, [...fixed, ...options, pathToFileURL(resolve(page)).href], settings)
}

/** What the browser wrote to its console: errors of scripts, refused requests, warnings. */
const consoleLines = stderr => stderr.split('\n').filter(line => /\bCONSOLE\b/.test(line))

const count = (text, pattern) => [...text.matchAll(pattern)].length

/** The parts of a page of a classifier of pictures. */
const partsOf = dom => {
  const plots = [...dom.matchAll(/<svg[^>]*aria-label[\s\S]*?<\/svg>/g)].map(found => found[0])
  return {
    charts: plots.length,
    'charts without a curve': plots.filter(svg => !/<(path|polyline)[^>]*\b(d|points)="[^"]{20,}/.test(svg))
      .length,
    'confusion rows': count(dom.match(/class="confusion[\s\S]*?<\/table>/)?.[0] ?? '', /<tr>/g),
    'drawn digits': count(dom, /<img[^>]*src="data:image\/png/g),
    'unresolved values': count(
      dom.replace(/<script[\s\S]*?<\/script>/g, ''),
      />(undefined|NaN|null|\[object Object\])</g,
    ),
  }
}

const complaintsAbout = (parts, logged) => [
  ...logged.map(line => `console: ${line}`),
  ...(parts.charts >= 2 ? [] : [`${parts.charts} charts, expected loss and accuracy`]),
  ...(parts['charts without a curve'] === 0 ? [] : ['a chart holds no curve']),
  ...(parts['confusion rows'] === 11
    ? []
    : [`${parts['confusion rows']} rows of the confusion matrix, expected 11`]),
  ...(parts['drawn digits'] > 0 ? [] : ['no mistake is drawn']),
  ...(parts['unresolved values'] === 0 ? [] : ['the page shows undefined, NaN or null']),
]

const judge = async page => {
  const { stdout, stderr } = await chromium(page, '--dump-dom')
  const parts = partsOf(stdout)
  return { parts, complaints: complaintsAbout(parts, consoleLines(stderr)) }
}

const chart = '<svg aria-label="c"><path d="M0 0L10 10L20 5L30 30L40 2"></path></svg>'
const matrix = `<div class="confusion"><table>${'<tr><td>1</td></tr>'.repeat(11)}</table></div>`
const digit = '<img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">'.replace(
  /image.gif/,
  'image/png',
)
const good = `<!doctype html><title>t</title>${chart}${chart}${matrix}${digit}`

const selfTest = async () => {
  const cases = [
    ['a good page', good, 0],
    ['a script that throws', `${good}<script>nowhere.call()</script>`, 1],
    ['a picture that is missing', `${good}<script>console.error('lost')</script>`, 1],
    ['a chart without a curve', good.replace('M0 0L10 10L20 5L30 30L40 2', ''), 1],
    ['one chart only', good.replace(chart, ''), 1],
    ['no confusion matrix', good.replace(matrix, ''), 1],
    ['no digits', good.replace(digit, ''), 1],
    ['an undefined value', `${good}<b>undefined</b>`, 1],
  ]
  for (const [name, html, expected] of cases) {
    const page = join(scratch, 'page.html')
    writeFileSync(page, html)
    const { complaints } = await judge(page)
    if (complaints.length !== expected) {
      throw new Error(
        `self-test, ${name}: ${complaints.length} complaints, expected ${expected}\n${complaints.join('\n')}`,
      )
    }
  }
  return `self-test: ${cases.length} pages judged rightly`
}

const check = async (page, picture) => {
  if (!existsSync(page)) throw new Error(`${page} is missing; npm start writes it`)
  if (/(src|href)="(https?:)?\/\//.test(readFileSync(page, 'utf8')))
    throw new Error(`${page} loads from a network`)
  const { parts, complaints } = await judge(page)
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
  await chromium(page, `--screenshot=${resolve(picture)}`)
  if (!(existsSync(picture) && statSync(picture).size > 20_000))
    throw new Error(`the screenshot ${picture} is empty`)
  const { stdout } = await execute(browser, ['--version', '--no-sandbox'])
  return `${parts.charts} charts, ${parts['drawn digits']} digits, silent console, in ${stdout.trim()}`
}

try {
  console.log(argv[2] === '--self-test' ? await selfTest() : await check(argv[2], argv[3]))
} catch (error) {
  console.error(error.message)
  exit(1)
} finally {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
}
