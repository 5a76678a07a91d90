import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { ModelTrace, Objective } from '../../dsl/trace/forward.js'
import { traceLoss } from '../../dsl/trace/loss.js'
import { tracePredict } from '../../dsl/trace/step.js'
import { type Training, traceTrainStep } from '../../dsl/trace/train.js'
import type { Fault } from '../../runtime/fault.js'
import { attempt } from '../errors.js'
import { type Agreement, checkGradients, checkPasses, checkTargets } from './laws.js'
import { sampleInputs } from './sample.js'

/** What a model is checked with; all of it may be left out. */
export interface CheckModelOptions extends Partial<Omit<ModelTrace, 'model'>> {
  readonly loss?: Objective['loss']
  readonly optimizer?: Training['optimizer']
  readonly seed?: number
}

/** One law and how well the model keeps it. */
export interface LawResult extends Agreement {
  readonly law: 'passes' | 'targets' | 'gradients'
  /** `predict`, `train step` or `loss`. */
  readonly program: string
}

/**
 * All laws for a model of the user's: every pass verified, each target against the evaluator, the gradient of the
 * loss against central differences. Left: the first law that is broken, or the model's own mistake.
 */
export const checkModel = (
  model: unknown,
  options: CheckModelOptions = {},
): TE.TaskEither<Fault, readonly LawResult[]> => {
  const { loss = 'meanSquaredError', optimizer = 'adam', seed = 7, batch = 5, ...sizes } = options
  const trace = { model, batch, ...sizes }
  const label = (law: LawResult['law'], program: string) => (found: readonly Agreement[]) =>
    found.map((agreement): LawResult => ({ law, program, ...agreement }))
  const programs = attempt(() => [
    { name: 'predict', step: tracePredict(trace) },
    { name: 'train step', step: traceTrainStep(trace, { loss, optimizer }) },
  ])
  const compiled = (name: string, step: ReturnType<typeof tracePredict>) => {
    const inputs = sampleInputs(step, seed)
    return pipe(
      TE.fromEither(checkPasses(step.program, inputs)),
      TE.map(label('passes', name)),
      TE.chain(passes =>
        pipe(
          checkTargets(step.program, inputs),
          TE.map(targets => [...passes, ...label('targets', name)(targets)]),
        ),
      ),
    )
  }
  return pipe(
    TE.fromEither(programs),
    TE.chain(TE.traverseSeqArray(({ name, step }) => compiled(name, step))),
    TE.map(found => found.flat()),
    TE.chain(found =>
      pipe(
        TE.fromEither(gradientOf(trace, { loss }, seed)),
        TE.map(agreement => [...found, ...label('gradients', 'loss')([agreement])]),
      ),
    ),
  )
}

const gradientOf = (trace: ModelTrace, objective: Objective, seed: number): E.Either<Fault, Agreement> =>
  pipe(
    attempt(() => {
      const step = traceLoss(trace, objective)
      const wrt = step.program.inputs.flatMap(({ name }, i) => (name === 'params' ? [i] : []))
      return { step, wrt }
    }),
    E.chain(({ step, wrt }) => checkGradients(step.program, sampleInputs(step, seed), { wrt, order: 1 })),
  )
