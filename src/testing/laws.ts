import type { Target } from '../../compiler/compile.js'
import { check } from '../../compiler/ir/check.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program } from '../../compiler/ir/program.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import type { Pass } from '../../compiler/passes/pass.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { userFault } from '../../runtime/fault.js'
import { type Task, taskOf } from '../task.js'
import { compareGradients, type GradientOptions } from './gradients.js'
import { runCompiled } from './run.js'
import { type Case, compiledCases, differentiableCase, type Subject, type SubjectOptions } from './subject.js'

/** The result of one law on one program: how far two results were apart at most, and how far they may be. */
export interface LawResult {
  readonly law: 'passes' | 'targets' | 'gradients'
  /** `predict`, `train step` or `loss` for a model; for a program its own name. */
  readonly program: string
  /** What was compared: the name of a pass, of a target, or a mode of differentiation. */
  readonly what: string
  /** The largest difference of any element, relative to the largest magnitude of its tensor (at least 1). */
  readonly worst: number
  /** The largest difference that is allowed. */
  readonly allowed: number
}

/** Options of `checkPasses`. */
export interface LawOptions extends SubjectOptions {
  /** The largest difference, relative to the largest element of a tensor (at least 1). Default: 2e-4. */
  readonly tolerance?: number
}

/** Options of `checkTargets`. */
export interface TargetLawOptions extends LawOptions {
  /** The targets to check. Default: 'wasm' and 'js'. */
  readonly targets?: readonly Target[]
}

/** Options of `checkGradients`. */
export interface GradientLawOptions extends SubjectOptions, Omit<GradientOptions, 'seed'> {}

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

/** The result, if the law is kept. Throws `law-broken` if not, or if the difference is not a number. */
const kept = (result: LawResult, sentence: string): LawResult => {
  if (result.worst <= result.allowed) return result
  const [worst, allowed] = [result.worst.toExponential(1), result.allowed.toExponential(0)]
  throw userFault('law-broken', `${result.program}: ${sentence}, by ${worst}; ${allowed} is allowed`)
}

/**
 * Checks that every pass of the compiler keeps a program well-formed and its results the same. Of a model,
 * the prediction and the training step are checked. Fails with a user fault `law-broken`, which names the
 * pass, if one does not, and with the model's own fault if it is wrong.
 *
 * @example
 * ```ts
 * import { dense, input, sequential } from 'densor'
 * import { checkPasses } from 'densor/testing'
 *
 * const results = await checkPasses(sequential(input(4), dense(3, 'tanh')))
 * console.log(results.map(({ what, worst }) => `${what}: ${worst}`))
 * ```
 */
export const checkPasses = (subject: Subject, options: LawOptions = {}): Task<readonly LawResult[]> =>
  taskOf('checkPasses', async () => {
    return compiledCases(subject, options).flatMap(one => passesOf(one, options.tolerance ?? TOLERANCE))
  })

const passesOf = ({ name, program, inputs }: Case, allowed: number): readonly LawResult[] => {
  const expected = evaluate(program, inputs)
  const found: LawResult[] = []
  const onPass = (pass: Pass, after: Program): void => {
    const worst = distance(expected, evaluate(after, inputs))
    const result: LawResult = { law: 'passes', program: name, what: pass.name, worst, allowed }
    found.push(kept(result, `pass ${pass.name} changes what is computed`))
  }
  optimize(program, { check, onPass })
  return found
}

/**
 * Checks that every target computes what the evaluator, densor's reference, does. Of a model, the prediction
 * and the training step are checked. Fails with a user fault `law-broken`, which names the target, if one
 * does not, and with the model's own fault if it is wrong.
 *
 * @example
 * ```ts
 * import { dense, input, sequential } from 'densor'
 * import { checkTargets } from 'densor/testing'
 *
 * await checkTargets(sequential(input(4), dense(3, 'tanh')), { targets: ['wasm', 'js'], tolerance: 1e-5 })
 * ```
 */
export const checkTargets = (subject: Subject, options: TargetLawOptions = {}): Task<readonly LawResult[]> =>
  taskOf('checkTargets', async () => {
    const { targets = ['wasm', 'js'], tolerance: allowed = TOLERANCE } = options
    const found: LawResult[] = []
    for (const { name, program, inputs } of compiledCases(subject, options)) {
      const expected = evaluate(program, inputs)
      for (const target of targets) {
        const worst = distance(expected, await runCompiled(program, inputs, { target }))
        const result: LawResult = { law: 'targets', program: name, what: target, worst, allowed }
        found.push(kept(result, `target ${target} differs from the evaluator`))
      }
    }
    return found
  })

/**
 * Checks derivatives, in reverse and in forward mode, against central differences, in f64 and in one random
 * direction. Of a model, the loss is differentiated once by the weights and the data; of a program, all float
 * inputs to order 2. Forward mode is left out if a `customVjp` has none. The program must be smooth at its
 * inputs. Fails with a user fault `law-broken`, with both numbers, if a derivative is wrong.
 *
 * @example
 * ```ts
 * import { dense, input, sequential } from 'densor'
 * import { checkGradients } from 'densor/testing'
 *
 * const results = await checkGradients(sequential(input(4), dense(3, 'tanh')), { seed: 1 })
 * console.log(results.map(({ what, worst }) => `${what}: ${worst}`))
 * ```
 */
export const checkGradients = (
  subject: Subject,
  options: GradientLawOptions = {},
): Task<readonly LawResult[]> =>
  taskOf('checkGradients', async () => {
    const { name, program, inputs, wrt } = differentiableCase(subject, options)
    const ofModel = wrt === undefined ? {} : { wrt, order: 1 as const }
    return compareGradients(program, inputs, { ...ofModel, ...options }).map(
      ({ order, mode, expected, actual, difference, allowed }): LawResult => {
        const what = order === 1 ? `${mode} mode` : `${mode} mode, order ${order}`
        const result: LawResult = { law: 'gradients', program: name, what, worst: difference, allowed }
        return kept(result, `${what} gives ${actual}, central differences give ${expected}`)
      },
    )
  })

/**
 * Checks all laws for one model: `checkPasses`, `checkTargets` and `checkGradients`. Fails with the first law
 * that is broken, and with the model's own fault if it is wrong.
 *
 * @example
 * ```ts
 * import { dense, input, sequential } from 'densor'
 * import { checkModel } from 'densor/testing'
 *
 * await checkModel(sequential(input(4), dense(8, 'tanh'), dense(3, 'softmax')))
 * ```
 */
export const checkModel = (
  model: Exclude<Subject, { readonly program: Program }>,
  options: SubjectOptions = {},
): Task<readonly LawResult[]> =>
  taskOf('checkModel', async () => [
    ...(await checkPasses(model, options)),
    ...(await checkTargets(model, options)),
    ...(await checkGradients(model, options)),
  ])
