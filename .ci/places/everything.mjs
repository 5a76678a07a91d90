/** A program that uses what densor has for pages, and says in the console whether all of it did what it should. */

const PROGRAM = `import * as densor from 'densor'

const { adam, dense, dropout, evaluate, fit, formatSummary, grad, init, input, jit, mul, predict, run } = densor
const { sequential, sum, summary, tensor, unwrap } = densor

const say = line => console.log(line)
const check = (what, holds) => {
  if (!holds) throw new Error(what + ' is wrong')
  say('ok ' + what)
}
const near = (a, b) => a.length === b.length && Array.from(a).every((x, i) => Math.abs(x - b[i]) < 1e-4)

const model = sequential(input(2), dense(8, 'tanh'), dense(1, 'sigmoid'))
const x = unwrap(tensor([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]))
const y = unwrap(tensor([4, 1], [0, 1, 1, 0]))
const options = { loss: 'binaryCrossentropy', optimizer: adam({ learningRate: 0.05 }), epochs: 300, verbose: 'silent' }

const xor = async () => {
  const { weights, history } = await run(fit(model, { x, y }, options))
  check('fit', history.history.loss.at(-1) < 0.01)
  const { data } = await run(predict(model, weights, x))
  check('predict', Array.from(data, Math.round).join() === '0,1,1,0')
  const scores = await run(evaluate(model, weights, { x, y }, { loss: 'binaryCrossentropy', metrics: ['accuracy'] }))
  check('evaluate', scores.loss < 0.01 && scores.accuracy === 1)
  const { encodeWeights, decodeWeights } = densor
  if (encodeWeights !== undefined && decodeWeights !== undefined) {
    const read = unwrap(decodeWeights(model, unwrap(encodeWeights(weights))))
    check('weights through bytes', near((await run(predict(model, read, x))).data, data))
  }
  for (const target of ['js', 'auto', 'evaluator'])
    check('target ' + target, near((await run(predict(model, weights, x, { target }))).data, data))
}

const others = async () => {
  check('summary', formatSummary(await run(summary(model, options))).includes('dense'))
  const slope = await run(jit(grad(v => sum(mul(v, v))))(unwrap(tensor([3], [1, 2, 3]))))
  check('jit and grad', near(slope.data, [2, 4, 6]))
}

/** Large enough to be shared among threads, and to last longer than a turn of the event loop. */
const threads = async () => {
  const wide = sequential(input(256), dense(512, 'relu'), dropout(0.1), dense(10, 'softmax'))
  const rows = 512
  const images = unwrap(tensor([rows, 256], Float32Array.from({ length: rows * 256 }, (_, i) => Math.sin(i))))
  const labels = unwrap(tensor([rows], Int32Array.from({ length: rows }, (_, i) => i % 10), 'i32'))
  const setting = { loss: 'sparseCategoricalCrossentropy', epochs: 3, batchSize: 64, verbose: 'silent' }
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const one = await run(fit(wide, { x: images, y: labels }, setting))
  clearInterval(timer)
  check('the page lives while fit works', turns > 0)
  const told = []
  const { warn } = globalThis.console
  globalThis.console.warn = text => told.push(text)
  const two = await run(fit(wide, { x: images, y: labels }, { ...setting, threads: 2 }))
  globalThis.console.warn = warn
  const isAlone = told.some(text => text.includes('one thread') && text.includes('isolated'))
  check('threads share the work where the page is isolated, and a word says where it is not', isAlone !== crossOriginIsolated)
  check('2 threads give the numbers of one', near(two.history.history.loss, one.history.history.loss))
}

try {
  await xor()
  await others()
  await threads()
  say('everything: done')
} catch (error) {
  say('everything: ' + error.message)
}
`

export const EVERYTHING = {
  'everything.js':
    `const console = { log: line => (globalThis.document === undefined ? postMessage(line) : globalThis.console.log(line)) }
${PROGRAM}`.replace(/^(const console.*\n)(import.*\n)/, '$2$1'),
  'in-worker.js':
    "new Worker('./worker.js', { type: 'module' }).onmessage = ({ data }) => console.log(data)\n",
}
