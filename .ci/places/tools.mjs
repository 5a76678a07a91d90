/** Processes, files and a browser for the places. */
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join } from 'node:path'
import { env, execPath } from 'node:process'
import { chromium } from 'playwright-core'

/** Runs a program to its end: all that it printed. Throws what it printed last where it fails or takes too long. */
export const run = (command, args, { cwd, env: more = {}, seconds = 150 } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, CI: 'true', NO_COLOR: '1', ...more },
      detached: true,
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (printed += data))
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 1000 * seconds)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(printed)
      else
        reject(
          new Error(`${[command, ...args].join(' ')} ended with ${signal ?? code}\n${printed.slice(-3000)}`),
        )
    })
  })

export const node = (args, options) => run(execPath, args, options)

/** Writes files into a folder, which is made. */
export const write = (folder, files) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves a folder on a port of this machine, with headers. */
const serve = (folder, headers) =>
  new Promise(resolve => {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      const file = join(folder, path === '/' ? 'index.html' : path)
      if (!existsSync(file) || !statSync(file).isFile()) {
        response.writeHead(404, headers).end()
        return
      }
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain', ...headers })
      createReadStream(file).pipe(response)
    })
    server.listen(0, '127.0.0.1', () => resolve(server))
  })

export const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

const executablePath = env.CHROMIUM ?? '/usr/bin/chromium'

/** A browser for all pages, started when the first needs it. */
let browser
export const closeBrowser = async () => (await browser)?.close()

/** What a page printed, until it said its answer (a line that `isLast`), or failed. */
const listen = async (page, open, isLast, seconds = 60) => {
  const lines = []
  await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`nothing was said in ${seconds} s\n${lines.slice(-20).join('\n')}`)),
      1000 * seconds,
    )
    const end = (settle, value) => {
      clearTimeout(timer)
      settle(value)
    }
    page.on('pageerror', error => end(reject, new Error(`${error.message}\n${lines.slice(-20).join('\n')}`)))
    page.on('console', message => {
      if (message.text().includes('favicon')) return
      lines.push(message.text())
      if (isLast(message.text())) end(resolve)
    })
    open().catch(error => end(reject, error))
  })
  return lines.join('\n')
}

const isAnswer = line => !/^\s*epoch\b/.test(line) && /\d\.\d+.*\d\.\d+/.test(line)

/** What the page of a folder prints in Chromium, up to its answer. */
export const inPage = async (folder, { headers = {}, isLast = isAnswer, path = '/' } = {}) => {
  const server = await serve(folder, headers)
  try {
    return await atAddress(`http://127.0.0.1:${server.address().port}${path}`, { isLast })
  } finally {
    server.close()
  }
}

/** What the page at an address prints. */
export const atAddress = async (address, { isLast = isAnswer } = {}) => {
  browser ??= chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  const context = await (await browser).newContext()
  try {
    const page = await context.newPage()
    return await listen(page, () => page.goto(address), isLast)
  } finally {
    await context.close()
  }
}

/** What a page of an unpacked extension prints. */
export const inExtension = async (folder, id, file) => {
  const context = await chromium.launchPersistentContext(join(folder, '..', 'profile'), {
    executablePath,
    channel: undefined,
    args: [
      '--headless=new',
      '--no-sandbox',
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
    ],
    ignoreDefaultArgs: ['--disable-extensions', '--headless'],
  })
  try {
    const page = await context.newPage()
    return await listen(page, () => page.goto(`chrome-extension://${id}/${file}`), isAnswer)
  } finally {
    await context.close()
  }
}
