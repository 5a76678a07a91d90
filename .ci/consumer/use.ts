/** What a user of the tarball writes: a mistake that does not compile, then a network that learns XOR. */
import { adam, dense, fit, input, predict, run, sequential, tensor, unwrap } from 'densor'
import { model } from './model.js'

// @ts-expect-error the layer is told of 32 values and gets 2
sequential(input(2), dense(8, { in: 32 }))

const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
const optimizer = adam({ learningRate: 0.05 })
const { weights } = await run(
  fit(model, { x, y }, { loss: 'binaryCrossentropy', optimizer, epochs: 300, verbose: 'silent' }),
)
const answers = Array.from((await run(predict(model, weights, x))).data)
if (answers.map(Math.round).join() !== '0,1,1,0') throw new Error(`XOR was not learnt: ${answers.join(', ')}`)
console.log('XOR:', answers.map(p => p.toFixed(3)).join(' '))
