/**
 * The same rule, the same sentence: random shapes go through the run-time rules, the answers (a shape or a
 * sentence) are printed as TypeScript beside the type-level rules, and one compilation says whether the two
 * agree.
 */
import { fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import * as rules from '../../dsl/types/rules.js'
import * as windowRules from '../../dsl/types/window-rules.js'
import type { Pair } from '../../dsl/types/windows.js'
import * as wording from '../../dsl/types/wording.js'
import { Fault } from '../../runtime/fault.js'
import { diagnose } from './diagnose.js'

// ---- printing

const literal = (value: unknown): string => JSON.stringify(value)

/** What a rule answers: the shape, or the refusal in its sentence. */
const answer = (rule: () => Shape): string => {
  try {
    return literal(rule())
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return `ShapeError<${literal(error.message)}>`
  }
}

interface Case {
  /** The type-level application. */
  readonly type: string
  /** What it must be, computed at run time. */
  readonly is: string
}

const imports = `
import type * as r from '../../../dsl/types/shape-rules.js'
import type { Reshape } from '../../../dsl/types/reshape.js'
import type { Einsum } from '../../../dsl/types/einsum.js'
import type * as l from '../../../dsl/types/layers.js'
import type * as w from '../../../dsl/types/wording.js'
import type * as v from '../../../dsl/types/windows.js'
import type { Apply } from '../../../dsl/types/layer.js'
import type { AddDims, MultiplyDims } from '../../../dsl/types/dims.js'
`

const programOf = (cases: readonly Case[]): string =>
  imports + cases.map(({ type, is }, i) => `export type C${i} = Check<Equal<${type}, ${is}>>`).join('\n')

const disagreements = (folder: string, cases: readonly Case[]): readonly string[] =>
  diagnose(folder, { cases: programOf(cases) }).cases.map(({ at, text }) => `${at}: ${text}`)

// ---- random shapes; small numbers, so that dimensions meet

const dim: fc.Arbitrary<Dim> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Dim>(1, 2, 3, 4, 6, 12) },
  { weight: 2, arbitrary: fc.constantFrom<Dim>('N', 'M', '2*N', 'N+1', 'N*M') },
)
const shape = (minLength: number, maxLength: number) => fc.array(dim, { minLength, maxLength })
const pixels = (): fc.Arbitrary<Dim> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 30 }) },
    { weight: 1, arbitrary: fc.constant('H') },
  )
const pair = (max: number): fc.Arbitrary<Pair> => {
  const size = fc.integer({ min: 1, max })
  return fc.oneof(size, fc.tuple(size, size))
}
const axis = fc.integer({ min: -4, max: 4 })

/** A shape and another that differs from it in at most one dimension. */
const twins = shape(1, 4).chain(a =>
  fc.tuple(fc.constant(a), fc.nat(a.length - 1), dim).map(([s, i, d]): [Shape, Shape] => [s, s.with(i, d)]),
)
const pairs = fc.oneof(twins, fc.tuple(shape(0, 4), shape(0, 4)))
/** The same for matmul: the second shape's rows are the first one's columns, mostly. */
const factors = fc.oneof(
  pairs,
  fc.tuple(shape(0, 2), dim, dim, dim).map(([batch, m, k, n]): [Shape, Shape] => [
    [...batch, m, k],
    [...batch.slice(1), k, n],
  ]),
)

const binary = (name: string, rule: (a: Shape, b: Shape) => Shape, arbitrary: fc.Arbitrary<[Shape, Shape]>) =>
  arbitrary.map(
    ([a, b]): Case => ({ type: `${name}${literal(a)}, ${literal(b)}>`, is: answer(() => rule(a, b)) }),
  )

const reshapeTarget = fc
  .tuple(shape(0, 3), fc.array(fc.constantFrom<Dim>(-1, -1, 0, 2, 3, 'N'), { maxLength: 1 }))
  .map(([front, extra]) => [...extra, ...front])

/** Images of a few pixels, now and then of a rank that has none. */
const images = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(pixels(), pixels(), dim).map(([h, w, c]): Shape => ['N', h, w, c]) },
  { weight: 1, arbitrary: shape(0, 5) },
)

const windowing: fc.Arbitrary<windowRules.Windowing> = fc.record({
  size: pair(5),
  strides: pair(3),
  padding: fc.constantFrom('valid', 'same'),
  dilation: pair(2),
})

const windowArguments = ({ size, strides, padding }: windowRules.Windowing): string =>
  [size, strides, padding].map(literal).join(', ')

