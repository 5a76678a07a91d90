/**
 * A model that the types reject is one the run time rejects, and the reverse: random models and broken ones are built
 * with the real constructors and printed as TypeScript. Both must give the same output shape, or refuse with the same
 * sentence.
 */
import { fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { input, sequential } from '../../dsl/model.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { Feedable } from '../../dsl/types/training.js'
import { Fault } from '../../runtime/fault.js'
import { brokenModel, type FaultName, type ModelSample, model } from '../../src/testing/index.js'
import { diagnose, type Found } from './diagnose.js'

interface ModelCase {
  readonly text: string
  readonly out: Shape | undefined
  readonly refusal: string | undefined
}

const modelCase = (text: string, build: () => Feedable): ModelCase => {
  try {
    const built = build()
    return { text, out: 'out' in built ? (built.out as Shape) : undefined, refusal: undefined }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { text, out: undefined, refusal: error.message }
  }
}

const programOf = ({ text, out }: ModelCase) =>
  out === undefined
    ? `export const m = ${text}`
    : `export const m = ${text}\nexport type Out = Check<Equal<(typeof m)['out'], ${JSON.stringify(out)}>>`

/** What the two disagree on, in words; undefined when they agree. */
const disagreement = ({ text, refusal }: ModelCase, found: readonly Found[]): string | undefined => {
  const said = found.map(one => one.text)
  if (refusal === undefined) return said.length === 0 ? undefined : `${text}: accepted, but ${said.join(' ')}`
  const agrees = said.length === 1 && said[0]?.endsWith(`"${refusal}"'.`)
  return agrees ? undefined : `${text}: '${refusal}', but ${said.join(' ') || 'accepted'}`
}

const disagreements = (folder: string, cases: readonly ModelCase[]) => {
  const found = diagnose(folder, Object.fromEntries(cases.map((one, i) => [`m${i}`, programOf(one)])))
  return cases.flatMap((one, i) => disagreement(one, found[`m${i}`] ?? []) ?? [])
}

const seed = 20261122
const faults: readonly FaultName[] = [
  'wrongInput',
  'wrongReshape',
  'wrongFill',
  'wrongResidual',
  'nameTwice',
  'wrongSize',
]
/** Those that are told when the layers meet: of several, the first alone. */
const shapeFaults = faults.filter(name => name !== 'wrongSize' && name !== 'nameTwice')

/** The same layers on an input whose dimensions are symbols. */
const symbolic = ({ source, model: of, x }: ModelSample): ModelCase => {
  const symbols = x.dims.slice(1).map((_, i) => `D${i}`)
  const text = source.replace(/^sequential\(input\([^)]*\)/, `sequential(input(${JSON.stringify(symbols)})`)
  const { layers } = (of as { readonly def: { readonly layers: readonly never[] } }).def
  return modelCase(text, () => sequential(input(symbols), ...layers))
}

describe('random models', () => {
  const right = fc.sample(model(), { numRuns: 150, seed }).map(one => modelCase(one.source, () => one.model))
  const broken = fc.sample(brokenModel({ faults }), { numRuns: 200, seed })
  const many = fc.sample(brokenModel({ faults: shapeFaults, count: 3 }), { numRuns: 60, seed })
  const refused = [...broken, ...many].map(one => modelCase(one.source, one.build))

  test('are accepted and shaped alike by the types and by the run time', () => {
    expect(right.filter(({ out }) => out === undefined)).toEqual([])
    expect(disagreements('models', right)).toEqual([])
  })

  test('are accepted and refused alike where the dimensions of their input are symbols', () => {
    const cases = fc.sample(model(), { numRuns: 100, seed }).map(symbolic)
    expect(cases.filter(({ out }) => out === undefined).length).toBeGreaterThan(10)
    expect(
      cases.filter(({ out, text }) => out !== undefined && text.includes('dense(')).length,
    ).toBeGreaterThan(10)
    expect(disagreements('models-symbolic', cases)).toEqual([])
  })

  test('are refused alike where they are broken, by one diagnostic, also of several faults', () => {
    expect(refused.filter(({ refusal }) => refusal === undefined)).toEqual([])
    expect(disagreements('models-broken', refused)).toEqual([])
  })

  test('are broken in every way, in blocks too', () => {
    expect(new Set(broken.flatMap(one => one.faults))).toEqual(new Set(faults))
    expect(refused.some(({ text }) => text.includes('residual(seq('))).toBe(true)
  })

  test('control: a wrong shape, a wrong sentence and a missed refusal are seen', () => {
    const wrong: readonly ModelCase[] = [
      { text: `sequential(input(3), dense(4))`, out: ['N', 5], refusal: undefined },
      { text: `sequential(input(3), dense(4))`, out: undefined, refusal: 'dense: no' },
      { text: `sequential(input(3), dense(4, { in: 2 }))`, out: undefined, refusal: 'dense: no' },
    ]
    expect(disagreements('models-control', wrong)).toHaveLength(3)
  })
})
