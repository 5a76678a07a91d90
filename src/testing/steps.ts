import type { Builder } from '../../compiler/ir/build.js'
import { Builder as ProgramBuilder } from '../../compiler/ir/build.js'
import type {
  Checkpoint,
  CustomVjp,
  Prim,
  Program,
  TensorType,
  Value,
  WindowReducer,
} from '../../compiler/ir/program.js'
import type { DType } from '../../runtime/dtype.js'
import { any, dimensionsOf, type Growing, isFloat, onTensor, pair, plain, type Step } from './site.js'
import { convolve, dot, scatter, windowOf } from './steps-products.js'
import { broadcast, concatenate, otherShape, pad, sliceOf } from './steps-shapes.js'

/*
 * How a random program grows by one equation of each primitive: operands and parameters that the values at hand allow.
 */

/** One step for each primitive; `undefined` where nothing at hand fits. */
export const steps: { readonly [P in Prim]: Step } = {
  abs: plain('abs', 1),
  add: plain('add', 2),
  and: plain('and', 2),
  argmax: site => onTensor(site, (x, rank) => site.b.argmax(x, site.dice.below(rank))),
  atan2: plain('atan2', 2),
  broadcast_in_dim: site => broadcast(site),
  cbrt: plain('cbrt', 1),
  ceil: plain('ceil', 1),
  checkpoint: site =>
    pair(site, (x, y) =>
      isFloat(site, x) ? site.b.emit('checkpoint', [x, y], wavyProduct(site.b.typeOf(x))) : undefined,
    ),
  clamp: plain('clamp', 3),
  compare: site =>
    pair(site, (x, y) => site.b.compare(site.dice.pick(['EQ', 'NE', 'GE', 'GT', 'LE', 'LT']), x, y)),
  concatenate: site => concatenate(site),
  constant: ({ b, dice, float }) => b.scalar(dice.pick([0, 1, -1, 0.5, 2, 3, -0]), float),
  convert: site =>
    any(site, x => {
      const targets: readonly [DType, ...DType[]] = [site.float, 'i32', 'u32', 'bool']
      return site.b.emit('convert', [x], { dtype: site.dice.pick(targets) })
    }),
  convolution: site => convolve(site),
  cosine: plain('cosine', 1),
  custom_vjp_call: site =>
    pair(site, (x, y) =>
      isFloat(site, x) ? site.b.emit('custom_vjp_call', [x, y], customProduct(site.b.typeOf(x))) : undefined,
    ),
  divide: plain('divide', 2),
  dot_general: site => dot(site),
  erf: plain('erf', 1),
  erfc: plain('erfc', 1),
  exponential: plain('exponential', 1),
  exponential_minus_one: plain('exponential_minus_one', 1),
  floor: plain('floor', 1),
  iota: site =>
    onTensor(site, (x, rank) => {
      const dtype = site.dice.pick<DType>([site.float, 'i32', 'u32'])
      return site.b.iota(site.b.shapeOf(x), site.dice.below(rank), dtype)
    }),
  is_finite: plain('is_finite', 1),
  log: plain('log', 1),
  log_plus_one: plain('log_plus_one', 1),
  logistic: plain('logistic', 1),
  maximum: plain('maximum', 2),
  minimum: plain('minimum', 2),
  multiply: plain('multiply', 2),
  negate: plain('negate', 1),
  not: plain('not', 1),
  optimization_barrier: site => pair(site, (x, y) => site.b.optimization_barrier(x, [y])),
  or: plain('or', 2),
  pad: site => pad(site),
  power: plain('power', 2),
  random_bits: site => any(site, x => site.b.randomBits(keyOf(site), site.b.shapeOf(x))),
  random_fold_in: site => site.b.randomFoldIn(keyOf(site), site.b.scalar(site.dice.below(100), 'u32')),
  reduce: site =>
    any(site, x => {
      const dimensions = site.dice.subset(dimensionsOf(site.b.shapeOf(x)))
      return site.b.emit('reduce', [x], {
        reducer: site.dice.pick(['add', 'multiply', 'maximum', 'minimum']),
        dimensions,
      })
    }),
  reduce_window: site =>
    any(site, x => {
      const reducer = site.dice.pick<WindowReducer>(['add', 'maximum'])
      return site.b.reduce_window(reducer, x, windowOf(site.dice, site.b.shapeOf(x)))
    }),
  remainder: plain('remainder', 2),
  reshape: site =>
    any(site, x => site.b.emit('reshape', [x], { shape: otherShape(site.dice, site.b.shapeOf(x)) })),
  reverse: site =>
    any(site, x =>
      site.b.emit('reverse', [x], { dimensions: site.dice.subset(dimensionsOf(site.b.shapeOf(x))) }),
    ),
  round_nearest_even: plain('round_nearest_even', 1),
  rsqrt: plain('rsqrt', 1),
  select: site =>
    pair(site, (x, y) => {
      const shape = site.b.shapeOf(x).join()
      const conditions = site.values.filter(
        v => site.b.typeOf(v).dtype === 'bool' && site.b.shapeOf(v).join() === shape,
      )
      return site.b.select(site.dice.maybe(conditions) ?? site.b.compare('LE', x, y), x, y)
    }),
  select_and_gather: site =>
    pair(site, (x, y) => site.b.select_and_gather(x, y, windowOf(site.dice, site.b.shapeOf(x)))),
  select_and_scatter: site => scatter(site),
  shift_left: plain('shift_left', 2),
  shift_right_logical: plain('shift_right_logical', 2),
  sign: plain('sign', 1),
  sine: plain('sine', 1),
  slice: site => any(site, x => site.b.emit('slice', [x], sliceOf(site.dice, site.b.shapeOf(x)))),
  sqrt: plain('sqrt', 1),
  stop_gradient: plain('stop_gradient', 1),
  subtract: plain('subtract', 2),
  tan: plain('tan', 1),
  tanh: plain('tanh', 1),
  transpose: site =>
    any(site, x =>
      site.b.emit('transpose', [x], { permutation: site.dice.shuffle(dimensionsOf(site.b.shapeOf(x))) }),
    ),
  windows: site => any(site, x => site.b.windows(x, windowOf(site.dice, site.b.shapeOf(x)))),
  xor: plain('xor', 2),
}