const families: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  broadcast: binary(`r.Broadcast<'add', `, (a, b) => rules.broadcast('add', a, b), pairs),
  matmul: binary('r.Matmul<', rules.matmul, factors),
  concat: fc.tuple(pairs, axis).map(([[a, b], along]) => ({
    type: `r.Concat<${literal(a)}, ${literal(b)}, ${along}>`,
    is: answer(() => rules.concat(a, b, along)),
  })),
  permute: shape(0, 4).chain(s =>
    fc.oneof(fc.shuffledSubarray(s.map((_, i) => i)), fc.array(fc.nat(4), { maxLength: 4 })).map(axes => ({
      type: `r.Permute<${literal(s)}, ${literal(axes)}>`,
      is: answer(() => rules.permute(s, axes)),
    })),
  ),
  reduce: fc
    .tuple(
      shape(0, 4),
      fc.oneof(axis, fc.array(axis, { maxLength: 3 }), fc.constant(undefined)),
      fc.boolean(),
    )
    .map(([s, axes, keep]) => ({
      type: `r.Reduce<'mean', ${literal(s)}, ${axes === undefined ? 'undefined' : literal(axes)}, ${keep}>`,
      is: answer(() => rules.reduce('mean', s, axes, keep)),
    })),
  reshape: fc.tuple(shape(0, 4), reshapeTarget).map(([s, to]) => ({
    type: `Reshape<${literal(s)}, ${literal(to)}>`,
    is: answer(() => rules.reshape(s, to)),
  })),
  reshapeThatFits: fc
    .tuple(fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 4 }), fc.nat(4))
    .map(([s, cut]): [Shape, Shape] => [
      ['N', ...s],
      ['N', s.slice(0, cut).reduce<number>((a, b) => a * b, 1), -1],
    ])
    .map(([s, to]) => ({
      type: `Reshape<${literal(s)}, ${literal(to)}>`,
      is: answer(() => rules.reshape(s, to)),
    })),
  einsum: fc
    .tuple(
      fc.constantFrom(
        'ij,jk->ik',
        'bij,bjk->bik',
        'ij->ji',
        'ij->',
        'i,i->i',
        'ij,kj->ijk',
        'ij->iz',
        'ij->jj',
        'ij',
      ),
      fc.array(shape(1, 3), { minLength: 1, maxLength: 3 }),
    )
    .map(([eq, shapes]) => ({
      type: `Einsum<${literal(eq)}, ${literal(shapes)}>`,
      is: answer(() => rules.einsum(eq, shapes)),
    })),
  dense: shape(0, 3).map(s => ({
    type: `l.DenseOut<${literal(s)}, 7>`,
    is: answer(() => rules.dense(s, 7)),
  })),
  denseFrom: fc.tuple(shape(0, 3), dim).map(([s, from]) => ({
    type: `l.DenseFromOut<${literal(s)}, ${literal(from)}, 7>`,
    is: answer(() => rules.dense(s, 7, from)),
  })),
  flatten: shape(0, 4).map(s => ({
    type: `l.FlattenOut<${literal(s)}>`,
    is: answer(() => rules.flatten(s)),
  })),
  reshapeLayer: fc.tuple(shape(0, 4), reshapeTarget).map(([s, to]) => ({
    type: `l.ReshapeLayerOut<${literal(s)}, ${literal(to)}>`,
    is: answer(() => rules.reshapeLayer(s, to)),
  })),
  conv2d: fc.tuple(images, windowing, fc.constantFrom(1, 2, 3)).map(([s, over, groups]) => ({
    type: `v.Conv2dOut<${literal(s)}, 6, ${windowArguments(over)}, ${literal(over.dilation)}, ${groups}>`,
    is: answer(() => windowRules.conv2d(s, 6, over, groups)),
  })),
  pool: fc.tuple(images, windowing).map(([s, over]) => ({
    type: `v.PoolOut<'maxPool2d', ${literal(s)}, ${windowArguments(over)}>`,
    is: answer(() => windowRules.windows('maxPool2d', s, { ...over, dilation: 1 })),
  })),
  depthwise: fc.tuple(images, windowing).map(([s, over]) => ({
    type: `Apply<v.DepthwiseConv2d<${literal(over.size)}, 2, ${literal(over.strides)}, ${literal(over.padding)}, ${literal(over.dilation)}>, ${literal(s)}>`,
    is: answer(() => windowRules.depthwiseConv2d(s, 2, over)),
  })),
  globalPool: fc.tuple(images, fc.boolean()).map(([s, keep]) => ({
    type: `v.GlobalPoolOut<'globalAveragePool2d', ${literal(s)}, ${keep}>`,
    is: answer(() => windowRules.globalPool('globalAveragePool2d', s, keep)),
  })),
  residual: binary('l.ResidualOut<', rules.residual, pairs),
}

const SAMPLES = 60

