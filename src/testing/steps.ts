import type { Builder } from '../../compiler/ir/build.js'
import { Builder as ProgramBuilder } from '../../compiler/ir/build.js'
import type {
  Checkpoint,
  CustomVjp,
  DotDims,
  Prim,
  PrimParams,
  Program,
  TensorType,
  Value,
  WindowDims,
  WindowReducer,
} from '../../compiler/ir/program.js'
import { type DType, sizeOf } from '../../runtime/dtype.js'
import type { Dice } from './dice.js'

/*
 * How a random program grows by one equation of each primitive: operands and parameters that the values at hand allow.
 */

/** What a program has so far. */
export interface Growing {
  readonly b: Builder
  readonly values: readonly Value[]
  readonly dice: Dice
  /** The float dtype of the program. */
  readonly float: 'f32' | 'f64'
  /** No dimension and no product of dimensions is larger. */
  readonly maxElements: number
}

type Step = (site: Growing) => Value | undefined

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
  random_bits: site => site.b.randomBits(keyOf(site), site.dice.pick<readonly number[]>([[], [2], [3, 2]])),
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

/** Primitives without parameters. */
type Plain = { readonly [P in Prim]: Record<never, never> extends PrimParams[P] ? P : never }[Prim]

/** A primitive without parameters on operands of one type. */
function plain(prim: Plain, arity: 1 | 2 | 3): Step {
  return site =>
    any(site, x => {
      const others = Array.from({ length: arity - 1 }, () => partnerOf(site, x))
      return site.b.emit(prim, [x, ...others], {})
    })
}

const any = (site: Growing, make: (x: Value) => Value | undefined): Value | undefined => {
  const x = site.dice.maybe(site.values.toReversed())
  return x === undefined ? undefined : make(x)
}

const pair = (site: Growing, make: (x: Value, y: Value) => Value | undefined): Value | undefined =>
  any(site, x => make(x, partnerOf(site, x)))

const onTensor = (site: Growing, make: (x: Value, rank: number) => Value): Value | undefined => {
  const tensors = site.values.filter(v => site.b.shapeOf(v).length > 0).toReversed()
  const x = site.dice.maybe(tensors)
  return x === undefined ? undefined : make(x, site.b.shapeOf(x).length)
}

const isFloat = ({ b, float }: Growing, x: Value): boolean => b.typeOf(x).dtype === float

/** A value of the type of `x`: one at hand, or a number everywhere. */
const partnerOf = ({ b, values, dice }: Growing, x: Value): Value => {
  const { shape, dtype } = b.typeOf(x)
  const alike = values.filter(v => b.typeOf(v).dtype === dtype && b.shapeOf(v).join() === shape.join())
  const choice = dice.below(alike.length + 2)
  const known = alike.toReversed()[choice]
  if (known !== undefined) return known
  return b.full(shape, dice.pick(dtype === 'bool' ? [1, 0] : [2, 1, 0, dtype === 'u32' ? 40 : -1]), dtype)
}

const dimensionsOf = (shape: readonly number[]): number[] => shape.map((_, d) => d)

const broadcast = (site: Growing): Value | undefined =>
  any(site, x => {
    const shape = [...site.b.shapeOf(x)]
    const dimensions = dimensionsOf(shape)
    const place = site.dice.below(shape.length + 1)
    const size = 1 + site.dice.below(3)
    const one = shape.indexOf(1)
    if (one >= 0 && site.dice.below(2) === 1) shape[one] = size
    else shape.splice(place, 0, size)
    const grown = shape.length > dimensions.length
    if (sizeOf(shape) > site.maxElements || shape.length > 4) return undefined
    return site.b.emit('broadcast_in_dim', [x], {
      shape,
      dimensions: dimensions.map(d => (grown && d >= place ? d + 1 : d)),
    })
  })

const concatenate = (site: Growing): Value | undefined =>
  onTensor(site, (x, rank) => {
    const dimension = site.dice.below(rank)
    const type = site.b.typeOf(x)
    const fits = (v: Value): boolean =>
      site.b.typeOf(v).dtype === type.dtype &&
      site.b.shapeOf(v).length === rank &&
      site.b.shapeOf(v).every((n, d) => d === dimension || n === type.shape[d])
    const others = site.values.filter(fits)
    const more = Array.from({ length: site.dice.below(3) }, () => site.dice.maybe(others) ?? x)
    return site.b.emit('concatenate', [x, ...more], { dimension })
  })

const pad = (site: Growing): Value | undefined =>
  any(site, x => {
    const { shape, dtype } = site.b.typeOf(x)
    const edge = (): number[] => shape.map(() => site.dice.below(4) - 1)
    return site.b.pad(
      x,
      site.b.scalar(site.dice.pick([0, 1]), dtype),
      edge(),
      edge(),
      shape.map(() => site.dice.below(2)),
    )
  })

