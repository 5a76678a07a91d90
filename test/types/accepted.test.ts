/**
 * accepted.ts is compiled with the project; here it is compiled on its own, so that `npm test` sees it too.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagnoseFile } from './diagnose.js'

const path = new URL('./accepted.ts', import.meta.url)

test('every accepted program compiles, every wrong claim is refused', () => {
  expect(diagnoseFile(path)).toEqual([])
})

test('control: there are wrong claims in it', () => {
  expect(readFileSync(path, 'utf8').match(/@ts-expect-error/g)?.length).toBeGreaterThanOrEqual(6)
})