describe('types and run time', () => {
  const cases = Object.values(families).flatMap(family =>
    fc.sample(family, { numRuns: SAMPLES, seed: 20261122 }),
  )

  test('agree on every shape and every sentence', () => {
    expect(disagreements('rules', cases)).toEqual([])
  })

  test('both shapes and refusals are among the cases of every rule', () => {
    for (const [name, family] of Object.entries(families)) {
      const drawn = fc.sample(family, { numRuns: SAMPLES, seed: 20261122 })
      const refused = drawn.filter(({ is }) => is.startsWith('ShapeError'))
      expect(refused.length, name).toBeLessThan(drawn.length)
      if (name !== 'reshapeThatFits') expect(refused.length, name).toBeGreaterThan(0)
    }
  })

  test('control: a wrong answer is seen, a wrong sentence too', () => {
    const wrong: readonly Case[] = [
      { type: `r.Broadcast<'add', [2], [1]>`, is: '[1]' },
      {
        type: `r.Broadcast<'add', [2], [3]>`,
        is: 'ShapeError<"add: shapes [2] and [3] do not broadcast (3 vs 2)">',
      },
      { type: `r.Broadcast<'add', [2], [2]>`, is: '[2]' },
    ]
    expect(disagreements('rules-control', wrong)).toHaveLength(2)
  })
})

// ---- every sentence, whether or not a rule above happens to say it

const op = fc.constantFrom('add', 'dense')
const name = fc.constantFrom('fc1', 'head')
const small = shape(0, 3)
const index = fc.nat(3)
const letter = fc.constantFrom('i', 'j')
const equation = fc.constantFrom('ij->ji', 'ij,jk->ik')

/** For each sentence: its arguments, in the order of the type; the function takes the same. */
const sentences: Readonly<Record<string, readonly fc.Arbitrary<unknown>[]>> = {
  notAPositiveInteger: [op, fc.constantFrom(-3, 0, 2.5)],
  doNotBroadcast: [op, small, small, dim, dim],
  innerDiffer: [small, small, dim, dim],
  operandRankTwo: [fc.constantFrom('left', 'right'), small],
  ranksDiffer: [small, small],
  differOnAxis: [small, small, index, dim, dim, index],
  axisOutOfRange: [op, small, axis],
  axesRepeat: [op, fc.array(index, { maxLength: 3 })],
  doesNotPermute: [small, fc.array(index, { maxLength: 3 })],
  cannotView: [small, small, dim, dim],
  notDivisible: [small, small, dim, dim],
  cannotFill: [small, small],
  onlyOneFill: [small],
  einsumIndexDiffers: [equation, letter, dim, dim],
  einsumAxes: [equation, small, fc.constantFrom('fewer', 'more')],
  einsumOperands: [equation],
  einsumOutputUnknown: [equation, letter],
  einsumOutputRepeats: [equation, letter],
  einsumForm: [equation],
  rankOneOrMore: [op, small],
  wrongLastDim: [op, dim, dim],
  residualDiffers: [small, small],
  kernelTooLarge: [op, dim, dim],
  mustBeImages: [op, small],
  noChannels: [op, small, dim, dim],
  notIntoGroups: [op, dim, fc.constantFrom('channels', 'filters'), dim],
  notALayer: [op, index],
  nameTwice: [op, name],
  nameClash: [name],
  needsAName: [op],
  expected: [op, small, small, dim, dim],
  expectedRank: [op, small, small],
  symbolDiffers: [op, name, dim, dim],
  targetDType: [op, name, fc.constant('i32'), fc.constant('f32')],
  inputOp: [fc.constantFrom('predict', 'fit: model input', 'fit: validationData.x', 'predict: x'), name],
  symbolDiffersAcross: [op, name],
  oneTensor: [op, fc.constantFrom('input', 'target')],
  oneForEach: [op, fc.constantFrom('input', 'target')],
  notUnwrapped: [op],
  notRunYet: [op],
  notData: [op],
}

const sentenceCase = (key: string, args: readonly unknown[]): Case => {
  const say: unknown = Reflect.get(wording, key)
  if (typeof say !== 'function') throw new Error(`${key} is no sentence`)
  const type = `w.${key.charAt(0).toUpperCase()}${key.slice(1)}<${args.map(literal).join(', ')}>`
  return { type, is: literal(say(...args)) }
}

describe('wording', () => {
  test('every sentence is in the table', () => {
    const parts = ['show', 'showDim']
    expect(Object.keys(sentences).sort()).toEqual(
      Object.keys(wording)
        .filter(key => !parts.includes(key))
        .sort(),
    )
  })

  test('a sentence reads the same as a type and at run time', () => {
    const cases = Object.entries(sentences).flatMap(([key, args]) =>
      fc.sample(fc.tuple(...args), { numRuns: 8, seed: 7 }).map(drawn => sentenceCase(key, drawn)),
    )
    expect(disagreements('wording', cases)).toEqual([])
  })
})
