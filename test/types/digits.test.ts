/** Digit arithmetic in types against JavaScript's, and the tables against the script that wrote them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fc } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import * as values from '../../dsl/types/dim-values.js'
import type { Dim } from '../../dsl/types/dims.js'
import { diagnose } from './diagnose.js'

const folder = fileURLToPath(new URL('../../dsl/types/', import.meta.url))

test('the tables are what the script writes', () => {
  const written = execFileSync(process.execPath, [`${folder}digit-tables.gen.mjs`], { encoding: 'utf8' })
  expect(readFileSync(`${folder}digit-tables.ts`, 'utf8')).toBe(written)
})

const imports = `
import type * as g from '../../../dsl/types/digits.js'
import type { AddDims, MultiplyDims, Product } from '../../../dsl/types/dims.js'
`

type Row = readonly [type: string, is: string]

const disagreements = (name: string, rows: readonly Row[]) =>
  diagnose(name, {
    rows:
      imports + rows.map(([type, is], i) => `export type R${i} = Check<Equal<${type}, ${is}>>`).join('\n'),
  }).rows.map(({ at }) => at)

/** Numbers of every length, not only long ones. */
const natural = fc.nat(7).chain(digits => fc.nat(10 ** digits))

const arithmetic = (a: number, b: number): readonly Row[] => {
  const [high, low] = a > b ? [a, b] : [b, a]
  const order = a < b ? 'less' : a > b ? 'greater' : 'equal'
  return [
    [`g.AddDigits<'${a}', '${b}'>`, `'${a + b}'`],
    [`g.SubtractDigits<'${high}', '${low}'>`, `'${high - low}'`],
    [`g.MultiplyDigits<'${a}', '${b}'>`, `'${BigInt(a) * BigInt(b)}'`],
    [`g.CompareDigits<'${a}', '${b}'>`, `'${order}'`],
    ...(b === 0
      ? []
      : [[`g.DivideDigits<'${a}', '${b}'>`, `['${Math.floor(a / b)}', '${a % b}']`] satisfies Row]),
  ]
}

test('arithmetic on digits is exact', () => {
  const drawn = fc.sample(fc.tuple(natural, natural), { numRuns: 300, seed: 12345 })
  const edges: readonly (readonly [number, number])[] = [
    [0, 0],
    [9, 1],
    [9999999, 1],
    [10000000, 3163],
    [12345, 67890],
    [1000, 10],
  ]
  expect(
    disagreements(
      'digits',
      [...drawn, ...edges].flatMap(([a, b]) => arithmetic(a, b)),
    ),
  ).toEqual([])
})

const dims = fc.oneof(natural, fc.constantFrom<Dim>('N', 'M', '2*N', '12*N*M', 'N+1', '3*(N+M)', 0, 1))

test('dimensions add and multiply the same in types and at run time', () => {
  const drawn = fc.sample(fc.tuple(dims, dims, dims), { numRuns: 200, seed: 54321 })
  const text = (dim: Dim) => JSON.stringify(dim)
  const rows = drawn.flatMap(([a, b, c]): readonly Row[] => [
    [`AddDims<${text(a)}, ${text(b)}>`, text(values.addDims(a, b))],
    [`MultiplyDims<${text(a)}, ${text(b)}>`, text(values.multiplyDims(a, b))],
    ...(typeof a === 'number' && typeof b === 'number' && typeof c === 'number'
      ? []
      : [[`Product<[${text(a)}, ${text(b)}, ${text(c)}]>`, text(values.product([a, b, c]))] satisfies Row]),
  ])
  const exact = rows.filter(([, is]) => !(Number(is) > Number.MAX_SAFE_INTEGER))
  expect(exact.length).toBeGreaterThan(300)
  expect(disagreements('dim-values', exact)).toEqual([])
})

test('control: a wrong digit is seen', () => {
  const rows: readonly Row[] = [
    [`g.AddDigits<'19', '1'>`, `'20'`],
    [`g.AddDigits<'19', '1'>`, `'10'`],
    [`AddDims<2, 3>`, `6`],
  ]
  expect(disagreements('digits-control', rows)).toHaveLength(2)
})
