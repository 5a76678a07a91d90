import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Target } from '../../compiler/compile.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import type { Prim } from '../../compiler/ir/program.js'
import { rebuilt } from '../../compiler/ir/rebuild.js'
import { prims } from '../../compiler/ops/table.js'
import { differences, type Tolerance } from '../../src/testing/closeness.js'
import { inF64 } from '../../src/testing/gradients.js'
import { arbitraryProgram, type ProgramSample } from '../../src/testing/programs.js'
import { runCompiled } from '../../src/testing/run.js'

/** Transcendental functions are within 2 ulp, and sums may be taken in another order. */
const TOLERANCE = { relative: 2e-5, absolute: 2e-5 }

/** A sum of extremes overflows or not by its order, so sums stand aside where values are wild. */
const sums: readonly Prim[] = ['reduce', 'dot_general', 'convolution', 'reduce_window', 'select_and_scatter']
const unordered = prims.filter(prim => !sums.includes(prim))

/** Within 2 ulp, not exact, or programs of such: a chain of them may magnify that without bound. */
const approximate: readonly Prim[] = [
  'atan2',
  'cbrt',
  'checkpoint',
  'cosine',
  'custom_vjp_call',
  'erf',
  'erfc',
  'exponential',
  'exponential_minus_one',
  'log',
  'log_plus_one',
  'logistic',
  'power',
  'rsqrt',
  'sine',
  'tan',
  'tanh',
]
const exact = unordered.filter(prim => !approximate.includes(prim))

const TARGETS = ['wasm', 'js'] as const

const gap = async (
  { program, inputs }: ProgramSample,
  target: Target,
  tolerance: Tolerance = TOLERANCE,
): Promise<string | undefined> => {
  const wide = inF64(program, inputs)
  const found = differences(
    await runCompiled(program, inputs, { target }),
    evaluate(program, inputs),
    tolerance,
    tolerance === TOLERANCE ? evaluate(wide.program, wide.inputs) : [],
  )
  return found === undefined ? undefined : `${found}\n${print(program)}`
}

describe.each(TARGETS)('%s computes what the evaluator does', target => {
  test.prop([arbitraryProgram()], { numRuns: 150 })('on random programs', async sample => {
    expect(await gap(sample, target)).toBeUndefined()
  })

  test.prop([arbitraryProgram({ maxEquations: 40, maxElements: 400 })], { numRuns: 40 })(
    'on larger ones',
    async sample => {
      expect(await gap(sample, target)).toBeUndefined()
    },
  )

  test.prop([arbitraryProgram({ wild: true, prims: unordered, maxEquations: 1 })], { numRuns: 200 })(
    'with NaN, infinities, denormals and extremes',
    async sample => {
      expect(await gap(sample, target)).toBeUndefined()
    },
  )

  test.prop([arbitraryProgram({ wild: true, prims: exact })], { numRuns: 100 })(
    'to the bit, where every operation is exact',
    async sample => {
      expect(await gap(sample, target, {})).toBeUndefined()
    },
  )
})

describe('targets among each other', () => {
  test.prop([arbitraryProgram({ wild: true })], { numRuns: 100 })(
    'agree to the bit',
    async ({ program, inputs }) => {
      const [wasm, js] = await Promise.all(TARGETS.map(target => runCompiled(program, inputs, { target })))
      expect(differences(js ?? [], wasm ?? [])).toBeUndefined()
    },
  )

  test.prop([arbitraryProgram()], { numRuns: 30 })(
    'two runs give the same bits',
    async ({ program, inputs }) => {
      const [first, second] = [await runCompiled(program, inputs), await runCompiled(program, inputs)]
      expect(differences(first, second)).toBeUndefined()
    },
  )
})

describe('control', () => {
  test('what magnifies roundings is allowed more, and nothing else is', () => {
    const one = (dtype: 'f32' | 'f64', x: number) =>
      [{ type: { shape: [], dtype }, data: Float64Array.of(x) }] as const
    const gapTo = (x: number, exact: number): string | undefined =>
      differences(one('f32', x), one('f32', 1), TOLERANCE, one('f64', exact))
    expect(gapTo(1.01, 1)).toBeDefined()
    expect(gapTo(1.01, 1.001)).toBeUndefined()
    expect(gapTo(1.1, 1.001)).toBeDefined()
    expect(gapTo(1.1, Number.NaN)).toBeDefined()
  })

  test('a program that computes something else is told apart', async () => {
    const [sample] = fc
      .sample(arbitraryProgram({ prims: ['add'], maxEquations: 3 }), { seed: 5, numRuns: 40 })
      .filter(s => s.program.equations.some(e => e.prim === 'add'))
    if (sample === undefined) throw new Error('no sample adds anything')
    const wrong = rebuilt(sample.program, {
      equation: (b, equation, at) =>
        b.copy(equation.prim === 'add' ? { ...equation, prim: 'subtract', params: {} } : equation, at),
    })
    const found = differences(
      await runCompiled(wrong, sample.inputs),
      evaluate(sample.program, sample.inputs),
      TOLERANCE,
    )
    expect(found).toBeDefined()
  })
})
