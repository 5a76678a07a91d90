/**
 * The accepted programs are compiled with the project; here on their own, so that `npm test` sees them too.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagnoseFile } from './diagnose.js'

const paths = [
  'accepted.ts',
  'accepted-data.ts',
  'accepted-helpers.ts',
  'accepted-nodes.ts',
  'accepted-windows.ts',
].map(name => new URL(`./${name}`, import.meta.url))

test.each(paths)('every accepted program compiles, every wrong claim is refused: %s', path => {
  expect(diagnoseFile(path)).toEqual([])
})

test.each(paths)('control: there are wrong claims in it: %s', path => {
  expect(readFileSync(path, 'utf8').match(/@ts-expect-error/g)?.length).toBeGreaterThanOrEqual(3)
})
