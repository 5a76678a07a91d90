import type { BuildRequest } from './request.js'
import { workOn } from './work.js'

const request: BuildRequest = { file: 'rehearsal', form: 'models', plan: {}, storage: {} }

/**
 * Builds a model of our own, so that the engine has loaded and compiled what a request will need: densor, which the
 * user's module imports, and the way from a model to the text of its module.
 */
export const rehearse = async (): Promise<void> => {
  const [densor, { embed }] = await Promise.all([import('../index.js'), import('./index.js')])
  const { batchNorm, conv2d, dense, flatten, init, input, maxPool2d, sequential, unwrap } = densor
  const load = async () => {
    const model = sequential(
      input([28, 28, 1]),
      conv2d(8, 3, { activation: 'relu' }),
      maxPool2d(2),
      flatten(),
      dense(64, 'relu'),
      batchNorm(),
      dense(10, 'softmax'),
    )
    return { rehearsal: embed(model, { weights: unwrap(init(model)) }) }
  }
  await workOn(request, load, new Set())
}
