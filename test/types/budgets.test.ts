/** What the types cost. Counts of instantiations are exact and asserted; times are printed only. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writePrograms } from './diagnose.js'

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

interface Cost {
  readonly errors: readonly string[]
  readonly instantiations: number
  readonly seconds: number
}

const costOf = (name: string, program: string): Cost => {
  const folder = writePrograms(`budget-${name}`, { program })
  const { stdout } = spawnSync(
    process.execPath,
    [tsc, '-p', folder, '--extendedDiagnostics', '--pretty', 'false'],
    {
      encoding: 'utf8',
    },
  )
  const figure = (key: string) => Number(new RegExp(`${key}:\\s+([\\d.]+)`).exec(stdout)?.[1] ?? Number.NaN)
  const cost = {
    errors: stdout.match(/error TS.*/g) ?? [],
    instantiations: figure('Instantiations'),
    seconds: figure('Check time'),
  }
  console.log(`${name}: ${cost.instantiations} instantiations, checked in ${cost.seconds} s`)
  return cost
}

const width = (i: number) => 64 + ((i * 37) % 997)
const times = (n: number, each: (i: number) => string) => Array.from({ length: n }, (_, i) => each(i))
const layers = (n: number, start = 0) => times(n, i => `dense(${width(start + i)})`).join(', ')
const claims = (out: number, kernel: string) => `
export type Claims = [
  Check<Equal<(typeof m)['out'], ['N', ${out}]>>,
  Check<Equal<WeightsOf<typeof m>${kernel}['kernel'], Tensor<[32, ${width(0)}]>>>,
]`

const programs = {
  nothing: '',
  sequential100: `const m = sequential(input(32), ${layers(100)})${claims(width(99), `['layer0']`)}`,
  graph100: `const m = graph(input(32), x0 => {
${times(100, i => `const x${i + 1} = dense(${width(i)}).as('l${i}')(x${i})`).join('\n')}
return x100 })${claims(width(99), `['l0']`)}`,
  nested2000: `const m = sequential(input(32), ${times(40, i => `seq(${layers(50, 50 * i)})`).join(', ')})${claims(
    width(1999),
    `['layer0']['layer0']`,
  )}`,
  matmuls: times(50, i => `export const m${i} = matmul(sym('N', ${i + 2}, ${i + 3}), sym(${i + 3}, 5))`).join(
    '\n',
  ),
  trainings: times(
    20,
    i =>
      `fit(sequential(input(${i + 2}), dense(3)), { x: T([9, ${i + 2}]), y: T([9, 3]) }, { loss: 'meanSquaredError' })`,
  ).join('\n'),
  namedTrainings: times(
    20,
    i => `fit(graphs({ a: input(${i + 2}), b: input(2) }, ({ a, b }) => {
  const h = concat(-1, a, b)
  return { p: dense(3).as('p')(h), q: dense(4).as('q')(h) }
}), { x: { a: T([9, ${i + 2}]), b: T([9, 2]) }, y: { p: T([9, 3]), q: T([9, 4]) } }, { loss: { p: 'meanSquaredError', q: 'categoricalCrossentropy' } })`,
  ).join('\n'),
  reshapes: times(50, i => `export const r${i} = reshape(sym('N', ${i + 2}, 6), ['N', -1, 3])`).join('\n'),
}

describe('instantiations', () => {
  // Before: what the DSL costs when nothing is built with it. Limits leave about a fifth to spare.
  test.each([
    ['nothing', 32_000],
    ['sequential100', 60_000],
    ['graph100', 65_000],
    ['nested2000', 400_000],
    ['matmuls', 60_000],
    ['reshapes', 90_000],
    ['trainings', 60_000],
    ['namedTrainings', 150_000],
  ] as const)('%s within %i', (name, limit) => {
    const cost = costOf(name, programs[name])
    expect(cost.errors).toEqual([])
    expect(cost.instantiations).toBeLessThan(limit)
  })

  test('control: errors and counts are really read', () => {
    const cost = costOf('control', `export const wrong: 0 = dense(3)`)
    expect(cost.errors).toHaveLength(1)
    expect(cost.instantiations).toBeGreaterThan(1000)
  })
})
