/** Node, and what has Node's modules: Deno and Bun. */
import { deflateSync } from 'node:zlib'
import pc from 'picocolors'
import type { Platform } from './platform.js'

export const output: Platform['output'] = process.stdout

export const paint: Platform['paint'] = { bold: pc.bold, dim: pc.dim, cyan: pc.cyan }

export const breathe: Platform['breathe'] = () => new Promise(done => setImmediate(done))

/** What Ctrl-C ends. */
const running = new Set<() => void>()

const endAll = (): void => {
  // The next Ctrl-C does what it always does.
  process.off('SIGINT', endAll)
  for (const raised of running) raised()
}

/** Ctrl-C is a key of a terminal; and where the program itself listens for it, it is the program's. */
const isOurs = (): boolean =>
  (process.stdout.isTTY === true || process.stderr.isTTY === true) &&
  process.listeners('SIGINT').every(listener => listener === endAll)

export const onInterrupt: Platform['onInterrupt'] = raised => {
  if (!isOurs()) return () => {}
  if (running.size === 0) process.on('SIGINT', endAll)
  running.add(raised)
  return () => {
    running.delete(raised)
    if (running.size === 0) process.off('SIGINT', endAll)
  }
}

export const atEnd: Platform['atEnd'] = report => {
  process.once('exit', code => {
    const text = code === 0 ? report() : undefined
    if (text !== undefined) process.stderr.write(`${text}\n`)
  })
}

/** Node's workers. They do not keep the process alive, and take over none of its arguments. */
export const spawnThread: Platform['spawnThread'] = async source => {
  const { Worker } = await import('node:worker_threads')
  const program = `${source}
const { parentPort } = require('node:worker_threads')
parentPort.on('message', follow)
parentPort.postMessage('ready')`
  const worker = new Worker(program, { eval: true, execArgv: [], stdout: false })
  worker.unref()
  await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { post: start => worker.postMessage(start), stop: () => void worker.terminate() }
}

export const deflate: Platform['deflate'] = bytes => deflateSync(bytes, { level: 9 })
