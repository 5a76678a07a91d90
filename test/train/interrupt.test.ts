import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

/** A training of many epochs whose callback presses Ctrl-C in the third; it prints how the training ended. */
const program = (settings: string): string => `
import { dense, fit, input, run, sequential, tensor, unwrap } from ${JSON.stringify(
  new URL('../../dist/src/index.js', import.meta.url).href,
)}
${settings}
const data = { x: unwrap(tensor([4, 1], [1, 2, 3, 4])), y: unwrap(tensor([4, 1], [1, 2, 3, 4])) }
const press = { onEpochEnd: epoch => { if (epoch === 2) process.kill(process.pid, 'SIGINT') } }
const task = fit(sequential(input(1), dense(1)), data, {
  loss: 'meanSquaredError', epochs: 1e6, verbose: 'silent', callbacks: [press],
})
const { history } = await run(task)
console.log(JSON.stringify([history.stopped, history.epoch.length >= 3, process.listenerCount('SIGINT')]))
`

const outcome = (text: string) => {
  const { stdout, stderr, signal, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', text],
    { encoding: 'utf8', timeout: 30_000 },
  )
  return { stdout, stderr, signal, status }
}

const TERMINAL = `Object.defineProperty(process.stdout, 'isTTY', { value: true })`

describe('Ctrl-C during fit', () => {
  test('in a terminal keeps what was learned, and the program goes on', () => {
    expect(outcome(program(TERMINAL))).toEqual({
      stdout: '["interrupted",true,0]\n',
      stderr: '',
      signal: null,
      status: 0,
    })
  })

  test('where there is no terminal ends the program, as always', () => {
    expect(outcome(program(''))).toMatchObject({ stdout: '', signal: 'SIGINT' })
  })

  test('a second time ends the program', () => {
    const stubborn = `${TERMINAL}
process.stdout.write('begun ')
const twice = () => { process.kill(process.pid, 'SIGINT'); setImmediate(() => process.kill(process.pid, 'SIGINT')) }`
    const never = program(stubborn).replace(
      'const { history } = await run(task)',
      'task(); twice(); await new Promise(r => setTimeout(r, 60_000))',
    )
    expect(outcome(never)).toMatchObject({ stdout: 'begun ', signal: 'SIGINT' })
  })

  test('is left to a program that listens for it itself', () => {
    const own = `${TERMINAL}
process.on('SIGINT', () => process.exit(3))`
    expect(outcome(program(own))).toMatchObject({ stdout: '', status: 3 })
  })
})
