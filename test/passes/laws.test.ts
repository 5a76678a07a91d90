import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { check } from '../../compiler/ir/check.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import type { Equation, Program } from '../../compiler/ir/program.js'
import { rebuilt } from '../../compiler/ir/rebuild.js'
import type { Pass } from '../../compiler/passes/pass.js'
import { optimize, pipeline } from '../../compiler/passes/pipeline.js'
import { rules, simplified } from '../../compiler/passes/simplify.js'
import { Fault } from '../../runtime/fault.js'
import { differences } from '../../src/testing/closeness.js'
import { arbitraryProgram, type ProgramSample } from '../../src/testing/programs.js'

/** Sums may be taken in another order; all else is exact. */
const TOLERANCE = { relative: 1e-6, absolute: 1e-6 }

const changeOf = (
  run: (program: Program) => Program,
  { program, inputs }: ProgramSample,
): string | undefined => differences(evaluate(run(program), inputs), evaluate(program, inputs), TOLERANCE)

const samples = fc.oneof(
  arbitraryProgram(),
  arbitraryProgram({ wild: true }),
  arbitraryProgram({ float: 'f64' }),
)

describe.each(pipeline.map(pass => [pass.name, pass] as const))('%s', (_, pass) => {
  test.prop([samples], { numRuns: 300 })('gives a well-formed program', ({ program }) => {
    expect(check(pass.run(program), pass.name)).toBeUndefined()
  })

  test.prop([samples], { numRuns: 300 })('keeps the meaning', sample => {
    expect(changeOf(pass.run, sample)).toBeUndefined()
  })

  test.prop([samples], { numRuns: 100 })('finds nothing more to do in its own result', ({ program }) => {
    const once = pass.run(program)
    expect(print(pass.run(once))).toBe(print(once))
  })
})

describe.each(rules.map(rule => [rule.name, rule] as const))('the rule %s', (_, rule) => {
  test.prop([samples], { numRuns: 60 })('keeps the meaning', sample => {
    expect(changeOf(program => simplified(program, [rule]), sample)).toBeUndefined()
  })
})

describe('the pipeline', () => {
  test.prop([samples], { numRuns: 300 })('keeps the meaning, checked after each pass', sample => {
    expect(changeOf(program => optimize(program, { check }), sample)).toBeUndefined()
  })

  test.prop([samples], { numRuns: 100 })('leaves nothing that a derivative needed', ({ program }) => {
    const left = optimize(program).equations.map(equation => equation.prim)
    expect(left).not.toContain('custom_vjp_call')
    expect(left).not.toContain('stop_gradient')
  })

  test('stops where it is told to, and reports each pass', () => {
    const { program } = fc.sample(arbitraryProgram(), { numRuns: 1, seed: 5 })[0] ?? { program: undefined }
    if (program === undefined) throw new Error('no sample')
    const seen: string[] = []
    optimize(program, { stopAfter: 'fold', onPass: pass => seen.push(pass.name) })
    expect(seen).toEqual(['inline-custom', 'dce', 'fold'])
    expect(() => optimize(program, { stopAfter: 'frob' })).toThrow('There is no pass named frob.')
  })
})

describe('controls', () => {
  const replacing = (change: (equation: Equation) => Equation): Pass => ({
    name: 'planted',
    description: 'a pass with a fault',
    run: program => rebuilt(program, { equation: (b, equation, at) => b.copy(change(equation), at) }),
  })
  const swapOperands = replacing(equation =>
    equation.prim === 'subtract' ? { ...equation, inputs: equation.inputs.toReversed() } : equation,
  )
  const forgetDirection = replacing(equation =>
    equation.prim === 'compare' && equation.params.direction === 'LE'
      ? { ...equation, params: { direction: 'LT' } }
      : equation,
  )
  const breakTypes: Pass = {
    name: 'planted',
    description: 'forgets a type',
    run: program => ({
      ...program,
      types: program.types.map((type, v) =>
        v >= program.inputs.length ? { ...type, shape: [...type.shape, 1] } : type,
      ),
    }),
  }
  const violates = (pass: Pass): boolean =>
    fc.sample(samples, { numRuns: 2000, seed: 1 }).some(sample => changeOf(pass.run, sample) !== undefined)

  test('a pass that swaps the operands of subtract is caught', () => {
    expect(violates(swapOperands)).toBe(true)
  })

  test('a pass that turns ≤ into < is caught', () => {
    expect(violates(forgetDirection)).toBe(true)
  })

  test('a pass that breaks a type is named', () => {
    const [sample] = fc
      .sample(arbitraryProgram(), { numRuns: 20, seed: 2 })
      .filter(s => s.program.equations.length > 0)
    if (sample === undefined) throw new Error('no sample')
    const run = () => optimize(sample.program, { check, passes: [breakTypes] })
    expect(run).toThrow(Fault)
    expect(run).toThrow('after planted: ')
  })
})
