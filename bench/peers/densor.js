/**
 * densor from the build in `dist/`, on a target and so many threads.
 *
 * Each runner returns `{ run(n), proof() }`, as every peer's does: `run` does `n` units of work (it may return
 * a promise), `proof` gives the number that `workloads.js` names. Training chains its `n` steps inside one call
 * of the module; inference, W5 and GEMM take typed arrays and give a typed array the caller may keep, per unit; the
 * resident cases leave their data where the code works on it.
 * `W1-compile` sets up (and compiles W3, to warm the compiler) before it returns; its `run(1)` is one cold compile.
 * `W1-late` gives a figure of its own: how fast late steps are beside early ones.
 * `W1-compile-cached` has another process compile the step first, and finds what that one kept.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Absent } from '../absent.js'
import * as work from '../workloads.js'

const build = new URL('../../dist/src/index.js', import.meta.url)
if (!existsSync(build)) throw new Error('densor build not found: run `npm run build` first')

const d = await import(build.href)
const { unwrap } = d

/** What `tensor` takes, unwrapped. */
const tensor = (dims, data) => unwrap(d.tensor(dims, data))

/** The flat list `w1, b1, w2, b2, …` as the weights of a `sequential` of dense layers. */
const weightsOf = (parameters, widths) =>
  Object.fromEntries(
    widths.slice(1).map((units, i) => [
      `layer${i}`,
      {
        kernel: tensor([widths[i], units], parameters[2 * i]),
        bias: tensor([units], parameters[2 * i + 1]),
      },
    ]),
  )

const mlp = () => d.sequential(d.input(784), d.dense(512, 'relu'), d.dense(256, 'relu'), d.dense(10))

/** What `wanted` gives; without a compiler or koffi the native target is left out. */
const orAbsent = async wanted => {
  try {
    return await wanted
  } catch (error) {
    if (['no-compiler', 'no-koffi'].includes(error.code)) throw new Absent(error.message)
    throw error
  }
}

const cnn = () => {
  const { size, filters, classes } = work.W4
  const convolution = f => d.conv2d(f, 3, { padding: 'same', activation: 'relu' })
  return d.sequential(
    d.input([size, size, 1]),
    convolution(filters[0]),
    d.maxPool2d(),
    convolution(filters[1]),
    d.maxPool2d(),
    d.flatten(),
    d.dense(classes),
  )
}

const classifierOptions = (batchSize, initialWeights) => {
  const { learningRate, beta1, beta2, epsilon } = work.W1
  return {
    loss: d.categoricalCrossentropy({ fromLogits: true }),
    optimizer: d.adam({ learningRate, beta1, beta2, epsilon }),
    batchSize,
    initialWeights,
  }
}

const pointwise = x => d.add(d.mul(d.tanh(d.add(d.mul(x, 1.5), 0.25)), d.sigmoid(x)), x)

const freshFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'densor-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The runners on `target` with `threads`. */
export const runnersFor = ({ name, target, threads }) => {
  /** A trainer on one batch: `n` steps are one call. */
  const training = async (model, options, x, y) => {
    const trainer = await orAbsent(d.run(d.compile(model, { ...options, target, threads })))
    const used = trainer.summary.compiled?.threads
    if (threads > 1 && used !== threads) throw new Absent(`${used} thread here, not ${threads}`)
    let loss = Number.NaN
    const run = n => {
      loss = unwrap(d.trainSteps(trainer, { x, y }, n)).loss
    }
    return { run, proof: () => loss }
  }

  const trainMlp = (data = work.mlp()) => {
    const { widths, batch } = work.W1
    const options = classifierOptions(batch, weightsOf(data.parameters, widths))
    return training(mlp(), options, tensor([batch, widths[0]], data.x), tensor([batch, widths[3]], data.y))
  }

  /** How fast steps are after many on one batch, where moments have decayed, beside the first ones. */
  const trainLong = async () => {
    const { run } = await trainMlp()
    const perStep = async n => {
      const start = performance.now()
      await run(n)
      return (performance.now() - start) / n
    }
    return {
      figure: async isSmoke => {
        const steps = isSmoke ? 2 : work.LATE.steps
        // V8's second compiler is done before the clock starts
        await run(isSmoke ? 1 : work.LATE.warm)
        const early = await perStep(steps)
        await run(isSmoke ? 2 : work.LATE.between)
        return early / (await perStep(steps))
      },
    }
  }

  const trainCnn = () => {
    const { size, filters, classes, batch } = work.W4
    const data = work.cnn()
    const [k1, b1, k2, b2, k3, b3] = data.parameters
    const weights = (dims, kernel, bias) => ({
      kernel: tensor(dims, kernel),
      bias: tensor([dims.at(-1)], bias),
    })
    const options = classifierOptions(batch, {
      layer0: weights([3, 3, 1, filters[0]], k1, b1),
      layer2: weights([3, 3, ...filters], k2, b2),
      layer5: weights([work.flatSize, classes], k3, b3),
    })
    return training(cnn(), options, tensor([batch, size, size, 1], data.x), tensor([batch, classes], data.y))
  }

  const trainXor = () => {
    const { widths, batch, learningRate } = work.W3
    const data = work.xor()
    const model = d.sequential(d.input(2), d.dense(8, 'tanh'), d.dense(1, 'sigmoid'))
    const options = {
      loss: 'meanSquaredError',
      optimizer: d.sgd({ learningRate }),
      batchSize: batch,
      initialWeights: weightsOf(data.parameters, widths),
    }
    return training(model, options, tensor([4, 2], data.x), tensor([4, 1], data.y))
  }

  /** Model to code that runs, in a process that has compiled another program before. */
  const compileMlp = async () => {
    process.env.DENSOR_CACHE = freshFolder()
    await trainXor()
    const data = work.mlp()
    return {
      run: async () => {
        await trainMlp(data)
      },
    }
  }

  /** The same, where another process has compiled the step before. */
  const compileAgain = async () => {
    const cold = await compileMlp()
    const child = fileURLToPath(new URL('../child.js', import.meta.url))
    const { status } = spawnSync(process.execPath, [child, '--peer', name, '--workload', 'W1', '--smoke'])
    if (status !== 0) throw new Error(`${name}: the process that fills the cache ended with ${status}`)
    return cold
  }

  const inferMlp = batch => async () => {
    const { widths } = work.W1
    const weights = weightsOf(work.mlp().parameters, widths)
    const predict = await orAbsent(d.run(d.predictor(mlp(), weights, { batchSize: batch, target })))
    const input = work.mlpInput(batch)
    let output
    const run = n => {
      for (let i = 0; i < n; i++) output = unwrap(predict(tensor([batch, widths[0]], input)))
    }
    return { run, proof: () => work.meanAbs(output.data) }
  }

  /** A compiled function, from typed arrays to a typed array. */
  const compiled = (f, arrays, dims, proof) => async () => {
    const given = arrays()
    const tensors = () => given.map(data => tensor(dims, data))
    const ready = await orAbsent(d.run(d.jit(f, { target }).compile(...tensors())))
    let output
    const run = n => {
      for (let i = 0; i < n; i++) output = unwrap(ready(...tensors())).data
    }
    return { run, proof: () => proof(output) }
  }

  /** The same where the data lies: nothing is copied, and the result is overwritten by the next call. */
  const resident = (f, arrays, dims, proof) => async () => {
    const tensors = arrays().map(data => tensor(dims, data))
    const placed = await orAbsent(d.run(d.jit(f, { target }).inPlace(...tensors)))
    const run = n => {
      for (let i = 0; i < n; i++) placed.run()
    }
    return { run, proof: () => proof(placed.outputs.data) }
  }

  const { size } = work.GEMM
  const pointwiseCase = [pointwise, () => [work.pointwiseInput()], [work.W5.length], work.mean]
  const product = [d.matmul, () => Object.values(work.gemmInputs()), [size, size], work.meanAbs]
  return {
    W1: () => trainMlp(),
    'W1-late': trainLong,
    'W1-compile': compileMlp,
    'W1-compile-cached': compileAgain,
    'W2-b1': inferMlp(1),
    'W2-b256': inferMlp(256),
    W3: trainXor,
    W4: trainCnn,
    W5: compiled(...pointwiseCase),
    'W5-resident': resident(...pointwiseCase),
    GEMM: compiled(...product),
    'GEMM-resident': resident(...product),
  }
}
