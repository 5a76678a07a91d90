/**
 * A model that the types reject is one the run time rejects, and the reverse: random models are built with
 * the real constructors and printed as TypeScript. Both must give the same output shape, or refuse with the
 * same sentence.
 */
import { fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { residual } from '../../dsl/layers/residual.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import { input, sequential } from '../../dsl/model.js'
import { reshape } from '../../dsl/ops.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { LayerFn } from '../../dsl/types/layer.js'
import { Fault } from '../../runtime/fault.js'
import { diagnose, type Found } from './diagnose.js'

/** A layer, and how it is written. */
interface Written {
  readonly text: string
  readonly layer: LayerFn
}

const written = (text: string, layer: LayerFn): Written => ({ text, layer })

const simple: fc.Arbitrary<Written> = fc.constantFrom(
  written(`batchNorm()`, batchNorm()),
  written(`layerNorm({ center: false })`, layerNorm({ center: false })),
  written(`dropout(0.5)`, dropout(0.5)),
  written(`activation('relu')`, activation('relu')),
  written(`flatten()`, flatten()),
)

// Few different widths, so that stated dimensions meet, and sometimes do not.
const width = fc.constantFrom(2, 3, 4, 6)
const denseOf = width.map(n => written(`dense(${n})`, dense(n)))
const denseFrom = fc.tuple(width, width).map(([n, from]) => {
  const text = `dense(${n}, { in: ${from}, useBias: false, batchNormalization: true })`
  return written(text, dense(n, { in: from, useBias: false, batchNormalization: true }))
})
const nameOf = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const denseNamed = fc
  .tuple(width, nameOf)
  .map(([n, name]) => written(`dense(${n}, 'relu').as('${name}')`, dense(n, 'relu').as(name)))
const reshaped = fc
  .array(fc.constantFrom(-1, 2, 3, 4), { minLength: 1, maxLength: 3 })
  .map(to => written(`reshape([${to}])`, reshape(to)))

const listOf = (layer: fc.Arbitrary<Written>) => fc.array(layer, { minLength: 1, maxLength: 3 })
const { layer: anyLayer } = fc.letrec<{ layer: Written }>(tie => ({
  layer: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'layers' },
    { weight: 4, arbitrary: denseOf },
    { weight: 2, arbitrary: denseFrom },
    { weight: 2, arbitrary: denseNamed },
    { weight: 3, arbitrary: simple },
    { weight: 2, arbitrary: reshaped },
    {
      weight: 2,
      arbitrary: listOf(tie('layer')).map(inner =>
        written(`seq(${textOf(inner)})`, seq(...inner.map(({ layer }) => layer))),
      ),
    },
    {
      weight: 2,
      arbitrary: tie('layer').map(inner => written(`residual(${inner.text})`, residual(inner.layer))),
    },
  ),
}))

const textOf = (layers: readonly Written[]) => layers.map(({ text }) => text).join(', ')

interface ModelCase {
  readonly text: string
  readonly out: Shape | undefined
  readonly refusal: string | undefined
}

const modelCase = (shape: readonly number[], layers: readonly Written[]): ModelCase => {
  const text = `sequential(input([${shape}]), ${textOf(layers)})`
  try {
    const model = sequential(input(shape), ...layers.map(({ layer }) => layer))
    return { text, out: model.out as Shape, refusal: undefined }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { text, out: undefined, refusal: error.message }
  }
}

const modelCases = fc
  .tuple(fc.array(width, { minLength: 1, maxLength: 2 }), fc.array(anyLayer, { minLength: 1, maxLength: 5 }))
  .map(([shape, layers]) => modelCase(shape, layers))

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

describe('random models', () => {
  const cases = fc.sample(modelCases, { numRuns: 300, seed: 20261122 })

  test('are accepted, refused and shaped alike by the types and by the run time', () => {
    expect(disagreements('models', cases)).toEqual([])
  })

  test('hold accepted and refused ones, a fair share of each', () => {
    const refused = cases.filter(({ refusal }) => refusal !== undefined).length
    expect(refused).toBeGreaterThan(20)
    expect(cases.length - refused).toBeGreaterThan(20)
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