const keyOf = ({ b, values, dice }: Growing): Value => {
  const keys = values.filter(v => b.typeOf(v).dtype === 'u32' && b.shapeOf(v).join() === '2')
  const fresh = b.constant({ shape: [2], dtype: 'u32' }, Uint32Array.of(dice.below(2 ** 31), dice.below(100)))
  return dice.maybe(keys) ?? fresh
}

/** x tanh(x y), whose tanh is not kept. */
const wavyProduct = (type: TensorType): Checkpoint => {
  const body = new ProgramBuilder('wavy')
  const [x, y] = [body.input('x', type), body.input('y', type)]
  const value = body.multiply(x, body.tanh(body.multiply(x, y)))
  return { body: body.finish([{ name: 'out', value }]) }
}

/** x tanh(y) with its own derivative, which is the right one. */
const customProduct = (type: TensorType): CustomVjp => {
  const primal = new ProgramBuilder('product')
  const [x, y] = [primal.input('x', type), primal.input('y', type)]
  const forward = new ProgramBuilder('forward')
  const [u, v] = [forward.input('x', type), forward.input('y', type)]
  const t = forward.tanh(v)
  const backward = new ProgramBuilder('backward')
  const [kept, tKept, zBar] = [
    backward.input('x', type),
    backward.input('t', type),
    backward.input('zBar', type),
  ]
  // d(x tanh y) = tanh y dx + x (1 - tanh² y) dy
  const slope = backward.subtract(backward.fullLike(tKept, 1), backward.multiply(tKept, tKept))
  const outputs = (values: readonly Value[], b: Builder): Program =>
    b.finish(values.map((value, i) => ({ name: `out${i}`, value })))
  return {
    primal: outputs([primal.multiply(x, primal.tanh(y))], primal),
    forward: outputs([forward.multiply(u, t), u, t], forward),
    backward: outputs(
      [backward.multiply(zBar, tKept), backward.multiply(zBar, backward.multiply(kept, slope))],
      backward,
    ),
  }
}
