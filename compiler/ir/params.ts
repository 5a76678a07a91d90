import { allocate, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import type {
  Direction,
  Prim,
  PrimParams,
  Program,
  Reducer,
  TensorType,
  WindowDims,
  WindowReducer,
} from './program.js'
import { showType } from './program.js'
import type { Reader } from './read.js'

/*
 * The text form of every primitive's parameters, written and read from one place: `{start: [0, 1], strides: [1, 1]}`.
 */

/** How sub-programs are named in the text: `@1`. */
export interface Programs {
  readonly nameOf: (program: Program) => string
}

/** How one thing is written and read; `read(write(x)) = x`. */
export interface Codec<T> {
  readonly write: (x: T, programs: Programs) => string
  readonly read: (reader: Reader) => T
}

/** A number so that it reads back the same: `-0`, `NaN`, `-Infinity` too; for f32 the fewest digits that do. */
export const showNumber = (x: number, dtype: DType = 'f64'): string => {
  if (Object.is(x, -0)) return '-0'
  if (dtype !== 'f32' || !Number.isFinite(x)) return String(x)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits))
    if (Math.fround(short) === x) return String(short)
  }
  return String(x)
}

const whole: Codec<number> = { write: x => showNumber(x), read: r => r.number() }

const wholes: Codec<readonly number[]> = {
  write: xs => `[${xs.map(x => showNumber(x)).join(', ')}]`,
  read: r => r.list('[', ']', () => r.number()),
}

const oneOf = <T extends string>(what: string, words: readonly T[]): Codec<T> => ({
  write: x => x,
  read: r => {
    const word = r.word()
    return words.find(w => w === word) ?? r.fail(`${what} is one of ${words.join(', ')}, not ${word}`)
  },
})

const dtype: Codec<DType> = oneOf('a dtype', ['f32', 'f64', 'i32', 'u32', 'bool'])
const direction: Codec<Direction> = oneOf('a direction', ['EQ', 'NE', 'GE', 'GT', 'LE', 'LT'])
const reducer: Codec<Reducer> = oneOf('a reducer', ['add', 'multiply', 'maximum', 'minimum'])
const windowReducer: Codec<WindowReducer> = oneOf('a reducer', ['add', 'maximum'])

/** `f32[128,10]` */
export const tensorType: Codec<TensorType> = {
  write: showType,
  read: r => {
    const element = dtype.read(r)
    return { shape: r.list('[', ']', () => r.number()), dtype: element }
  },
}

const program: Codec<Program> = { write: (p, programs) => programs.nameOf(p), read: r => r.program() }

type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> }

/** `{name: value, …}`, every field, in this order; nothing at all where there are none. */
const record = <T extends object>(fields: Fields<T>): Codec<T> => {
  // Object.keys forgets that the keys are those of T
  const names = Object.keys(fields) as (keyof T & string)[]
  return {
    write: (x, programs) =>
      names.length === 0
        ? ''
        : `{${names.map(name => `${name}: ${fields[name].write(x[name], programs)}`).join(', ')}}`,
    read: r => {
      const found: Partial<T> = {}
      if (names.length > 0) r.expect('{')
      names.forEach((name, i) => {
        if (i > 0) r.expect(',')
        r.expect(name)
        r.expect(':')
        found[name] = fields[name].read(r)
      })
      if (names.length > 0) r.expect('}')
      // every name of T has just been read
      return found as T
    },
  }
}

const windowFields: Fields<WindowDims> = {
  sizes: wholes,
  strides: wholes,
  dilations: wholes,
  low: wholes,
  high: wholes,
}

const none = record<Readonly<Record<never, never>>>({})

/** `f32[3] [1, NaN, -0]`, or `f32[3] all 1` */
const constant: Codec<PrimParams['constant']> = {
  write: ({ type, data }) => {
    const first = data[0]
    const uniform = data.length > 1 && first !== undefined && data.every((x: number) => Object.is(x, first))
    if (uniform) return `${showType(type)} all ${showNumber(first, type.dtype)}`
    return `${showType(type)} [${Array.from(data, x => showNumber(x, type.dtype)).join(', ')}]`
  },
  read: r => {
    const type = tensorType.read(r)
    const size = sizeOf(type.shape)
    if (!Number.isSafeInteger(size) || size < 0) return r.fail(`a shape has whole sizes, not [${type.shape}]`)
    if (r.peek() === 'all') {
      r.expect('all')
      return { type, data: allocate(type.dtype, size).fill(r.number()) }
    }
    const numbers = r.list('[', ']', () => r.number())
    if (numbers.length !== size) r.fail(`${showType(type)} has ${size} elements, not ${numbers.length}`)
    const data: TypedArray = allocate(type.dtype, size)
    data.set(numbers)
    return { type, data }
  },
}

/** The text form of the parameters of each primitive. */
export const paramCodecs: { readonly [P in Prim]: Codec<PrimParams[P]> } = {
  abs: none,
  add: none,
  and: none,
  argmax: record({ dimension: whole }),
  atan2: none,
  broadcast_in_dim: record({ shape: wholes, dimensions: wholes }),
  cbrt: none,
  ceil: none,
  checkpoint: record({ body: program }),
  clamp: none,
  compare: record({ direction }),
  concatenate: record({ dimension: whole }),
  constant,
  convert: record({ dtype }),
  convolution: record({
    strides: wholes,
    low: wholes,
    high: wholes,
    lhsDilation: wholes,
    rhsDilation: wholes,
    featureGroups: whole,
  }),
  cosine: none,
  custom_vjp_call: record({ primal: program, forward: program, backward: program }),
  divide: none,
  dot_general: record({ lhsBatch: wholes, rhsBatch: wholes, lhsContracting: wholes, rhsContracting: wholes }),
  erf: none,
  erfc: none,
  exponential: none,
  exponential_minus_one: none,
  floor: none,
  iota: record({ type: tensorType, dimension: whole }),
  is_finite: none,
  log: none,
  log_plus_one: none,
  logistic: none,
  maximum: none,
  minimum: none,
  multiply: none,
  negate: none,
  not: none,
  optimization_barrier: none,
  or: none,
  pad: record({ low: wholes, high: wholes, interior: wholes }),
  power: none,
  random_bits: record({ shape: wholes }),
  random_fold_in: none,
  reduce: record({ reducer, dimensions: wholes }),
  reduce_window: record({ reducer: windowReducer, ...windowFields }),
  remainder: none,
  reshape: record({ shape: wholes }),
  reverse: record({ dimensions: wholes }),
  round_nearest_even: none,
  rsqrt: none,
  select: none,
  select_and_gather: record(windowFields),
  select_and_scatter: record(windowFields),
  shift_left: none,
  shift_right_logical: none,
  sign: none,
  sine: none,
  slice: record({ start: wholes, limit: wholes, strides: wholes }),
  sqrt: none,
  stop_gradient: none,
  subtract: none,
  tan: none,
  tanh: none,
  transpose: record({ permutation: wholes }),
  windows: record({ sizes: wholes, strides: wholes, dilations: wholes }),
  xor: none,
}
