import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Equation, EquationOf, Prim, PrimParams, TensorType } from '../../compiler/ir/program.js'
import { notes } from '../../compiler/ops/notes.js'
import type { Row, Table } from '../../compiler/ops/row.js'
import { prims, rowOf, table } from '../../compiler/ops/table.js'
import { Fault } from '../../runtime/fault.js'
import { arbitraryProgram } from '../../src/testing/programs.js'

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'f32' })
const i32 = (...shape: number[]): TensorType => ({ shape, dtype: 'i32' })
const bool = (...shape: number[]): TensorType => ({ shape, dtype: 'bool' })

const problem = <P extends Prim>(prim: P, inputs: readonly TensorType[], params: PrimParams[P]): string => {
  try {
    rowOf(prim).type(inputs, params)
  } catch (error) {
    if (error instanceof Fault && error.kind === 'bug') return error.message
    throw error
  }
  return 'no fault'
}

/** Some equation of each primitive, from random programs. */
const uses: ReadonlyMap<Prim, Equation> = new Map(
  fc
    .sample(arbitraryProgram(), { numRuns: 1500, seed: 1 })
    .flatMap(({ program }) =>
      program.equations.map((equation): [Prim, Equation] => [equation.prim, equation]),
    ),
)

const withOneMore = <P extends Prim>({ prim, params, inputs }: EquationOf<P>): TensorType =>
  rowOf(prim).type(
    [...inputs, 0].map(() => f32(2)),
    params,
  )

test('the table is total by type: a row less, or a field less, does not compile', () => {
  const { abs, ...rest } = table
  // @ts-expect-error abs is missing
  const shorter: Table = rest
  const { vjp, ...noReverse } = abs
  // @ts-expect-error vjp is missing
  const incomplete: Row<'abs'> = noReverse
  expect([shorter, incomplete, vjp]).toHaveLength(3)
})

describe.each(prims)('%s', prim => {
  test('names itself in the fault about a wrong number of operands', () => {
    const use = uses.get(prim)
    if (use === undefined) throw new Error(`the sampled programs do not use ${prim}`)
    if (rowOf(prim).arity === 'any') return
    expect(() => withOneMore(use)).toThrow(Fault)
    expect(() => withOneMore(use)).toThrow(new RegExp(`^${prim}: takes `))
  })

  test('says what it computes in one line', () => {
    expect(notes[prim].doc).toMatch(/^.{5,110}$/)
  })

  test('has domains that are not empty', () => {
    for (const { low, high } of notes[prim].domain) expect(low).toBeLessThan(high)
  })
})

describe('type rules name the op, the rule and what arrived', () => {
  test.each([
    [problem('add', [f32(2), f32(3)], {}), 'add: operands have one shape, got f32[2] and f32[3]'],
    [problem('add', [f32(2), i32(2)], {}), 'add: operands have one dtype, got f32[2] and i32[2]'],
    [
      problem('add', [bool(2), bool(2)], {}),
      'add: operands are of f32, f64, i32, u32, got bool[2] and bool[2]',
    ],
    [problem('log', [i32(2)], {}), 'log: operands are of f32, f64, got i32[2]'],
    [problem('is_finite', [i32(2)], {}), 'is_finite: operands are of f32, f64, got i32[2]'],
    [problem('select', [f32(2), f32(2), f32(2)], {}), 'select: the condition is bool, got f32[2]'],
    [
      problem('select', [bool(3), f32(2), f32(2)], {}),
      'select: operands have one shape, got f32[3] and f32[2]',
    ],
    [
      problem('broadcast_in_dim', [f32(3)], { shape: [2, 4], dimensions: [1] }),
      'broadcast_in_dim: sizes are equal or 1, got f32[3] to [2,4] by [1]',
    ],
    [
      problem('broadcast_in_dim', [f32(2, 3)], { shape: [3, 2], dimensions: [1, 0] }),
      'broadcast_in_dim: the places are in rising order, got f32[2,3] to [3,2] by [1,0]',
    ],
    [
      problem('reshape', [f32(2, 3)], { shape: [5] }),
      'reshape: both shapes have as many elements, got f32[2,3] to [5]',
    ],
    [
      problem('transpose', [f32(2, 3)], { permutation: [0, 0] }),
      'transpose: the places are each named once, got [0,0]',
    ],
    [
      problem('slice', [f32(4)], { start: [2], limit: [5], strides: [1] }),
      'slice: 0 ≤ start ≤ limit ≤ size, got [2] to [5] of f32[4]',
    ],
    [
      problem('concatenate', [f32(2, 3), f32(3, 3)], { dimension: 1 }),
      'concatenate: operands differ in dimension 1 only, got f32[2,3] and f32[3,3]',
    ],
    [
      problem('pad', [f32(2), f32()], { low: [-3], high: [0], interior: [0] }),
      'pad: no more is cut off than is there, got f32[2] to [-1]',
    ],
    [
      problem('reduce', [f32(2)], { reducer: 'add', dimensions: [1] }),
      'reduce: the dimensions are dimensions of a tensor of rank 1, got [1]',
    ],
    [problem('argmax', [f32(0)], { dimension: 0 }), 'argmax: dimension 0 has elements, got [0]'],
    [
      problem('dot_general', [f32(2, 3), f32(4, 5)], {
        lhsBatch: [],
        rhsBatch: [],
        lhsContracting: [1],
        rhsContracting: [0],
      }),
      'dot_general: contracting dimensions have one size, got [1] of f32[2,3] and [0] of f32[4,5]',
    ],
    [problem('random_bits', [f32(2)], { shape: [3] }), 'random_bits: the key is u32[2], got f32[2]'],
  ])('%s', (message, expected) => {
    expect(message).toBe(expected)
  })
})
