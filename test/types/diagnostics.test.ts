/**
 * What a user sees for each mistake: the text and the place, exactly one diagnostic, and none once it is put
 * right.
 */
import { describe, expect, test } from 'vitest'
import { diagnose, type Found } from './diagnose.js'
import { inTypeScriptsWords, rejected } from './rejected.js'

const names = Object.keys(rejected) as (keyof typeof rejected)[]

const programsOf = (side: 'wrong' | 'right') =>
  Object.fromEntries(names.map(name => [name, rejected[name][side]])) as Record<keyof typeof rejected, string>

const describeFound = (name: string, { at, code, text }: Found) => `${name} @ ${at}\n  TS${code}: ${text}\n`

describe('programs with one mistake', () => {
  const found = diagnose('wrong', programsOf('wrong'))

  test('say it at the place and in the words of the golden file', async () => {
    const text = names.flatMap(name => found[name].map(one => describeFound(name, one))).join('')
    await expect(text).toMatchFileSnapshot('golden/diagnostics.txt')
  })

  test.each(names)('%s: one diagnostic', name => {
    expect(found[name].map(one => describeFound(name, one))).toHaveLength(1)
  })

  test.each(names.filter(name => !inTypeScriptsWords.includes(name)))('%s: in words', name => {
    expect(found[name][0]?.text).toMatch(/"[a-zA-Z0-9]+[ :].*"'\.$/)
  })
})

describe('the same programs, put right', () => {
  const found = diagnose('right', programsOf('right'))

  test.each(names)('%s: no diagnostic', name => {
    expect(found[name]).toEqual([])
  })
})

describe('the real constructors', () => {
  const declared = diagnose('declared', programsOf('wrong'))
  const real = diagnose('real', programsOf('wrong'), 'real')

  test.each(names.filter(name => !inTypeScriptsWords.includes(name)))('%s: the same diagnostic', name => {
    expect(real[name]).toEqual(declared[name])
  })

  test('accept what is put right', () => {
    const right = Object.values(diagnose('real-right', programsOf('right'), 'real'))
    expect(right.flat()).toEqual([])
  })
})

describe('without strict null checks', () => {
  const loose = { strict: false, exactOptionalPropertyTypes: false }
  const wrong = diagnose('loose-wrong', programsOf('wrong'), 'declared', loose)
  const right = diagnose('loose-right', programsOf('right'), 'declared', loose)

  test.each(names)('%s: one diagnostic, none once put right', name => {
    expect(wrong[name].map(one => describeFound(name, one))).toHaveLength(1)
    expect(right[name]).toEqual([])
  })
})

test('control: the harness tells one, two and no diagnostics apart', () => {
  const found = diagnose('control', {
    none: `add(sym(3), sym(3))`,
    one: `add(sym(3), sym(4))`,
    two: `add(sym(3), sym(4)); dense(-1)`,
  })
  expect(found.none).toHaveLength(0)
  expect(found.one).toHaveLength(1)
  expect(found.two.map(({ at }) => at)).toEqual(['sym(4)', '-1'])
})
