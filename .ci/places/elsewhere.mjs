/** Places with rules of their own: servers that render pages, workers at the edge, pages under a strict policy. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import { EVERYTHING } from './everything.mjs'
import { MARK, SAY } from './program.mjs'
import { atAddress, ISOLATED, inPage, node, write } from './tools.mjs'

/** The app of Next: the program in a server component and in a client component. */
const nextApp = main => ({
  'package.json': JSON.stringify({ private: true, type: 'module' }),
  'app/layout.js': `import { createElement } from 'react'
export default function Layout({ children }) {
  return createElement('html', null, createElement('body', null, children))
}`,
  'app/server/page.js': `import { createElement } from 'react'
${main}
export const dynamic = 'force-dynamic'
export default async function Page() {
  const said = []
  await main({ log: (...words) => said.push(words) })
  return createElement('pre', null, '${MARK}' + JSON.stringify(said))
}`,
  'app/client/page.js': `'use client'
import { createElement, useEffect } from 'react'
${main}
export default function Page() {
  useEffect(() => {
    const said = []
    main({ log: (...words) => said.push(words) }).then(() => console.log('${MARK}' + JSON.stringify(said)))
  }, [])
  return createElement('p', null, 'densor')
}`,
})

/** Serves what Next has built while `use` looks at it. */
const nextServer = async (bin, folder, use) => {
  const child = spawn(execPath, [bin, 'start', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd: folder,
    env: { ...env, NEXT_TELEMETRY_DISABLED: '1' },
  })
  try {
    const address = await new Promise((resolve, reject) => {
      let printed = ''
      const look = data => {
        printed += data
        const found = /http:\/\/(?:127\.0\.0\.1|localhost):[1-9]\d*/.exec(printed)
        if (found !== null) resolve(found[0])
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.on('exit', code => reject(new Error(`next start ended with ${code}\n${printed}`)))
    })
    return await use(address)
  } finally {
    child.kill()
  }
}

const next = (bundler, flags) => ({
  name: `Next.js, ${bundler}`,
  tool: 'next',
  how: 'a server component and a client component, `next build` and `next start`, koffi installed',
  try: async ({ folder, forms, tool }) => {
    write(folder, nextApp(forms.main))
    const bin = tool('next/dist/bin/next')
    await node([bin, 'build', ...flags], { cwd: folder, env: { NEXT_TELEMETRY_DISABLED: '1' }, seconds: 240 })
    return nextServer(bin, folder, async address => {
      const html = await (await fetch(`${address}/server`)).text()
      const [server] = new RegExp(`${MARK}[^<]*`).exec(html) ?? ['nothing on the server']
      const client = await atAddress(`${address}/client`, { isLast: line => line.includes(MARK) })
      // both must have said it: the place is judged by the line that comes last
      return /\d\.\d+/.test(server) ? `${server.replaceAll('&quot;', '"')}\n${client}` : server
    })
  },
})

/** Runs a worker in workerd, the engine of Cloudflare's workers, and prints what it answers. */
const inWorkerd = (folder, modules) => {
  write(folder, {
    'serve.mjs': `import { Miniflare } from 'miniflare'
const server = new Miniflare({ compatibilityDate: '2026-01-01', modulesRoot: '.', modules: ${JSON.stringify(modules)} })
try {
  console.log(await (await server.dispatchFetch('http://localhost/')).text())
} finally {
  await server.dispose()
}`,
  })
  return node(['serve.mjs'], { cwd: folder })
}

const bundle = (folder, options) =>
  node(
    ['-e', `require('esbuild').buildSync(${JSON.stringify({ bundle: true, format: 'esm', ...options })})`],
    {
      cwd: folder,
    },
  )

const COMPILED = `import { adam, dense, init, input, sequential, unwrap } from 'densor'
import { embed } from 'densor/embed'
const model = sequential(input(2), dense(8, 'tanh'), dense(1, 'sigmoid'))
const train = { loss: 'binaryCrossentropy', optimizer: adam({ learningRate: 0.05 }), batch: 4 }
export const xor = embed(model, { weights: unwrap(init(model)), train })
`

/** A page under `script-src 'self'`: what each target says there. */
const UNDER_POLICY = `import { dense, describeFault, init, input, predict, sequential, tensor, unwrap } from 'densor'
const model = sequential(input(2), dense(1))
const x = unwrap(tensor([1, 2], [1, 2]))
const said = []
for (const target of ['wasm', 'js', 'evaluator']) {
  const outcome = await predict(model, unwrap(init(model)), x, { target })()
  said.push(target + ': ' + (outcome._tag === 'Right' ? 'answers' : describeFault(outcome.left)))
}
console.log(said.join('; '))
console.log('end')
`

const HTML = '<!doctype html><meta charset="utf-8"><script type="module" src="./bundle.js"></script>'

const everything = (where, headers, entry) => ({
  name: `all of it, ${where}`,
  how: 'fit, evaluate, predict, weights to bytes and back, jit, 2 threads, in Chromium',
  outcome: 'the same answers',
  expects: /^everything: done$/m,
  try: async ({ folder }) => {
    write(folder, { ...EVERYTHING, 'site/index.html': HTML })
    await bundle(folder, { entryPoints: [entry], outfile: 'site/bundle.js' })
    await bundle(folder, { entryPoints: ['everything.js'], outfile: 'site/worker.js' })
    return inPage(join(folder, 'site'), { headers, isLast: line => line.startsWith('everything: ') })
  },
})

export const ELSEWHERE = [
  next('Turbopack', []),
  next('webpack', ['--webpack']),
  {
    name: 'Cloudflare-style worker, compiled',
    tool: 'miniflare',
    how: '`densor build --wasm import`, which trains and predicts, in workerd',
    outcome: 'runs, once compiled',
    expects: /^0,1,1,0$/m,
    try: async ({ folder, installed }) => {
      write(folder, {
        'package.json': JSON.stringify({ type: 'module' }),
        'xor.js': COMPILED,
        'worker.js': `import { fit, predict } from './built/xor.js'
export default {
  fetch: () => {
    const x = [0, 0, 0, 1, 1, 0, 1, 1]
    fit(x, [0, 1, 1, 0], { epochs: 300 })
    return new Response(Array.from(predict(x), Math.round).join())
  },
}`,
      })
      await node(
        [join(installed, 'dist/src/cli/main.js'), 'build', 'xor.js', '-o', 'built', '--wasm', 'import'],
        {
          cwd: folder,
        },
      )
      return inWorkerd(folder, [
        { type: 'ESModule', path: 'worker.js' },
        { type: 'ESModule', path: 'built/xor.js' },
        { type: 'CompiledWasm', path: 'built/xor.wasm' },
      ])
    },
  },
  {
    name: 'Cloudflare-style worker, as it is',
    tool: 'miniflare',
    how: 'bundled by esbuild, in workerd, which compiles nothing while a program runs',
    outcome: 'a fault that says how to compile it beforehand',
    expects: /wasm-forbidden.*densor build/s,
    try: async ({ folder, forms }) => {
      write(folder, {
        'main.js': `${forms.main}
export default {
  fetch: async () => {
    try {
${SAY.replace('console.log(', 'return new Response(')}
    } catch (error) {
      return new Response(error.message)
    }
  },
}`,
      })
      await bundle(folder, {
        entryPoints: ['main.js'],
        outfile: 'worker.js',
        conditions: ['workerd', 'worker'],
      })
      return inWorkerd(folder, [{ type: 'ESModule', path: 'worker.js' }])
    },
  },
  {
    name: 'page under a strict policy',
    how: "`script-src 'self'`, in Chromium",
    outcome: "faults that name `'wasm-unsafe-eval'` and the way; the evaluator answers",
    expects:
      /wasm: .*wasm-forbidden.*'wasm-unsafe-eval'.*js: .*eval-forbidden.*densor build.*evaluator: answers/s,
    try: async ({ folder }) => {
      write(folder, { 'main.js': UNDER_POLICY, 'site/index.html': HTML })
      await bundle(folder, { entryPoints: ['main.js'], outfile: 'site/bundle.js' })
      const headers = { 'content-security-policy': "script-src 'self'" }
      return inPage(join(folder, 'site'), { headers, isLast: line => line === 'end' })
    },
  },
  everything('main thread', {}, 'everything.js'),
  everything('main thread, isolated', ISOLATED, 'everything.js'),
  everything('module worker', {}, 'in-worker.js'),
  everything('module worker, isolated', ISOLATED, 'in-worker.js'),
]
