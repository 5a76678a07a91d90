/** The workloads as ONNX models (opset 17), written in memory, and their runners on either onnxruntime. */
import { createRequire } from 'node:module'
import * as work from '../workloads.js'

// generated CommonJS, whose names an `import` does not see
const { onnx } = createRequire(import.meta.url)('onnx-proto')

const FLOAT = onnx.TensorProto.DataType.FLOAT

/** An input or output; a dimension given as text is free. */
const value = (name, dims) => ({
  name,
  type: {
    tensorType: {
      elemType: FLOAT,
      shape: { dim: dims.map(dim => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim })) },
    },
  },
})

const constant = (name, dims, values) => ({
  name,
  dims,
  dataType: FLOAT,
  rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
})

const node = (opType, input, output) => ({ opType, input, output: [output] })

/** The bytes of a model. */
const model = graph =>
  onnx.ModelProto.encode(
    onnx.ModelProto.create({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: { name: 'bench', ...graph },
    }),
  ).finish()

const mlpModel = () => {
  const { widths } = work.W1
  const shapes = widths.slice(1).flatMap((columns, layer) => [[widths[layer], columns], [columns]])
  return model({
    input: [value('x', ['n', widths[0]])],
    output: [value('y', ['n', widths[3]])],
    initializer: work.mlp().parameters.map((values, i) => constant(`p${i}`, shapes[i], values)),
    node: [
      node('Gemm', ['x', 'p0', 'p1'], 'a'),
      node('Relu', ['a'], 'b'),
      node('Gemm', ['b', 'p2', 'p3'], 'c'),
      node('Relu', ['c'], 'd'),
      node('Gemm', ['d', 'p4', 'p5'], 'y'),
    ],
  })
}

/** The digits model of `bench/embedded.js`: its weights, flat, by layer and name. */
export const digitsModel = ({ layer0, layer1, layer3 }) => {
  const { gamma, beta, movingMean, movingVariance } = layer1
  const named = { k0: layer0.kernel, b0: layer0.bias, gamma, beta, movingMean, movingVariance }
  const all = { ...named, k3: layer3.kernel, b3: layer3.bias }
  return model({
    input: [value('x', ['n', 784])],
    output: [value('y', ['n', 10])],
    initializer: Object.entries(all).map(([name, { dims, data }]) => constant(name, dims, data)),
    node: [
      node('Gemm', ['x', 'k0', 'b0'], 'a'),
      node('Relu', ['a'], 'b'),
      {
        ...node('BatchNormalization', ['b', 'gamma', 'beta', 'movingMean', 'movingVariance'], 'c'),
        attribute: [{ name: 'epsilon', type: onnx.AttributeProto.AttributeType.FLOAT, f: 1e-3 }],
      },
      node('Gemm', ['c', 'k3', 'b3'], 'd'),
      node('Softmax', ['d'], 'y'),
    ],
  })
}

const pointwiseModel = () =>
  model({
    input: [value('x', ['n'])],
    output: [value('y', ['n'])],
    initializer: [constant('scale', [], Float32Array.of(1.5)), constant('shift', [], Float32Array.of(0.25))],
    node: [
      node('Mul', ['x', 'scale'], 'a'),
      node('Add', ['a', 'shift'], 'b'),
      node('Tanh', ['b'], 'c'),
      node('Sigmoid', ['x'], 'd'),
      node('Mul', ['c', 'd'], 'e'),
      node('Add', ['e', 'x'], 'y'),
    ],
  })

const gemmModel = () => {
  const square = [work.GEMM.size, work.GEMM.size]
  return model({
    input: [value('a', square), value('b', square)],
    output: [value('y', square)],
    node: [node('MatMul', ['a', 'b'], 'y')],
  })
}

/** The runners on `ort`; `options` are its session options. Typed arrays in, a fresh typed array out. */
export const onnxRunners = (ort, options) => {
  const session = async (bytes, feeds, proof) => {
    const loaded = await ort.InferenceSession.create(bytes, options)
    let output
    const run = async n => {
      for (let i = 0; i < n; i++) {
        const tensors = Object.entries(feeds).map(([name, [values, dims]]) => [
          name,
          new ort.Tensor('float32', values, dims),
        ])
        output = (await loaded.run(Object.fromEntries(tensors))).y.data
      }
    }
    return { run, proof: () => proof(output) }
  }

  const inferMlp = batch => () =>
    session(mlpModel(), { x: [work.mlpInput(batch), [batch, work.W1.widths[0]]] }, work.meanAbs)

  const pointwise = () =>
    session(pointwiseModel(), { x: [work.pointwiseInput(), [work.W5.length]] }, work.mean)

  const gemm = () => {
    const { a, b } = work.gemmInputs()
    const square = [work.GEMM.size, work.GEMM.size]
    return session(gemmModel(), { a: [a, square], b: [b, square] }, work.meanAbs)
  }

  return { 'W2-b1': inferMlp(1), 'W2-b256': inferMlp(256), W5: pointwise, GEMM: gemm }
}
