import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, run } from '../embed/folder.js'

const example = join(root, 'examples', 'embedded')
const out = join(root, 'out', 'embedded')
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

const node = async (...args: readonly string[]): Promise<string> => {
  const { code, out: text, err } = await run(process.execPath, args, root)
  expect(code, err).toBe(0)
  return text
}

/** The first held-out digits: their pixels, and what they are. */
const heldOut = async (count: number) => {
  const { readTensors } = await import('../../src/formats/weights.js')
  const tensors = new Map(await readTensors(join(out, 'held-out.safetensors')))
  const x = tensors.get('x')?.data ?? []
  return {
    rows: Array.from({ length: count }, (_, i) => [...Array.from(x).slice(784 * i, 784 * (i + 1))]),
    labels: Array.from(tensors.get('y')?.data ?? []).slice(0, count),
  }
}

beforeAll(async () => {
  await node(join(example, 'train.js'))
}, 120_000)

test('the module of the model has types, without a generated file', async () => {
  await node(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', example)
})

test('C99 for firmware', async () => {
  const folder = join(out, 'c')
  const command = join(root, 'dist', 'src', 'cli', 'main.js')
  await node(command, 'build', join(example, 'digits.model.ts'), '--target', 'c', '-o', folder)
  const strict = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic', '-O2']
  const built = await run('cc', [...strict, 'digits.c', 'digits_test.c', '-o', 'digits', '-lm'], folder)
  expect(built).toEqual({ code: 0, out: '', err: '' })
  expect((await run(join(folder, 'digits'), [], folder)).out).toBe('digits: 0 of 10 numbers are wrong\n')
})

describe('a Node HTTP service', () => {
  let child: ChildProcess
  let url = ''
  beforeAll(async () => {
    await node(join(example, 'service', 'build.js'))
    const folder = await mkdtemp(join(tmpdir(), 'densor service '))
    child = spawn(process.execPath, [join(out, 'service.js')], {
      cwd: folder,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    url = await new Promise(done =>
      child.stdout?.once('data', (text: Buffer) => done(text.toString().trim())),
    )
  })
  afterAll(() => void child.kill())

  const ask = async (
    body: unknown,
  ): Promise<{ readonly status: number; readonly body: Record<string, never> }> => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Record<string, never> }
  }

  test('reads held-out digits', async () => {
    const { rows, labels } = await heldOut(100)
    const { status, body } = await ask(rows.flat())
    expect(status).toBe(200)
    const shares = body.probabilities as unknown as readonly number[]
    const hits = labels.filter((label, i) => {
      const row = shares.slice(10 * i, 10 * (i + 1))
      return row.indexOf(Math.max(...row)) === label
    })
    expect(hits.length).toBeGreaterThan(85)
  })

  test.each([
    ['too few numbers', [1, 2, 3], 'predict: expected [N, 784], received 3 numbers'],
    ['no numbers', { a: 1 }, 'predict: expected [N, 784], received Object without numbers'],
    [
      'texts',
      Array.from({ length: 784 }, () => 'x'),
      'predict: expected [N, 784], received Array without numbers',
    ],
  ])('%s: an answer that says so', async (_, body, error) => {
    expect(await ask(body)).toEqual({ status: 400, body: { error } })
  })
})

test('a runtime that takes WebAssembly only as an import', async () => {
  await node(join(example, 'worker', 'build.js'))
  const { rows, labels } = await heldOut(20)
  const program = `
import worker from ${JSON.stringify(join(out, 'worker', 'worker.js'))}
const digits = []
for (const row of ${JSON.stringify(rows)}) {
  const request = new Request('http://edge/', { method: 'POST', body: JSON.stringify(row) })
  digits.push((await (await worker.fetch(request)).json()).digit)
}
console.log(JSON.stringify(digits))`
  const args = ['--disallow-code-generation-from-strings', '--import', join(example, 'worker', 'runtime.js')]
  const digits: readonly number[] = JSON.parse(await node(...args, '--input-type=module', '-e', program))
  expect(digits.filter((digit, i) => digit === labels[i]).length).toBeGreaterThan(15)
  // the control: the same runtime refuses a module that brings its bytes along
  const inline = await run(process.execPath, [...args, join(out, 'service.js')], root)
  expect(inline.code).not.toBe(0)
  expect(inline.err).toContain('Wasm code generation disallowed')
})

/** Strokes on a field of 280 x 280, as a hand would draw them. */
const strokes: Readonly<Record<string, readonly (readonly [number, number][])[]>> = {
  '1': [
    [
      [145, 40],
      [140, 240],
    ],
  ],
  '7': [
    [
      [75, 60],
      [205, 60],
      [130, 240],
    ],
  ],
  '0': [
    Array.from({ length: 33 }, (_, i): [number, number] => [
      140 - 62 * Math.sin((i * Math.PI) / 16),
      140 - 95 * Math.cos((i * Math.PI) / 16),
    ]),
  ],
}

describe('the page, in a browser that forbids eval', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  beforeAll(async () => {
    await node(
      join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
      'build',
      '--logLevel',
      'error',
      join(example, 'page'),
    )
    const types: Readonly<Record<string, string>> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.css': 'text/css',
    }
    server = createServer(async (request, response) => {
      const name = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1)
      const body = await readFile(join(out, 'page', name)).catch(() => undefined)
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type': types[extname(name)] ?? 'application/octet-stream',
        'content-security-policy':
          "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:",
      })
      response.end(body)
    }).listen(0, '127.0.0.1')
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    })
    page = await browser.newPage({ viewport: { width: 800, height: 760 } })
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const draw = async (digit: string): Promise<void> => {
    await page.click('#clear')
    const box = await page.locator('#board').boundingBox()
    for (const stroke of strokes[digit] ?? []) {
      const [first, ...rest] = stroke.map(([x, y]) => [x + (box?.x ?? 0), y + (box?.y ?? 0)] as const)
      await page.mouse.move(...(first ?? [0, 0]))
      await page.mouse.down()
      for (const point of rest) await page.mouse.move(...point, { steps: 6 })
      await page.mouse.up()
    }
  }

  const answer = async () => ({
    digit: await page.textContent('#answer'),
    share: Number.parseFloat((await page.textContent('#share')) ?? ''),
  })

  test.each(['1', '7', '0'])('a drawn %s is read', async digit => {
    await draw(digit)
    expect((await answer()).digit).toBe(digit)
    await mkdir(join(out, 'shots'), { recursive: true })
    await page.screenshot({ path: join(out, 'shots', `${digit}.png`) })
  })

  test('corrections are learned: a circle becomes a 9, and is one when drawn again', async () => {
    await draw('0')
    for (let i = 0; i < 6; i++) await page.click('#corrections button:text-is("9")')
    expect(await page.textContent('#state')).toMatch(/Learned from 6 corrections: loss [\d.]+ to [\d.]+\./)
    await draw('0')
    expect((await answer()).digit).toBe('9')
    await page.screenshot({ path: join(out, 'shots', 'learned.png') })
  })

  test('nothing is said on the console', () => {
    expect(complaints).toEqual([])
  })

  test('control: the page could not evaluate text, nor run a script that stands in it', async () => {
    await page.evaluate(
      'document.head.append(Object.assign(document.createElement("script"), { textContent: "globalThis.ran = 1" })), setTimeout("globalThis.ran = 2")',
    )
    await page.waitForTimeout(100)
    expect(await page.evaluate('globalThis.ran')).toBe(undefined)
  })
})
