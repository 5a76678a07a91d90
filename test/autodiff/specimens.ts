import type { Builder } from '../../compiler/ir/build.js'
import { Builder as ProgramBuilder } from '../../compiler/ir/build.js'
import type {
  Checkpoint,
  ConvolutionDims,
  CustomVjp,
  Prim,
  Program,
  Value,
  WindowDims,
} from '../../compiler/ir/program.js'
import { foldedShape } from '../../compiler/ops/windows.js'

/** A use of a primitive: the shapes of its float operands, and how it is written. */
export interface Specimen {
  readonly shapes: readonly (readonly number[])[]
  readonly write: (b: Builder, xs: readonly Value[]) => Value
  /** For rows without a derivative: the float result does not depend smoothly on anything, or is not float. */
  readonly forward?: false
}

const operand = (xs: readonly Value[], i = 0): Value => {
  const x = xs[i]
  if (x === undefined) throw new Error(`the specimen has no operand ${i}`)
  return x
}

const unary = (f: (b: Builder) => (x: Value) => Value): Specimen[] => [
  { shapes: [[2, 3]], write: (b, xs) => f(b)(operand(xs)) },
]

const binary = (f: (b: Builder) => (x: Value, y: Value) => Value): Specimen[] => [
  {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    write: (b, xs) => f(b)(operand(xs), operand(xs, 1)),
  },
  // both operands are one value: their cotangents meet
  { shapes: [[4]], write: (b, xs) => f(b)(operand(xs), operand(xs)) },
]

const once = (shape: readonly number[], write: (b: Builder, x: Value) => Value): Specimen => ({
  shapes: [shape],
  write: (b, xs) => write(b, operand(xs)),
})

const dot = (
  left: readonly number[],
  right: readonly number[],
  lhsContracting: readonly number[],
  rhsContracting: readonly number[],
  lhsBatch: readonly number[] = [],
  rhsBatch: readonly number[] = [],
): Specimen => ({
  shapes: [left, right],
  write: (b, xs) =>
    b.dot_general(operand(xs), operand(xs, 1), { lhsBatch, rhsBatch, lhsContracting, rhsContracting }),
})

const program = (
  name: string,
  inputs: readonly string[],
  write: (b: Builder, xs: Value[]) => Value[],
): Program => {
  const b = new ProgramBuilder(name)
  const xs = inputs.map(input => b.input(input, { shape: [3], dtype: 'f64' }))
  return b.finish(write(b, xs).map((value, i) => ({ name: `out${i}`, value })))
}

/** x³, whose backward program is written out. */
export const customCube: CustomVjp = {
  primal: program('cube', ['x'], (b, xs) => [b.multiply(operand(xs), b.multiply(operand(xs), operand(xs)))]),
  forward: program('forward', ['x'], (b, xs) => {
    const square = b.multiply(operand(xs), operand(xs))
    return [b.multiply(operand(xs), square), square]
  }),
  backward: program('backward', ['square', 'yBar'], (b, [square = 0, yBar = 0]) => [
    b.multiply(yBar, b.multiply(b.fullLike(square, 3), square)),
  ]),
}

/** sin x tanh x, as a checkpoint. */
export const waves: Checkpoint = {
  body: program('waves', ['x'], (b, xs) => [b.multiply(b.sine(operand(xs)), b.tanh(operand(xs)))]),
}

/** A checkpoint in a checkpoint. */
const nested: Checkpoint = {
  body: program('nested', ['x'], (b, xs) => {
    const y = b.emit('checkpoint', [b.sine(operand(xs))], waves)
    return [b.multiply(y, y)]
  }),
}

const conv = (
  x: readonly number[],
  kernel: readonly number[],
  dims: Partial<ConvolutionDims> = {},
): Specimen => {
  const all = (n: number): number[] => x.slice(1, -1).map(() => n)
  const full = {
    strides: all(1),
    low: all(0),
    high: all(0),
    lhsDilation: all(1),
    rhsDilation: all(1),
    featureGroups: 1,
    ...dims,
  }
  return { shapes: [x, kernel], write: (b, xs) => b.convolution(operand(xs), operand(xs, 1), full) }
}

