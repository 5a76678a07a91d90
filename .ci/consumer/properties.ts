/** densor/testing and densor/runtime load and are typed, beside the user's own fast-check. */
import { init, predict, run, unwrap } from 'densor'
import * as runtime from 'densor/runtime'
import * as testing from 'densor/testing'
import fc from 'fast-check'
import { model } from './model.js'

const weights = unwrap(init(model))
await fc.assert(
  fc.asyncProperty(testing.tensor([3, 2]), async x => {
    const y = await run(predict(model, weights, x))
    if (!y.data.every(p => p >= 0 && p <= 1)) throw new Error(`${y.data} are no probabilities`)
  }),
)
await fc.assert(
  fc.asyncProperty(testing.model(), async sample => {
    await run(testing.checkModel(sample.model))
  }),
  { numRuns: 5 },
)
console.log(
  `densor/testing: ${Object.keys(testing).length} exports, densor/runtime: ${Object.keys(runtime).length}`,
)
