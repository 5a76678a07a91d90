import { fc, test } from '@fast-check/vitest'
import { afterAll, describe, expect } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import type { Prim } from '../../compiler/ir/program.js'
import { simd128, type VectorUnit } from '../../compiler/loop/vectors.js'
import { openToolchain } from '../../compiler/targets/native.js'
import { differences, type Tolerance } from '../../src/testing/closeness.js'
import { arbitraryProgram, type ProgramOptions, type ProgramSample } from '../../src/testing/programs.js'
import { openModule, temporaryFolder, together } from './c-run.js'
import { scheduled } from './native-run.js'

const folder = temporaryFolder()
afterAll(folder.dispose)

/** Transcendental functions are within 2 ulp, and sums may be taken in another order. */
const TOLERANCE: Tolerance = { relative: 2e-5, absolute: 2e-5 }

/** Where a batch of programs, compiled at once, leaves the evaluator's values; the first such program. */
const gap = async (
  samples: readonly ProgramSample[],
  unit: VectorUnit,
  tolerance: Tolerance = TOLERANCE,
  fused = true,
): Promise<string | undefined> => {
  const batch = samples.map(s => scheduled(s, unit))
  const call = await openModule(together(batch.map(b => b.module)), folder.path, { fused, flushes: true })
  for (const [i, one] of batch.entries()) {
    const sample = samples[i]
    if (sample === undefined) continue
    const memory = one.memory()
    call(`step${i}`, memory)
    const found = differences(one.read(memory), evaluate(sample.program, sample.inputs), tolerance)
    if (found !== undefined) return `${found}\n${print(sample.program)}`
  }
  return undefined
}

const batchOf = (count: number, options?: ProgramOptions): fc.Arbitrary<readonly ProgramSample[]> =>
  fc.array(arbitraryProgram(options), { minLength: count, maxLength: count })

const units: fc.Arbitrary<VectorUnit> = fc.constantFrom(
  simd128,
  { lanes: 8, tileRows: 6, tileVectors: 2 },
  { lanes: 16, tileRows: 8, tileVectors: 3 },
)

/** Without sums, whose order matters where values are wild, and functions that are not exact. */
const exact: readonly Prim[] = [
  ...(['add', 'subtract', 'multiply', 'divide', 'remainder', 'maximum', 'minimum', 'abs', 'negate'] as const),
  ...([
    'sign',
    'floor',
    'ceil',
    'sqrt',
    'compare',
    'select',
    'convert',
    'iota',
    'concatenate',
    'pad',
  ] as const),
  ...(['transpose', 'reverse', 'slice', 'broadcast_in_dim', 'reshape'] as const),
]

describe('native code computes what the evaluator does', () => {
  // a batch is one run of the compiler; shrinking would be many
  test.prop([batchOf(40), units], { numRuns: 3, endOnFailure: true })(
    'on random programs',
    async (batch, unit) => {
      expect(await gap(batch, unit)).toBeUndefined()
    },
  )

  test.prop([batchOf(10, { maxEquations: 40, maxElements: 400 }), units], { numRuns: 2, endOnFailure: true })(
    'on larger ones',
    async (batch, unit) => {
      expect(await gap(batch, unit)).toBeUndefined()
    },
  )

  test.prop([batchOf(40, { wild: true, prims: exact }), units], { numRuns: 2, endOnFailure: true })(
    'with NaN, infinities and denormals, to the bit, where every operation is exact',
    async (batch, unit) => {
      expect(await gap(batch, unit, {}, false)).toBeUndefined()
    },
  )

  test('for the registers of this machine', async () => {
    const { machine } = await openToolchain()
    expect(await gap(fc.sample(arbitraryProgram(), 30), machine.unit)).toBeUndefined()
  })
})
