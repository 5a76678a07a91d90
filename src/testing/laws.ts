import type * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Target } from '../../compiler/compile.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import type { Pass } from '../../compiler/passes/pass.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { attempt, attemptAsync } from '../errors.js'
import { GRADIENT_TOLERANCE, type GradientOptions, gradientMismatches } from './gradients.js'
import { runCompiled } from './run.js'

/** How far two results were apart, at worst, and how far they may be. */
export interface Agreement {
  /** What was compared, e.g. `wasm` or the name of a pass. */
  readonly what: string
  /** Largest difference of any element, over the largest magnitude of its tensor (at least 1). */
  readonly worst: number
  readonly tolerance: number
}

/** What one run of a law is told; all of it may be left out. */
export interface LawOptions {
  /** Largest difference allowed, relative to the largest element of a tensor (at least 1). */
  readonly tolerance?: number
}

/** f32 sums in another order differ in the last bits; this is far below any wrong formula. */
const TOLERANCE = 2e-4

/** The largest difference between two lists of values, relative to each tensor's largest element. */
export const distance = (expected: readonly TensorValue[], actual: readonly TensorValue[]): number =>
  expected.reduce((worst, want, i) => Math.max(worst, tensorDistance(want, actual[i])), 0)

const tensorDistance = (want: TensorValue, got: TensorValue | undefined): number => {
  if (got === undefined || got.data.length !== want.data.length) return Number.POSITIVE_INFINITY
  let scale = 1
  let worst = 0
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [want.data[i] ?? Number.NaN, got.data[i] ?? Number.NaN]
    if (Object.is(x, y) || x === y) continue
    // A NaN or an infinity that the other side does not have is as far away as can be.
    if (!Number.isFinite(x) || !Number.isFinite(y)) return Number.POSITIVE_INFINITY
    scale = Math.max(scale, Math.abs(x))
    worst = Math.max(worst, Math.abs(x - y))
  }
  return worst / scale
}

const within = (law: string, agreement: Agreement): Agreement => {
  if (agreement.worst <= agreement.tolerance) return agreement
  throw userFault(
    'law-broken',
    `${law}: ${agreement.what} differs by ${agreement.worst.toExponential(2)}, allowed are ${agreement.tolerance.toExponential(0)}`,
  )
}

/** Every pass leaves a program well-formed and its meaning as it was. Left: the pass that does not. */
export const checkPasses = (
  program: Program,
  inputs: readonly TensorValue[],
  { tolerance = TOLERANCE }: LawOptions = {},
): E.Either<Fault, readonly Agreement[]> =>
  attempt(() => {
    const expected = evaluate(program, inputs)
    const found: Agreement[] = []
    const onPass = (pass: Pass, after: Program): void => {
      const worst = distance(expected, evaluate(after, inputs))
      found.push(within('checkPasses', { what: `pass ${pass.name}`, worst, tolerance }))
    }
    optimize(program, { check: true, onPass })
    return found
  })

/** Every compiled target computes what the evaluator does. Left: the target that does not. */
export const checkTargets = (
  program: Program,
  inputs: readonly TensorValue[],
  {
    tolerance = TOLERANCE,
    targets = ['wasm', 'js'],
  }: LawOptions & { readonly targets?: readonly Target[] } = {},
): TE.TaskEither<Fault, readonly Agreement[]> =>
  attemptAsync(async () => {
    const expected = evaluate(program, inputs)
    const found: Agreement[] = []
    for (const target of targets) {
      const worst = distance(expected, await runCompiled(program, inputs, { target }))
      found.push(within('checkTargets', { what: `target ${target}`, worst, tolerance }))
    }
    return found
  })

/**
 * Reverse and forward mode against central differences in f64, in one random direction, to the order asked for.
 * The inputs must lie where the program is smooth. Left: the mode that disagrees, with both numbers.
 */
export const checkGradients = (
  program: Program,
  inputs: readonly TensorValue[],
  options: GradientOptions = {},
): E.Either<Fault, Agreement> =>
  attempt(() => {
    const [wrong] = gradientMismatches(program, inputs, options)
    if (wrong !== undefined) {
      const { mode, order, actual, expected } = wrong
      throw userFault(
        'law-broken',
        `checkGradients: ${mode} mode gives ${actual} at order ${order}, central differences give ${expected}`,
      )
    }
    const tolerance = options.tolerance ?? GRADIENT_TOLERANCE
    return { what: 'reverse and forward mode', worst: tolerance, tolerance }
  })