/** Windows that overlap, that leave gaps, that lie side by side; padding that adds, and that cuts off. */
const windowSpecimens: readonly (readonly [shape: readonly number[], dims: WindowDims])[] = [
  [[5], { sizes: [3], strides: [1], dilations: [1], low: [1], high: [0] }],
  [
    [2, 5, 3],
    { sizes: [1, 2, 1], strides: [1, 2, 1], dilations: [1, 1, 1], low: [0, 0, 0], high: [0, 0, 0] },
  ],
  [[5, 6], { sizes: [2, 3], strides: [2, 3], dilations: [1, 1], low: [1, 0], high: [0, 1] }],
  [[7, 6], { sizes: [2, 3], strides: [3, 2], dilations: [2, 1], low: [-1, 1], high: [1, -1] }],
]

const overWindows = (write: (b: Builder, x: Value, dims: WindowDims) => Value): Specimen[] =>
  windowSpecimens.map(([shape, dims]) => once(shape, (b, x) => write(b, x, dims)))

/** Uses of every primitive; none for those that take or give no float, see the exceptions in the test. */
export const specimens: { readonly [P in Prim]: readonly Specimen[] } = {
  abs: unary(b => b.abs),
  add: binary(b => b.add),
  and: [],
  argmax: [once([2, 3], (b, x) => b.argmax(x, 1))],
  atan2: binary(b => b.atan2),
  broadcast_in_dim: [
    once([3], (b, x) => b.broadcast_in_dim(x, [2, 3], [1])),
    once([3, 1], (b, x) => b.broadcast_in_dim(x, [2, 3, 4], [1, 2])),
    once([], (b, x) => b.broadcast_in_dim(x, [2], [])),
    once([1], (b, x) => b.emit('broadcast_in_dim', [x], { shape: [1], dimensions: [0] })),
  ],
  cbrt: unary(b => b.cbrt),
  ceil: unary(b => b.ceil),
  checkpoint: [
    once([3], (b, x) => b.emit('checkpoint', [x], waves)),
    {
      shapes: [[3], [3]],
      // inside a derivative of its own, and within another checkpoint
      write: (b, xs) => {
        const inner = b.emit('checkpoint', [operand(xs)], waves)
        return b.emit('checkpoint', [b.multiply(inner, operand(xs, 1))], nested)
      },
    },
  ],
  clamp: [
    {
      shapes: [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
      write: (b, xs) => b.clamp(operand(xs), operand(xs, 1), operand(xs, 2)),
    },
  ],
  compare: binary(b => (x, y) => b.compare('LT', x, y)),
  concatenate: [
    {
      shapes: [
        [2, 1],
        [2, 3],
        [2, 2],
      ],
      write: (b, xs) => b.concatenate(xs, 1),
    },
    once([2], (b, x) => b.concatenate([x, x], 0)),
  ],
  constant: [],
  convert: [once([3], (b, x) => b.emit('convert', [x], { dtype: 'f64' }))],
  convolution: [
    conv([2, 4, 5, 3], [2, 3, 3, 2]),
    conv([2, 5, 4, 2], [3, 2, 2, 3], { strides: [2, 1], low: [1, 0], high: [1, 1] }),
    conv([1, 6, 5, 2], [2, 2, 2, 2], { strides: [1, 2], rhsDilation: [2, 3], low: [-1, 1], high: [0, 1] }),
    conv([2, 3, 2, 4], [2, 2, 2, 4], { featureGroups: 2, lhsDilation: [2, 1] }),
    conv([2, 5, 3], [3, 1, 6], { featureGroups: 3, strides: [2] }),
    conv([3, 2], [2, 4]),
    conv([1, 0, 2], [2, 2, 3], { low: [1], high: [2] }),
    conv([1, 3, 2], [0, 2, 3]),
  ],
  cosine: unary(b => b.cosine),
  custom_vjp_call: [{ ...once([3], (b, x) => b.emit('custom_vjp_call', [x], customCube)), forward: false }],
  divide: [binary(b => b.divide)[0] ?? dot([], [], [], [])],
  dot_general: [
    dot([2, 3], [3, 4], [1], [0]),
    dot([2, 3], [4, 3], [1], [1]),
    dot([3, 2], [3, 4], [0], [0]),
    dot([3], [3], [0], [0]),
    dot([2], [3], [], []),
    dot([5, 2, 3], [5, 3, 4], [2], [1], [0], [0]),
    dot([2, 5, 3], [3, 4, 5], [2], [0], [1], [2]),
    dot([2, 3, 4], [4, 5, 3], [1, 2], [2, 0]),
    dot([6, 2, 3, 4], [4, 6, 5, 2], [3, 1], [0, 3], [0], [1]),
  ],
  erf: unary(b => b.erf),
  erfc: unary(b => b.erfc),
  exponential: unary(b => b.exponential),
  exponential_minus_one: unary(b => b.exponential_minus_one),
  floor: unary(b => b.floor),
  iota: [],
  is_finite: unary(b => b.is_finite),
  log: unary(b => b.log),
  log_plus_one: unary(b => b.log_plus_one),
  logistic: unary(b => b.logistic),
  maximum: [binary(b => b.maximum)[0] ?? dot([], [], [], [])],
  minimum: [binary(b => b.minimum)[0] ?? dot([], [], [], [])],
  multiply: binary(b => b.multiply),
  negate: unary(b => b.negate),
  not: [],
  optimization_barrier: [
    once([2, 3], (b, x) => b.optimization_barrier(x, [])),
    { shapes: [[2, 3], [4]], write: (b, xs) => b.optimization_barrier(operand(xs), [operand(xs, 1)]) },
  ],
  or: [],
  pad: [
    { shapes: [[2, 3], []], write: (b, xs) => b.pad(operand(xs), operand(xs, 1), [1, 0], [0, 2], [0, 1]) },
    { shapes: [[4, 3], []], write: (b, xs) => b.pad(operand(xs), operand(xs, 1), [-1, 2], [1, -1], [2, 0]) },
    { shapes: [[], []], write: (b, xs) => b.pad(operand(xs), operand(xs, 1), [], []) },
  ],
  power: binary(b => b.power),
  random_bits: [],
  random_fold_in: [],
  reduce: [
    once([2, 3, 4], (b, x) => b.reduce('add', x, [0, 2])),
    once([2, 3], (b, x) => b.reduce('add', x, [0, 1])),
    once([2, 3], (b, x) => b.reduce('multiply', x, [1])),
    once([2, 3, 2], (b, x) => b.reduce('multiply', x, [0, 2])),
    once([7], (b, x) => b.reduce('multiply', x, [0])),
    once([1, 2], (b, x) => b.reduce('multiply', x, [0])),
    once([2, 3], (b, x) => b.reduce('maximum', x, [1])),
    once([2, 3], (b, x) => b.reduce('minimum', x, [0, 1])),
  ],
  reduce_window: [
    ...overWindows((b, x, dims) => b.reduce_window('add', x, dims)),
    ...overWindows((b, x, dims) => b.reduce_window('maximum', x, dims)),
  ],
  remainder: [binary(b => b.remainder)[0] ?? dot([], [], [], [])],
  reshape: [once([2, 6], (b, x) => b.reshape(x, [3, 4])), once([1], (b, x) => b.reshape(x, []))],
  reverse: [once([2, 3], (b, x) => b.reverse(x, [1])), once([2, 3], (b, x) => b.reverse(x, [0, 1]))],
  round_nearest_even: unary(b => b.round_nearest_even),
  rsqrt: unary(b => b.rsqrt),
  select: [
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      write: (b, xs) => {
        const cond = b.compare('EQ', b.iota([2, 3], 1), b.full([2, 3], 1, 'i32'))
        return b.select(cond, operand(xs), operand(xs, 1))
      },
    },
  ],
  select_and_gather: windowSpecimens.map(([shape, dims]) => ({
    shapes: [shape, shape],
    write: (b, xs) => b.select_and_gather(operand(xs), operand(xs, 1), dims),
  })),
  select_and_scatter: windowSpecimens.map(([shape, dims]) => ({
    shapes: [shape, foldedShape(shape, dims)],
    write: (b, xs) => b.select_and_scatter(operand(xs), operand(xs, 1), dims),
  })),
  shift_left: [],
  shift_right_logical: [],
  sign: unary(b => b.sign),
  sine: unary(b => b.sine),
  slice: [
    once([4, 5], (b, x) => b.slice(x, [1, 0], [3, 5])),
    once([7, 5], (b, x) => b.slice(x, [1, 0], [7, 4], [2, 3])),
    once([3], (b, x) => b.slice(x, [2], [2])),
  ],
  sqrt: unary(b => b.sqrt),
  stop_gradient: unary(b => b.stop_gradient),
  subtract: binary(b => b.subtract),
  tan: unary(b => b.tan),
  tanh: unary(b => b.tanh),
  transpose: [
    once([2, 3], (b, x) => b.transpose(x, [1, 0])),
    once([2, 3, 4], (b, x) => b.transpose(x, [1, 2, 0])),
  ],
  windows: windowSpecimens.map(([shape, dims]) => once(shape, (b, x) => b.windows(x, dims))),
  xor: [],
}
