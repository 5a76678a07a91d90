import { Builder } from '../../compiler/ir/build.js'
import type { Program, TensorType, Value } from '../../compiler/ir/program.js'
import type { Executable } from '../../runtime/executable.js'

/** An f32 tensor's type. */
export const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'f32' })

/** A program of inputs `x0`, `x1`, … and one output `y`. */
export const build = (
  types: readonly TensorType[],
  body: (b: Builder, xs: readonly Value[]) => Value,
): Program => {
  const b = new Builder('threaded')
  const xs = types.map((type, i) => b.input(`x${i}`, type))
  return b.finish([{ name: 'y', value: body(b, xs) }])
}

const matrixDims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] }

const windows = { strides: [1, 1], low: [0, 0], high: [0, 0], lhsDilation: [1, 1], rhsDilation: [1, 1] }

/** Programs that are divided for 2 and for 3 threads. */
export const threadedPrograms: Readonly<Record<string, Program>> = {
  pointwise: build([f32(301, 1000), f32(301, 1000)], (b, [x = 0, y = 0]) => b.multiply(b.tanh(x), y)),
  'column sums': build([f32(2000, 333)], (b, [x = 0]) => b.reduce('add', b.exponential(x), [0])),
  'row sums': build([f32(2001, 333)], (b, [x = 0]) => b.reduce('add', b.exponential(x), [1])),
  'a product divided by columns': build([f32(131, 517), f32(517, 448)], (b, [x = 0, y = 0]) =>
    b.tanh(b.dot_general(x, y, matrixDims)),
  ),
  'a product divided by rows': build([f32(517, 1200), f32(1200, 131)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, matrixDims),
  ),
  'a batch of products': build([f32(6, 65, 70), f32(6, 70, 81)], (b, [x = 0, y = 0]) =>
    b.dot_general(x, y, { lhsBatch: [0], rhsBatch: [0], lhsContracting: [2], rhsContracting: [1] }),
  ),
  'a long sum of few columns': build([f32(8, 40, 40, 20)], (b, [x = 0]) =>
    b.reduce('add', b.exponential(x), [0, 1, 2]),
  ),
  'a long product': build([f32(9, 16384), f32(16384, 24)], (b, [x = 0, y = 0]) =>
    b.tanh(b.dot_general(x, y, matrixDims)),
  ),
  // 8 images as channels, and a kernel as large as they are: each of the 9 places sums over all pixels
  'the gradient of a kernel': build([f32(5, 38, 38, 8), f32(36, 36, 8, 12)], (b, [x = 0, y = 0]) =>
    b.tanh(b.convolution(x, y, { ...windows, featureGroups: 1 })),
  ),
  'a depthwise convolution': build([f32(3, 41, 43, 24), f32(3, 3, 1, 24)], (b, [x = 0, y = 0]) =>
    b.convolution(x, y, { ...windows, featureGroups: 24 }),
  ),
  'the gradient of a depthwise kernel': build(
    [f32(6, 41, 43, 24), f32(6, 39, 41, 24)],
    (b, [x = 0, y = 0]) => {
      // channels and images change places: the kernel is as large as the images
      const image = b.reshape(b.transpose(x, [1, 2, 0, 3]), [1, 41, 43, 144])
      const kernel = b.reshape(b.transpose(y, [1, 2, 0, 3]), [39, 41, 1, 144])
      return b.convolution(image, kernel, { ...windows, featureGroups: 144 })
    },
  ),
  padding: build([f32(12, 50, 51, 7)], (b, [x = 0]) =>
    b.pad(x, b.scalar(0.5), [0, 1, -2, 3], [0, 2, 1, 0], [0, 0, 1, 0]),
  ),
}

/** Fills every input with numbers that no order of adding leaves alone. */
export const fillInputs = (program: Program, executable: Executable): void =>
  program.inputs.forEach(({ name }, i) => {
    const port = executable.port(name)
    for (let e = 0; e < port.length; e++) port[e] = Math.sin(12.9898 * (e + 1) + i)
  })
