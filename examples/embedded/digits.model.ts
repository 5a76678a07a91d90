import { dense, input, sequential, sgd } from 'densor'
import { embed } from 'densor/embed'

const model = sequential(input(784), dense(64, 'relu'), dense(10, 'softmax'))

/** Which digit 28 x 28 pixels show: ten probabilities. It learns from corrections, four at a time. */
export const digits = embed(model, {
  weights: new URL('../../out/embedded/weights.safetensors', import.meta.url),
  train: {
    loss: 'sparseCategoricalCrossentropy',
    optimizer: sgd({ learningRate: 0.05, momentum: 0.5 }),
    batch: 8,
  },
})
