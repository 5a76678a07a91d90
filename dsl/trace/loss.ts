/** A model's training loss as a program of its own: what gradients are checked on. */
import { forward, type ModelTrace, type Objective, objectives } from './forward.js'
import {
  about,
  bindWeights,
  inputPort,
  inputStreams,
  inputVectors,
  lowerAs,
  lowerModel,
  present,
  type StepProgram,
  siteOf,
} from './step.js'

/**
 * The loss of one batch in training mode, nothing updated: params, state, iterations, key, streams -> loss.
 */
export const traceLoss = (trace: ModelTrace, objective: Objective): StepProgram => {
  const model = forward(trace, true)
  const goal = objectives(model, objective)
  const site = siteOf('loss', trace)
  inputVectors(site, model.layout)
  const { random, usesRandom } = model.elaborated
  if (usesRandom) {
    site.values.set(random.iterations, inputPort(site, 'iterations', [], 'i32'))
    site.values.set(random.key, inputPort(site, 'key', [2], 'u32'))
  }
  const streams = inputStreams(site, model, goal)
  bindWeights(site, model)
  lowerModel(site, model)
  const loss = present(lowerAs(site, 'loss', [goal.loss])[0], 'loss')
  const program = site.b.finish([{ name: 'loss', value: loss }])
  return { program, donate: [], streams, fixed: [], guard: 'loss', ...about(model, goal) }
}
