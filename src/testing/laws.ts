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

/** One law on one program: how far two results were apart at worst, and how far they may be. */
export interface LawResult {
  readonly law: 'passes' | 'targets' | 'gradients'
  /** `predict`, `train step` or `loss` for a model; a program's own name. */
  readonly program: string
  /** What was compared: the name of a pass, of a target, or a mode of differentiation. */
  readonly what: string
  /** The largest difference of any element, relative to the largest magnitude of its tensor (at least 1). */
  readonly worst: number
  readonly allowed: number
}

/** What every law is told; all of it may be left out. */
export interface LawOptions extends SubjectOptions {
  /** The largest difference allowed, relative to the largest element of a tensor (at least 1); 2e-4 unless given. */
  readonly tolerance?: number
}

/** What `checkTargets` is told. */
export interface TargetLawOptions extends LawOptions {
  /** `wasm` and `js` unless given. */
  readonly targets?: readonly Target[]
}

/** What `checkGradients` is told; the tolerance is 1e-6 unless given. */
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
 * Every pass leaves a program well-formed and its meaning as it was. Of a model, its prediction and its training step
 * are checked. Left: `law-broken` naming the pass that does not, or the model's own mistake.
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
 * Every compiled target computes what the evaluator does. Of a model, its prediction and its training step are
 * checked. Left: `law-broken` naming the target that does not, or the model's own mistake.
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
 * Reverse and forward mode against central differences, in f64 and in one random direction. Of a model, the loss is
 * differentiated once with respect to its weights and its data; of a program, every float input to order 2. Forward
 * mode is left out where a `customVjp` has none. Both must be smooth where they are looked at. Left: `law-broken` with both numbers, or the model's
 * own mistake.
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
 * All laws for one model: every pass, every target, the gradients. Left: the first law that is broken, or the model's
 * own mistake.
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
