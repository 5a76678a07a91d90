/** `sideEffects: false` in package.json is true: importing an entry changes nothing that another module could see. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../arch/tree.js'

/** Entries of the package that load with nothing but what it brings, as the files that `import` takes. */
const entries = (): readonly string[] => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const found: string[] = []
  const walk = (node: unknown): void => {
    if (typeof node === 'string' && node.endsWith('.js')) found.push(node)
    else if (typeof node === 'object' && node !== null) Object.values(node).forEach(walk)
  }
  walk(exports)
  return [...new Set(found)]
}

/** Imports modules in a process of its own, and says what each changed: globals, built-in prototypes, listeners. */
const PROGRAM = `
const shared = () => JSON.stringify([
  Object.getOwnPropertyNames(globalThis).sort(),
  [Object, Function, Array, String, Promise, Error, Map, Set, WeakMap, Float32Array, Uint8Array]
    .map(({ prototype }) => [prototype, Object.getPrototypeOf(prototype)].map(o => o && Reflect.ownKeys(o).map(String))),
  process.eventNames().map(name => String(name) + process.listenerCount(name)).sort(),
  process.getActiveResourcesInfo().filter(name => /Timeout|Immediate|Worker|Server/.test(name)),
])
const changed = []
for (const name of JSON.parse(process.argv[1])) {
  const before = shared()
  await import(name)
  if (shared() !== before) changed.push(name)
}
console.log(JSON.stringify(changed))`

const changing = (modules: readonly string[]): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM, JSON.stringify(modules)], {
      cwd: root,
      encoding: 'utf8',
    }),
  )

test('importing an entry changes nothing and says nothing', () => {
  expect(entries().length).toBeGreaterThan(10)
  expect(changing(entries().map(path => new URL(path, `file://${root}/`).href))).toEqual([])
})

test('control: each kind of change is seen', () => {
  const changes = [
    'globalThis.planted = 1',
    'Array.prototype.planted = 1',
    "process.on('exit', () => {})",
    'setTimeout(() => {}, 50)',
  ].map(text => `data:text/javascript,${encodeURIComponent(text)}`)
  expect(changing(changes)).toEqual(changes)
})
