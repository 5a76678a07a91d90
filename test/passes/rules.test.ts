import { describe, expect, test } from 'vitest'
import { check } from '../../compiler/ir/check.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { parse } from '../../compiler/ir/parse.js'
import { print } from '../../compiler/ir/print.js'
import type { Program } from '../../compiler/ir/program.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { rules, simplified } from '../../compiler/passes/simplify.js'
import { differences } from '../../src/testing/closeness.js'
import { sampleOf } from '../../src/testing/programs.js'

/** Per rule: the body of a program on which it fires, and how many equations are left. */
const specimens: readonly (readonly [rule: string, equationsLeft: number, body: string])[] = [
  ['constants', 1, '%1 = constant f32[] [2] : f32[]\n %2 = sine %1 : f32[]\n out y %2'],
  ['no-op', 0, 'in x %0 : f32[2]\n %1 = slice %0 {start: [0], limit: [2], strides: [1]} : f32[2]\n out y %1'],
  ['no-op', 0, 'in x %0 : f32[2]\n %1 = reduce %0 {reducer: maximum, dimensions: []} : f32[2]\n out y %1'],
  [
    'view-of-uniform',
    1,
    `in x %0 : f32[]
     %1 = broadcast_in_dim %0 {shape: [2, 3], dimensions: []} : f32[2,3]
     %2 = transpose %1 {permutation: [1, 0]} : f32[3,2]
     out y %2`,
  ],
  [
    'reshape-of-reshape',
    0,
    'in x %0 : f32[6]\n %1 = reshape %0 {shape: [2, 3]} : f32[2,3]\n %2 = reshape %1 {shape: [6]} : f32[6]\n out y %2',
  ],
  [
    'transpose-of-transpose',
    1,
    `in x %0 : f32[2,3,4]
     %1 = transpose %0 {permutation: [2, 0, 1]} : f32[4,2,3]
     %2 = transpose %1 {permutation: [2, 0, 1]} : f32[3,4,2]
     out y %2`,
  ],
  [
    'transpose-of-ones',
    1,
    'in x %0 : f32[1,3,4]\n %1 = transpose %0 {permutation: [1, 0, 2]} : f32[3,1,4]\n out y %1',
  ],
  [
    'broadcast-of-broadcast',
    1,
    `in x %0 : f32[3]
     %1 = broadcast_in_dim %0 {shape: [3, 1], dimensions: [0]} : f32[3,1]
     %2 = broadcast_in_dim %1 {shape: [2, 3, 4], dimensions: [1, 2]} : f32[2,3,4]
     out y %2`,
  ],
  [
    'reverse-of-reverse',
    1,
    'in x %0 : f32[2,3]\n %1 = reverse %0 {dimensions: [0, 1]} : f32[2,3]\n %2 = reverse %1 {dimensions: [1]} : f32[2,3]\n out y %2',
  ],
  [
    'slice-of-slice',
    1,
    `in x %0 : f32[20]
     %1 = slice %0 {start: [1], limit: [20], strides: [3]} : f32[7]
     %2 = slice %1 {start: [1], limit: [6], strides: [2]} : f32[3]
     out y %2`,
  ],
  [
    'reduce-of-broadcast',
    4,
    `in x %0 : f32[3,1]
     %1 = broadcast_in_dim %0 {shape: [2, 3, 4], dimensions: [1, 2]} : f32[2,3,4]
     %2 = reduce %1 {reducer: add, dimensions: [0, 2]} : f32[3]
     out y %2`,
  ],
  [
    'reduce-of-broadcast',
    1,
    `in x %0 : f32[3,5]
     %1 = broadcast_in_dim %0 {shape: [2, 3, 5], dimensions: [1, 2]} : f32[2,3,5]
     %2 = reduce %1 {reducer: maximum, dimensions: [0, 2]} : f32[3]
     out y %2`,
  ],
  [
    'add-nothing',
    0,
    'in x %0 : f32[]\n %1 = constant f32[] [-0] : f32[]\n %2 = add %1 %0 : f32[]\n out y %2',
  ],
  [
    'add-nothing',
    0,
    'in x %0 : f32[]\n %1 = constant f32[] [0] : f32[]\n %2 = subtract %0 %1 : f32[]\n out y %2',
  ],
  ['add-nothing', 0, 'in x %0 : i32[]\n %1 = constant i32[] [0] : i32[]\n %2 = add %0 %1 : i32[]\n out y %2'],
  [
    'multiply-by-one',
    0,
    'in x %0 : f32[]\n %1 = constant f32[] [1] : f32[]\n %2 = multiply %1 %0 : f32[]\n out y %2',
  ],
  [
    'multiply-by-one',
    1,
    'in x %0 : f32[]\n %1 = constant f32[] [-1] : f32[]\n %2 = multiply %0 %1 : f32[]\n out y %2',
  ],
  [
    'multiply-by-zero',
    1,
    'in x %0 : i32[]\n %1 = constant i32[] [0] : i32[]\n %2 = multiply %0 %1 : i32[]\n out y %2',
  ],
  [
    'divide-by-power-of-two',
    2,
    'in x %0 : f32[]\n %1 = constant f32[] [8] : f32[]\n %2 = divide %0 %1 : f32[]\n out y %2',
  ],
  [
    'whole-power',
    1,
    'in x %0 : f32[]\n %1 = constant f32[] [2] : f32[]\n %2 = power %0 %1 : f32[]\n out y %2',
  ],
  ['twice', 0, 'in x %0 : f32[]\n %1 = negate %0 : f32[]\n %2 = negate %1 : f32[]\n out y %2'],
  ['twice', 1, 'in x %0 : f32[]\n %1 = negate %0 : f32[]\n %2 = abs %1 : f32[]\n out y %2'],
  [
    'signs',
    1,
    'in x %0 : f32[]\n in z %1 : f32[]\n %2 = negate %1 : f32[]\n %3 = add %0 %2 : f32[]\n out y %3',
  ],
  ['same', 0, 'in x %0 : f32[]\n %1 = maximum %0 %0 : f32[]\n out y %1'],
  [
    'choose',
    1,
    'in c %0 : bool[]\n in x %1 : f32[]\n in z %2 : f32[]\n %3 = not %0 : bool[]\n %4 = select %3 %1 %2 : f32[]\n out y %4',
  ],
  [
    'not-equal',
    1,
    'in x %0 : f32[]\n in z %1 : f32[]\n %2 = compare %0 %1 {direction: EQ} : bool[]\n %3 = not %2 : bool[]\n out y %3',
  ],
  [
    'convert-chain',
    0,
    'in x %0 : i32[]\n %1 = convert %0 {dtype: f64} : f64[]\n %2 = convert %1 {dtype: i32} : i32[]\n out y %2',
  ],
  [
    'uniform-operands',
    2,
    `in x %0 : f32[]
     in z %1 : f32[]
     %2 = broadcast_in_dim %0 {shape: [9], dimensions: []} : f32[9]
     %3 = broadcast_in_dim %1 {shape: [9], dimensions: []} : f32[9]
     %4 = add %2 %3 : f32[9]
     out y %4`,
  ],
  [
    'absorb-operand-transpose',
    1,
    `in x %0 : f32[2,3]
     in w %1 : f32[4,3]
     %2 = transpose %1 {permutation: [1, 0]} : f32[3,4]
     %3 = dot_general %0 %2 {lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0]} : f32[2,4]
     out y %3`,
  ],
  [
    'absorb-operand-transpose',
    1,
    `in x %0 : f32[3,5,2]
     in w %1 : f32[5,3,4]
     %2 = transpose %0 {permutation: [1, 2, 0]} : f32[5,2,3]
     %3 = dot_general %2 %1 {lhsBatch: [0], rhsBatch: [0], lhsContracting: [2], rhsContracting: [1]} : f32[5,2,4]
     out y %3`,
  ],
  [
    'absorb-result-transpose',
    1,
    `in x %0 : f32[5,2,3]
     in w %1 : f32[5,3,4]
     %2 = dot_general %0 %1 {lhsBatch: [0], rhsBatch: [0], lhsContracting: [2], rhsContracting: [1]} : f32[5,2,4]
     %3 = transpose %2 {permutation: [0, 2, 1]} : f32[5,4,2]
     out y %3`,
  ],
]