const sliceOf = (dice: Dice, shape: readonly number[]): PrimParams['slice'] => {
  const start = shape.map(n => dice.below(n))
  return {
    start,
    limit: shape.map((n, d) => n - dice.below(n - (start[d] ?? 0))),
    strides: shape.map(() => 1 + dice.below(2)),
  }
}

/** The elements in another shape: flat, or a dimension split off or merged. */
const otherShape = (dice: Dice, shape: readonly number[]): number[] => {
  const size = sizeOf(shape)
  const divisors = [1, 2, 3, 4].filter(n => size % n === 0)
  const first = dice.maybe(divisors) ?? 1
  return dice.pick([
    [size],
    [1, ...shape],
    [first, size / first],
    [size / first, 1, first],
    [...shape].reverse(),
  ])
}

/** A product over one pair of dimensions of equal size, with another such pair as batch where there is one. */
const dot = (site: Growing): Value | undefined =>
  any(site, lhs => {
    const { dtype, shape: left } = site.b.typeOf(lhs)
    const rhs = site.dice.maybe(site.values.filter(v => site.b.typeOf(v).dtype === dtype)) ?? lhs
    const right = site.b.shapeOf(rhs)
    const pairs = left.flatMap((n, i) => right.flatMap((m, j) => (n === m ? [[i, j] as const] : [])))
    const contracting = site.dice.maybe(pairs)
    const batch = site.dice.maybe(pairs.filter(([i, j]) => i !== contracting?.[0] && j !== contracting?.[1]))
    const useBatch = batch !== undefined && site.dice.below(2) === 1
    const dims: DotDims = {
      lhsBatch: useBatch ? [batch[0]] : [],
      rhsBatch: useBatch ? [batch[1]] : [],
      lhsContracting: contracting ? [contracting[0]] : [],
      rhsContracting: contracting ? [contracting[1]] : [],
    }
    const shared = [...dims.lhsBatch, ...dims.lhsContracting].reduce((n, d) => n * (left[d] ?? 1), 1)
    if ((sizeOf(left) * sizeOf(right)) / Math.max(shared, 1) > site.maxElements) return undefined
    return site.b.dot_general(lhs, rhs, dims)
  })

/** A window of one to three elements along each dimension; padding, which may cut off, so that it fits. */
const windowOf = (dice: Dice, shape: readonly number[]): WindowDims => {
  const sizes = shape.map(() => 1 + dice.below(3))
  const strides = sizes.map(size => (dice.below(2) === 1 ? size : 1 + dice.below(2)))
  const dilations = shape.map(() => 1 + dice.below(2))
  const low = shape.map(() => dice.below(4) - 1)
  const high = shape.map((size, d) => {
    const reach = ((sizes[d] ?? 1) - 1) * (dilations[d] ?? 1) + 1
    return Math.max(dice.below(3) - 1, reach - size - (low[d] ?? 0))
  })
  return { sizes, strides, dilations, low, high }
}

/** Values for the windows of x: a value at hand, or a number, of the shape that gathering gives. */
const scatter = (site: Growing): Value | undefined =>
  any(site, x => {
    const dims = windowOf(site.dice, site.b.shapeOf(x))
    return site.b.select_and_scatter(x, partnerOf(site, site.b.select_and_gather(x, x, dims)), dims)
  })

/** Any tensor as images [batch, ...space, channels], and the elements of another as the kernel. */
const convolve = (site: Growing): Value | undefined =>
  onTensor(site, (given, rank) => {
    const { b, dice } = site
    const x = rank < 2 ? b.reshape(given, [1, ...b.shapeOf(given), 1]) : given
    const { shape, dtype } = b.typeOf(x)
    const space = shape.slice(1, -1)
    const channels = shape.at(-1) ?? 1
    const featureGroups = dice.pick([1, channels % 2 === 0 ? 2 : 1, channels])
    const { sizes, strides, dilations, low, high } = windowOf(dice, space)
    const kernel = [...sizes, channels / featureGroups, featureGroups * (1 + dice.below(3))]
    const alike = site.values.filter(v => b.typeOf(v).dtype === dtype && sizeOf(b.shapeOf(v)) > 0)
    return b.convolution(x, refilled(b, dice.maybe(alike) ?? x, kernel), {
      strides,
      low,
      high,
      lhsDilation: space.map(() => 1 + dice.below(2)),
      rhsDilation: dilations,
      featureGroups,
    })
  })

/** The elements of x, over and over, in a shape. */
const refilled = (b: Builder, x: Value, shape: readonly number[]): Value => {
  const [have, want] = [sizeOf(b.shapeOf(x)), sizeOf(shape)]
  const rounds = Math.ceil(want / have)
  const all = b.broadcast_in_dim(b.reshape(x, [have]), [rounds, have], [1])
  return b.reshape(b.slice(b.reshape(all, [rounds * have]), [0], [want]), shape)
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
