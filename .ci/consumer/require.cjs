/** densor by `require`, on a Node that cannot require ES modules: a network learns XOR, and its weights are saved and read. */
const { join } = require('node:path')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const {
  adam,
  dense,
  fit,
  input,
  loadWeights,
  predict,
  run,
  saveWeights,
  sequential,
  tensor,
  unwrap,
} = require('densor')
const node = require('densor/node')
const runtime = require('densor/runtime')

const folder = mkdtempSync(join(tmpdir(), 'densor-'))
const main = async () => {
  const model = sequential(input(2), dense(8, 'tanh'), dense(1, 'sigmoid'))
  const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
  const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
  const optimizer = adam({ learningRate: 0.05 })
  const { weights } = await run(
    fit(model, { x, y }, { loss: 'binaryCrossentropy', optimizer, epochs: 300, verbose: 'silent' }),
  )
  await run(saveWeights(join(folder, 'xor.safetensors'), weights))
  const read = await run(loadWeights(model, join(folder, 'xor.safetensors')))
  const answers = Array.from((await run(predict(model, read, x))).data)
  if (answers.map(Math.round).join() !== '0,1,1,0') throw new Error(`XOR was not learnt: ${answers.join(', ')}`)
  if (node.saveWeights !== saveWeights) throw new Error('densor and densor/node are two copies')
  console.log(`by require: XOR learnt, densor/runtime has ${Object.keys(runtime).length} exports`)
}
main().finally(() => rmSync(folder, { recursive: true }))