const run = (program: Program, inputs: Program) =>
  evaluate(
    program,
    inputs.inputs.map(({ value }, i) => sampleOf(inputs.types[value] ?? { shape: [], dtype: 'f32' }, i)),
  )

describe('each rule on a specimen of its own', () => {
  test.each(specimens)('%s leaves %i equations', (name, left, body) => {
    const program = parse(`program p\n ${body}`)
    check(renumbered(program))
    const rule = rules.filter(r => r.name === name)
    const simple = simplified(program, rule)
    expect(
      print(simple)
        .split('\n')
        .filter(line => line.includes(' = ')),
    ).toHaveLength(left)
    expect(differences(run(simple, program), run(program, program), { relative: 1e-6 })).toBeUndefined()
  })

  test('there is a specimen for every rule', () => {
    const shown = new Set(specimens.map(([name]) => name))
    expect(rules.map(rule => rule.name).filter(name => !shown.has(name))).toEqual([])
  })
})

/** The specimens count from %0 without care for gaps. */
const renumbered = (program: Program): Program => simplified(program, [])

describe('what must stay', () => {
  const kept = (body: string): string[] =>
    optimize(parse(`program p\n ${body}`)).equations.map(equation => equation.prim)

  test('x + 0 of floats, which makes 0 of -0', () => {
    expect(
      kept('in x %0 : f32[]\n %1 = constant f32[] [0] : f32[]\n %2 = add %0 %1 : f32[]\n out y %2'),
    ).toContain('add')
  })

  test('the sum over no dimension, which makes 0 of -0', () => {
    expect(
      kept('in x %0 : f32[2]\n %1 = reduce %0 {reducer: add, dimensions: []} : f32[2]\n out y %1'),
    ).toEqual(['reduce'])
  })

  test('x * 0 of floats, which is NaN at infinity', () => {
    expect(
      kept('in x %0 : f32[]\n %1 = constant f32[] [0] : f32[]\n %2 = multiply %0 %1 : f32[]\n out y %2'),
    ).toContain('multiply')
  })

  test('not (x < y), which is not x ≥ y at NaN', () => {
    expect(
      kept(
        'in x %0 : f32[]\n in z %1 : f32[]\n %2 = compare %0 %1 {direction: LT} : bool[]\n %3 = not %2 : bool[]\n out y %3',
      ),
    ).toEqual(['compare', 'not'])
  })

  test('x / 3, whose reciprocal is rounded', () => {
    expect(
      kept('in x %0 : f32[]\n %1 = constant f32[] [3] : f32[]\n %2 = divide %0 %1 : f32[]\n out y %2'),
    ).toContain('divide')
  })

  test('i32 to f64 to u32, which saturates where i32 to u32 wraps', () => {
    const body =
      'in x %0 : i32[]\n %1 = convert %0 {dtype: f64} : f64[]\n %2 = convert %1 {dtype: u32} : u32[]\n out y %2'
    expect(kept(body)).toEqual(['convert', 'convert'])
  })

  test('a product that is read untransposed as well', () => {
    const body = `in x %0 : f32[2,3]
      in w %1 : f32[3,4]
      %2 = dot_general %0 %1 {lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0]} : f32[2,4]
      %3 = transpose %2 {permutation: [1, 0]} : f32[4,2]
      out y %3
      out z %2`
    expect(kept(body)).toEqual(['dot_general', 'transpose'])
  })

  test('a large result of constants, and one larger than they are', () => {
    const body = `%0 = constant f32[] [2] : f32[]
      %1 = broadcast_in_dim %0 {shape: [10], dimensions: []} : f32[10]
      out y %1`
    expect(kept(body)).toEqual(['constant', 'broadcast_in_dim'])
  })
})

test('cse computes x + y and y + x once', () => {
  const program = optimize(
    parse(
      'program p\n in x %0 : f32[]\n in z %1 : f32[]\n %2 = add %0 %1 : f32[]\n %3 = add %1 %0 : f32[]\n %4 = multiply %2 %3 : f32[]\n out y %4',
    ),
  )
  expect(program.equations.map(equation => equation.prim)).toEqual(['add', 'multiply'])
})
